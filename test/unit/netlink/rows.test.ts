/** The rows of netlink's tables against the kernel's headers: each name is the header's, and has its number. */
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as kernel from '#data/kernel.js'
import { address } from '#protocols/netlink/address.js'
import { sizeOf } from '#protocols/netlink/decoder.js'
import * as diag from '#protocols/netlink/diag.js'
import { family } from '#protocols/netlink/generic.js'
import { link } from '#protocols/netlink/link.js'
import { linkKinds, linkPorts } from '#protocols/netlink/linkkinds.js'
import { neighbour } from '#protocols/netlink/neighbour.js'
import { nextHop, route } from '#protocols/netlink/route.js'
import { rule } from '#protocols/netlink/rule.js'
import type { Table } from '#protocols/netlink/shape.js'

const constants = kernel as Readonly<Record<string, unknown>>
const upper = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
const inet = link.attributes.afSpec[1]

/** Tables by what their constants begin with. */
const tables: readonly (readonly [prefix: string, table: Table])[] = [
  ['IFLA_', link.attributes],
  ['IFLA_', link.attributes.linkinfo[1]],
  ['IFLA_INET_', inet.inet[1]],
  ['IFLA_INET6_', inet.inet6[1]],
  ['IFLA_XDP_', link.attributes.xdp[1]],
  ['IFLA_PROTO_DOWN_REASON_', link.attributes.protoDownReason[1]],
  ['VETH_INFO_', linkKinds.veth],
  ['IFLA_VLAN_', linkKinds.vlan],
  ['IFLA_VXLAN_', linkKinds.vxlan],
  ['IFLA_GENEVE_', linkKinds.geneve],
  ['IFLA_BR_', linkKinds.bridge],
  ['IFLA_TUN_', linkKinds.tun],
  ['IFLA_BOND_', linkKinds.bond],
  ['IFLA_VRF_', linkKinds.vrf],
  ['IFLA_MACVLAN_', linkKinds.macvlan],
  ['IFLA_IPVLAN_', linkKinds.ipvlan],
  ['IFLA_XFRM_', linkKinds.xfrm],
  ['IFLA_NETKIT_', linkKinds.netkit],
  ['IFLA_GRE_', linkKinds.gre],
  ['IFLA_IPTUN_', linkKinds.ipip],
  ['IFLA_BRPORT_', linkPorts.bridge],
  ['IFLA_BOND_SLAVE_', linkPorts.bond],
  ['IFLA_VRF_PORT_', linkPorts.vrf],
  ['IFA_', address.attributes],
  ['RTA_', route.attributes],
  ['RTA_', nextHop.attributes],
  ['RTAX_', route.attributes.metrics[1]],
  ['NDA_', neighbour.attributes],
  ['FRA_', rule.attributes],
  ['INET_DIAG_', diag.inetSocket.attributes],
  ['INET_DIAG_REQ_', diag.inetRequest.attributes],
  ['UNIX_DIAG_', diag.unixSocket.attributes],
  ['NETLINK_DIAG_', diag.netlinkSocket.attributes],
  ['PACKET_DIAG_', diag.packetSocket.attributes],
  ['CTRL_ATTR_', family.attributes],
]

/** What the header spells in a way of its own. */
const odd: Readonly<Record<string, string>> = {
  NDA_NEIGH_IFINDEX: 'NDA_IFINDEX',
}

describe('the tables of netlink', () => {
  for (const [prefix, table] of tables)
    it(`have the numbers of ${prefix}*`, () => {
      const rows = Object.entries(table)
      assert.ok(rows.length > 0)
      assert.equal(new Set(rows.map(([, [type]]) => type)).size, rows.length, 'a number twice')
      for (const [name, [type]] of rows) {
        const spelled = prefix + upper(name)
        const constant = odd[spelled] ?? spelled
        assert.ok(constant in constants, `the headers have no ${constant}`)
        assert.equal(constants[constant], type, constant)
      }
    })

  it('have structs of the size that C has', () => {
    for (const [{ header }, size] of [
      ...([
        [link, 16],
        [address, 8],
        [route, 12],
        [neighbour, 12],
        [rule, 12],
        [family, 4],
      ] as const),
      ...([
        [diag.inetRequest, 56],
        [diag.inetSocket, 72],
        [diag.unixRequest, 24],
        [diag.unixSocket, 16],
      ] as const),
      ...([
        [diag.socketRequest, 20],
        [diag.netlinkSocket, 28],
        [diag.packetSocket, 16],
      ] as const),
    ] as const)
      assert.equal(sizeOf(header), size)
    assert.equal(sizeOf(route.attributes.cacheinfo[1]), 32)
    assert.equal(sizeOf(address.attributes.cacheinfo[1]), 16)
    assert.equal(sizeOf(neighbour.attributes.cacheinfo[1]), 16)
  })
})
