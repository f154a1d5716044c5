/** Which header follows which. To add one: a file with its codec, and a row here. */
import {
  ETH_P_8021AD,
  ETH_P_8021Q,
  ETH_P_ARP,
  ETH_P_IP,
  ETH_P_IPV6,
  IPPROTO_AH,
  IPPROTO_DSTOPTS,
  IPPROTO_FRAGMENT,
  IPPROTO_HOPOPTS,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_IGMP,
  IPPROTO_IPIP,
  IPPROTO_IPV6,
  IPPROTO_ROUTING,
  IPPROTO_TCP,
  IPPROTO_UDP,
} from '../../data/kernel.js'
import { type Arp, arp } from './arp.js'
import { type Authentication, authentication } from './authentication.js'
import type { Codec, Table } from './codec.js'
import { type Ethernet, ethernet } from './ethernet.js'
import { type Fragment, fragment } from './fragment.js'
import { type Icmp, icmp } from './icmp.js'
import { type Icmpv6, icmpv6 } from './icmpv6.js'
import { type Igmp, igmp } from './igmp.js'
import { type Ipv4, ipv4 } from './ipv4.js'
import { type Ipv6, ipv6 } from './ipv6.js'
import { type DestinationOptions, destinationOptions, type HopByHop, hopByHop } from './ipv6option.js'
import {
  LINKTYPE_ETHERNET,
  LINKTYPE_IPV4,
  LINKTYPE_IPV6,
  LINKTYPE_LINUX_SLL,
  LINKTYPE_LINUX_SLL2,
} from './linktype.js'
import { type Routing, routing } from './routing.js'
import { type Sll, type Sll2, sll, sll2 } from './sll.js'
import { type Tcp, tcp } from './tcp.js'
import { type Udp, udp } from './udp.js'
import { type Vlan, vlan } from './vlan.js'

/** The headers that are known here. */
export type Header =
  | Ethernet
  | Vlan
  | Sll
  | Sll2
  | Arp
  | Ipv4
  | Ipv6
  | HopByHop
  | DestinationOptions
  | Routing
  | Fragment
  | Authentication
  | Icmp
  | Icmpv6
  | Igmp
  | Udp
  | Tcp

type GivenBy<C> = C extends Codec<infer H, infer G> ? G & { readonly kind: H['kind'] } : never

/** The same as a caller gives them: fields that have defaults, lengths and checksums may be left out. */
export type GivenHeader =
  | GivenBy<typeof ethernet>
  | GivenBy<typeof vlan>
  | GivenBy<typeof sll>
  | GivenBy<typeof sll2>
  | GivenBy<typeof arp>
  | GivenBy<typeof ipv4>
  | GivenBy<typeof ipv6>
  | GivenBy<typeof hopByHop>
  | GivenBy<typeof destinationOptions>
  | GivenBy<typeof routing>
  | GivenBy<typeof fragment>
  | GivenBy<typeof authentication>
  | GivenBy<typeof icmp>
  | GivenBy<typeof icmpv6>
  | GivenBy<typeof igmp>
  | GivenBy<typeof udp>
  | GivenBy<typeof tcp>

/** A codec, and the numbers under which it is found in each table. */
export type Row<H extends { readonly kind: string }> = {
  readonly codec: Codec<H, never>
} & { readonly [T in Table]?: readonly number[] }

/** The rows of the headers known here, to make a registry of one's own with more of them. */
export const rows: readonly Row<Header>[] = [
  { codec: ethernet, link: [LINKTYPE_ETHERNET] },
  // 0x9100 is what some gave an outer tag before 802.1ad.
  { codec: vlan, ethertype: [ETH_P_8021Q, ETH_P_8021AD, 0x9100] },
  { codec: sll, link: [LINKTYPE_LINUX_SLL] },
  { codec: sll2, link: [LINKTYPE_LINUX_SLL2] },
  { codec: arp, ethertype: [ETH_P_ARP] },
  { codec: ipv4, link: [LINKTYPE_IPV4], ethertype: [ETH_P_IP], protocol: [IPPROTO_IPIP] },
  { codec: ipv6, link: [LINKTYPE_IPV6], ethertype: [ETH_P_IPV6], protocol: [IPPROTO_IPV6] },
  { codec: hopByHop, protocol: [IPPROTO_HOPOPTS] },
  { codec: destinationOptions, protocol: [IPPROTO_DSTOPTS] },
  { codec: routing, protocol: [IPPROTO_ROUTING] },
  { codec: fragment, protocol: [IPPROTO_FRAGMENT] },
  { codec: authentication, protocol: [IPPROTO_AH] },
  { codec: icmp, protocol: [IPPROTO_ICMP] },
  { codec: icmpv6, protocol: [IPPROTO_ICMPV6] },
  { codec: igmp, protocol: [IPPROTO_IGMP] },
  { codec: udp, protocol: [IPPROTO_UDP] },
  { codec: tcp, protocol: [IPPROTO_TCP] },
]

/** Codecs by table and number, and by the kind of their headers. Of two for the same number the later is taken. */
export class Registry<H extends { readonly kind: string }> {
  readonly #tables: { readonly [T in Table]: Map<number, Codec<H, never>> } = {
    link: new Map(),
    ethertype: new Map(),
    protocol: new Map(),
    udp: new Map(),
    tcp: new Map(),
  }
  readonly #kinds = new Map<string, Codec<H, never>>()

  constructor(all: readonly Row<H>[]) {
    for (const row of all) {
      this.#kinds.set(row.codec.kind, row.codec)
      for (const table of Object.keys(this.#tables) as Table[])
        for (const number of row[table] ?? []) this.#tables[table].set(number, row.codec)
    }
  }

  /** The codec that a table has for a number, if any. */
  find(table: Table, number: number): Codec<H, never> | undefined {
    return this.#tables[table].get(number)
  }

  /** The codec of the headers of this kind, if any. */
  codec(kind: string): Codec<H, never> | undefined {
    return this.#kinds.get(kind)
  }
}

/** The headers known here. */
export const registry: Registry<Header> = new Registry(rows)
