/** What <netdb.h> defines: libc's constants, not the kernel's. glibc's numbers; musl has the same where it has them. */

// Flags of getaddrinfo(3).
/** With the host null: addresses to bind to, not to connect to. */
export const AI_PASSIVE = 0x1
export const AI_CANONNAME = 0x2
/** The host is a number; no name is looked up. */
export const AI_NUMERICHOST = 0x4
/** Of AF_INET6: IPv4 addresses as '::ffff:192.0.2.1' when the name has no others. */
export const AI_V4MAPPED = 0x8
/** With AI_V4MAPPED: these in any case. */
export const AI_ALL = 0x10
/** Only of families that this machine has an address of, loopback aside. */
export const AI_ADDRCONFIG = 0x20
/** glibc's own. */
export const AI_IDN = 0x40
/** glibc's own. */
export const AI_CANONIDN = 0x80
/** The service is a number; no name is looked up. */
export const AI_NUMERICSERV = 0x400

// Codes of getaddrinfo(3) and getnameinfo(3).
export const EAI_BADFLAGS = -1
export const EAI_NONAME = -2
export const EAI_AGAIN = -3
export const EAI_FAIL = -4
export const EAI_NODATA = -5
export const EAI_FAMILY = -6
export const EAI_SOCKTYPE = -7
export const EAI_SERVICE = -8
export const EAI_ADDRFAMILY = -9
export const EAI_MEMORY = -10
export const EAI_SYSTEM = -11
export const EAI_OVERFLOW = -12
/** glibc's own. */
export const EAI_IDN_ENCODE = -105

// Flags of getnameinfo(3).
/** The address's number, without a look-up. */
export const NI_NUMERICHOST = 0x1
/** The port's number, without a look-up. */
export const NI_NUMERICSERV = 0x2
/** Of a host in the own domain: the name without that. */
export const NI_NOFQDN = 0x4
/** EAI_NONAME where the number would stand for a missing name. */
export const NI_NAMEREQD = 0x8
/** The service of UDP where it differs from that of TCP. */
export const NI_DGRAM = 0x10
/** glibc's own. */
export const NI_IDN = 0x20
export const NI_MAXHOST = 1025
export const NI_MAXSERV = 32

// h_errno of gethostbyname(3).
export const HOST_NOT_FOUND = 1
export const TRY_AGAIN = 2
export const NO_RECOVERY = 3
export const NO_DATA = 4
