/** Neighbours, and bridges' forwarding tables: RTM_NEWNEIGH and its kin. struct ndmsg and NDA_* of linux/neighbour.h. */
import type { MessageValue } from './shape.js'

export const neighbour = {
  name: 'neighbour',
  header: {
    family: 'u8',
    _pad1: 'u8',
    _pad2: 'u16',
    ifindex: 's32',
    state: 'u16',
    flags: 'u8',
    type: 'u8',
  },
  attributes: {
    dst: [1, 'ip'],
    lladdr: [2, 'hardware'],
    cacheinfo: [3, { confirmed: 'u32', used: 'u32', updated: 'u32', refcnt: 'u32' }],
    probes: [4, 'u32'],
    vlan: [5, 'u16'],
    port: [6, 'be16'],
    vni: [7, 'u32'],
    neighIfindex: [8, 'u32'],
    master: [9, 'u32'],
    linkNetnsid: [10, 's32'],
    srcVni: [11, 'u32'],
    protocol: [12, 'u8'],
    nhId: [13, 'u32'],
    fdbExtAttrs: [14, { activityNotify: [1, 'u8'], dontRefresh: [2, 'flag'] }],
    flagsExt: [15, 'u32'],
    ndmStateMask: [16, 'u16'],
    ndmFlagsMask: [17, 'u8'],
  },
} as const

/**
 * A neighbour: who has the address `dst` on the link `ifindex`. `state` is NUD_*, `flags` NTF_*. `neighIfindex` is NDA_IFINDEX:
 * the interface to send to, of a tunnel's forwarding table, and what a list is narrowed by.
 */
export interface Neighbour extends MessageValue<typeof neighbour> {}
