/** Policy rules: RTM_NEWRULE and its kin. struct fib_rule_hdr and FRA_* of linux/fib_rules.h. */
import type { MessageValue } from './shape.js'

export const rule = {
  name: 'rule',
  header: {
    family: 'u8',
    dstLen: 'u8',
    srcLen: 'u8',
    tos: 'u8',
    table: 'u8',
    _res1: 'u8',
    _res2: 'u8',
    action: 'u8',
    flags: 'u32',
  },
  attributes: {
    dst: [1, 'ip'],
    src: [2, 'ip'],
    iifname: [3, 'string'],
    goto: [4, 'u32'],
    priority: [6, 'u32'],
    fwmark: [10, 'u32'],
    flow: [11, 'u32'],
    tunId: [12, 'bytes'],
    suppressIfgroup: [13, 's32'],
    suppressPrefixlen: [14, 's32'],
    table: [15, 'u32'],
    fwmask: [16, 'u32'],
    oifname: [17, 'string'],
    l3mdev: [19, 'u8'],
    uidRange: [20, { start: 'u32', end: 'u32' }],
    protocol: [21, 'u8'],
    ipProto: [22, 'u8'],
    sportRange: [23, { start: 'u16', end: 'u16' }],
    dportRange: [24, { start: 'u16', end: 'u16' }],
    dscp: [25, 'u8'],
  },
} as const

/** A rule: what looks like this is routed by `table` (`action` FR_ACT_TO_TBL), or refused. The lowest `priority` is asked first. */
export interface Rule extends MessageValue<typeof rule> {}
