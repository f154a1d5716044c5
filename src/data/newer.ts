/**
 * What kernels newer than the headers of kernel.ts have, by their own names and numbers. A test holds that nothing is in
 * both: what those headers have one day goes away here.
 */

// include/uapi/asm-generic/socket.h
/** Linux 6.13. */
export const SCM_TS_OPT_ID = 81
/** Linux 6.14. */
export const SO_RCVPRIORITY = 82
/** Linux 6.16. */
export const SO_PASSRIGHTS = 83
/** Linux 6.17. */
export const SO_INQ = 84
export const SCM_INQ = 84

// include/uapi/linux/net_tstamp.h, errqueue.h
/** Linux 6.15. */
export const SOF_TIMESTAMPING_TX_COMPLETION = 0x40000
export const SCM_TSTAMP_COMPLETION = 3

// include/uapi/linux/tcp.h
/** Linux 6.15, and its two sisters. */
export const TCP_RTO_MAX_MS = 44
export const TCP_RTO_MIN_US = 45
export const TCP_DELACK_MAX_US = 46
