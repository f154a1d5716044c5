/** What must compile, and what must not: the types that follow from netlink's tables. */
import { type Decoder, decodeAttributes, type Link, type Rtnetlink, watchInterfaces } from 'berkeley/netlink'

export async function types(rt: Rtnetlink, decoder: Decoder): Promise<void> {
  const [link] = (await rt.links.list()) as [Link]
  link.ifindex satisfies number
  link.ifname satisfies string | undefined
  link.stats64?.rxBytes satisfies number | undefined
  link.linkinfo?.infoData?.vlanFiltering satisfies number | undefined
  link.linkinfo?.infoData?.peer?.ifname satisfies string | undefined
  // @ts-expect-error an attribute may be missing
  link.mtu satisfies number
  // @ts-expect-error padding is no field
  link._pad
  // @ts-expect-error no such attribute
  await rt.links.add({ colour: 'red' })
  // @ts-expect-error a number
  await rt.links.set({ ifname: 'lo', mtu: '1500' })
  // @ts-expect-error a rule cannot be changed
  rt.rules.set
  await rt.routes.add({ multipath: [{ ifindex: 1, weight: 2 }], metrics: { mtu: 1 } })
  for await (const change of rt.addresses.watch()) {
    if (change.event === 'lost') continue
    change.value.prefixlen satisfies number
  }
  for await (const change of watchInterfaces()) {
    if (change.kind === 'link') change.value.flags satisfies number
    if (change.event === 'changed' && change.kind === 'address')
      change.before.local satisfies string | undefined
  }
  const table = {
    count: [1, 'u32'],
    names: [2, ['string']],
    at: [3, { x: 'u8', _pad: 'u8', y: 's32' }],
  } as const
  const { count, names, at } = decodeAttributes(new Uint8Array(0), table)
  count satisfies number | undefined
  names satisfies readonly string[] | undefined
  at satisfies { readonly x: number; readonly y: number } | undefined
  decoder.value(new Uint8Array(4), 'ip') satisfies string
}
