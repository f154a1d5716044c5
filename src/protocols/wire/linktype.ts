/** The link types of captures that are understood here, by their numbers in pcap and pcapng files. */

/** Ethernet. */
export const LINKTYPE_ETHERNET = 1
/** IPv4 or IPv6 without a link header: the version tells. */
export const LINKTYPE_RAW = 101
/** Linux cooked capture, version 1. */
export const LINKTYPE_LINUX_SLL = 113
/** IPv4 without a link header. */
export const LINKTYPE_IPV4 = 228
/** IPv6 without a link header. */
export const LINKTYPE_IPV6 = 229
/** Linux cooked capture, version 2. */
export const LINKTYPE_LINUX_SLL2 = 276
