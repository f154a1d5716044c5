/** Addresses of interfaces: RTM_NEWADDR and its kin. struct ifaddrmsg and IFA_* of linux/if_addr.h. */
import type { MessageValue } from './shape.js'

export const address = {
  name: 'address',
  header: { family: 'u8', prefixlen: 'u8', flags: 'u8', scope: 'u8', ifindex: 'u32' },
  attributes: {
    address: [1, 'ip'],
    local: [2, 'ip'],
    label: [3, 'string'],
    broadcast: [4, 'ip'],
    anycast: [5, 'ip'],
    cacheinfo: [6, { prefered: 'u32', valid: 'u32', cstamp: 'u32', tstamp: 'u32' }],
    multicast: [7, 'ip'],
    flags: [8, 'u32'],
    rtPriority: [9, 'u32'],
    targetNetnsid: [10, 's32'],
    proto: [11, 'u8'],
  },
} as const

/**
 * An interface's address. `local` is its own; `address` the prefix's, which is the peer's on a point-to-point link (IPv6 has
 * `address` alone where there is no peer). `flags` are IFA_F_*, `scope` RT_SCOPE_*. Lifetimes (`prefered`, `valid`) are in seconds,
 * 4294967295 is for ever; stamps are hundredths of a second since boot.
 */
export interface InterfaceAddress extends MessageValue<typeof address> {}
