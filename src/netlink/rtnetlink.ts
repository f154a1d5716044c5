/** rtnetlink(7): links, their addresses, routes, neighbours and rules, each kind a row. */
import * as k from '../data/kernel.js'
import { address, type InterfaceAddress } from '../protocols/netlink/address.js'
import { type Link, link } from '../protocols/netlink/link.js'
import { type Neighbour, neighbour } from '../protocols/netlink/neighbour.js'
import { type Route, route } from '../protocols/netlink/route.js'
import { type Rule, rule } from '../protocols/netlink/rule.js'
import { NetlinkConnection } from './connection.js'
import type { NetlinkOptions } from './port.js'
import { type Kind, SettableThings, Things } from './things.js'

const anew = k.NLM_F_CREATE | k.NLM_F_REPLACE

const links: Kind<Link> = {
  shape: link,
  type: k.RTM_NEWLINK,
  object: 'LINK',
  groups: [k.RTNLGRP_LINK],
  set: 0,
}

const addresses: Kind<InterfaceAddress> = {
  shape: address,
  type: k.RTM_NEWADDR,
  object: 'ADDR',
  groups: [k.RTNLGRP_IPV4_IFADDR, k.RTNLGRP_IPV6_IFADDR],
  made: ({ local, address: of }) => ({ prefixlen: (local ?? of ?? '').includes(':') ? 128 : 32 }),
  set: anew,
}

/** An address without a length is a whole one. */
const whole = ({ dst }: Partial<Route>): Partial<Route> =>
  dst === undefined ? {} : { dstLen: dst.includes(':') ? 128 : 32 }

const routes: Kind<Route> = {
  shape: route,
  type: k.RTM_NEWROUTE,
  object: 'ROUTE',
  groups: [k.RTNLGRP_IPV4_ROUTE, k.RTNLGRP_IPV6_ROUTE],
  made: ({ dst, type = k.RTN_UNICAST, gateway, via, multipath, nhId }) => ({
    table: k.RT_TABLE_MAIN,
    protocol: k.RTPROT_STATIC,
    type,
    scope:
      type === k.RTN_LOCAL || type === k.RTN_NAT
        ? k.RT_SCOPE_HOST
        : type === k.RTN_BROADCAST ||
            type === k.RTN_MULTICAST ||
            (type === k.RTN_UNICAST && (gateway ?? via ?? multipath ?? nhId) === undefined)
          ? k.RT_SCOPE_LINK
          : k.RT_SCOPE_UNIVERSE,
    ...whole({ dst }),
  }),
  asked: whole,
  gone: { table: k.RT_TABLE_MAIN, scope: k.RT_SCOPE_NOWHERE },
  set: anew,
}

const neighbours: Kind<Neighbour> = {
  shape: neighbour,
  type: k.RTM_NEWNEIGH,
  object: 'NEIGH',
  groups: [k.RTNLGRP_NEIGH],
  made: () => ({ state: k.NUD_PERMANENT }),
  set: anew,
}

const rules: Kind<Rule> = {
  shape: rule,
  type: k.RTM_NEWRULE,
  object: 'RULE',
  groups: [k.RTNLGRP_IPV4_RULE, k.RTNLGRP_IPV6_RULE],
  made: ({ table, goto: target }) =>
    target === undefined
      ? { action: k.FR_ACT_TO_TBL, table: table ?? k.RT_TABLE_MAIN }
      : { action: k.FR_ACT_GOTO },
  set: 0,
}

/**
 * The network configuration of the kernel, as ip(8) has it: what is read, made, changed, taken away and watched are plain
 * objects with the kernel's fields. It is that of the network namespace the thread is in. Reading needs no privilege, all
 * else CAP_NET_ADMIN (EPERM).
 */
export class Rtnetlink implements Disposable {
  /** What the typed ones below stand on, for messages that they do not have. */
  readonly connection: NetlinkConnection
  /** Links: ip-link(8). To make one of a kind: `{ ifname, linkinfo: { infoKind: 'bridge', infoData: { … } } }`. */
  readonly links: SettableThings<Link>
  /** Addresses: ip-address(8): `{ ifindex, local, prefixlen }`; without a `prefixlen` it is the host's alone. */
  readonly addresses: SettableThings<InterfaceAddress>
  /**
   * Routes: ip-route(8): `{ dst, dstLen, gateway }`, where a `dst` without a length is one host's and none at all is the default
   * route (of IPv4, unless `family` or `gateway` tells). Table main, RTPROT_STATIC, RTN_UNICAST and the fitting scope are filled in.
   */
  readonly routes: SettableThings<Route>
  /** Neighbours: ip-neighbour(8), and a bridge's forwarding table (`family: AF_BRIDGE`): `{ ifindex, dst, lladdr }`, NUD_PERMANENT. */
  readonly neighbours: SettableThings<Neighbour>
  /** Rules: ip-rule(8): `{ family, priority, src, srcLen, table }`. A rule cannot be changed. */
  readonly rules: Things<Rule>

  constructor(options?: NetlinkOptions) {
    const connection = new NetlinkConnection(k.NETLINK_ROUTE, options)
    this.connection = connection
    this.links = new SettableThings(links, connection)
    this.addresses = new SettableThings(addresses, connection)
    this.routes = new SettableThings(routes, connection)
    this.neighbours = new SettableThings(neighbours, connection)
    this.rules = new Things(rules, connection)
  }

  /** Closes the socket; what waits fails with ECANCELED. Watches have sockets of their own. */
  close(): void {
    this.connection.close()
  }

  /** `close`. */
  [Symbol.dispose](): void {
    this.close()
  }
}
