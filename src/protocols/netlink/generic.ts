/** Generic netlink: struct genlmsghdr, and the controller's messages about the families. linux/genetlink.h. */
import type { MessageValue } from './shape.js'

/** What is in front of every message of generic netlink. */
export const genericHeader = { cmd: 'u8', version: 'u8', _reserved: 'u16' } as const

export const family = {
  name: 'generic netlink family',
  header: { cmd: 'u8', version: 'u8', _reserved: 'u16' },
  attributes: {
    familyId: [1, 'u16'],
    familyName: [2, 'string'],
    version: [3, 'u32'],
    hdrsize: [4, 'u32'],
    maxattr: [5, 'u32'],
    ops: [6, [{ id: [1, 'u32'], flags: [2, 'u32'] }]],
    mcastGroups: [7, [{ name: [1, 'string'], id: [2, 'u32'] }]],
  },
} as const

/** A message of the controller. */
export type FamilyMessage = MessageValue<typeof family>
