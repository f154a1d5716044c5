/** Datagrams in fragments, in every kind of disorder. The same number gives the same ones. */
import { encodePacket, type GivenLayer } from 'berkeley/wire'

export interface Case {
  readonly id: number
  readonly payload: Uint8Array
  /** Packets that begin with IP. */
  readonly fragments: readonly Uint8Array[]
}

export const ends4 = { sourceAddress: '10.1.0.2', destinationAddress: '10.1.0.1' } as const
export const ends6 = { sourceAddress: 'fd01::2', destinationAddress: 'fd01::1' } as const

/** A small generator of numbers below `bound`: mulberry32. */
export function numbers(seed: number): (bound: number) => number {
  let state = seed
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % bound
  }
}

/** A datagram to this port, cut, shuffled, and then made worse in one of several ways. */
export function scatter(id: number, version: 4 | 6, port: number, random: (bound: number) => number): Case {
  const payload = Uint8Array.from({ length: 8 * (2 + random(20)) + random(8) }, () => random(256))
  new DataView(payload.buffer).setUint32(0, id)
  const over = version === 4 ? ends4 : ends6
  const whole = encodePacket([
    version === 4 ? { kind: 'ipv4', protocol: 17, ...ends4 } : { kind: 'ipv6', nextHeader: 17, ...ends6 },
    // Without a sum (IPv4 only) whatever has been put together is delivered.
    { kind: 'udp', sourcePort: 1, destinationPort: port, ...(version === 4 && { checksum: 0 }) },
    { kind: 'data', bytes: payload },
  ]).subarray(version === 4 ? 20 : 40)
  const units = Math.ceil(whole.length / 8)
  const parts: [start: number, end: number][] = []
  for (let at = 0; at < units; ) {
    const end = Math.min(units, at + 1 + random(6))
    parts.push([at, end])
    at = end
  }
  const some = (): [number, number] => parts[random(parts.length)] as [number, number]
  const any = (): [number, number] => {
    const start = random(units)
    return [start, start + 1 + random(units - start)]
  }
  if (random(4) > 0) parts.sort(() => random(3) - 1)
  const worse = random(6)
  if (worse === 0) parts.splice(random(parts.length), 0, [...some()])
  if (worse === 1) parts.splice(random(parts.length), 0, any())
  if (worse === 2) parts.splice(random(parts.length), 1)
  if (worse === 3) for (let i = 0; i < 4; i++) parts.splice(random(parts.length), 0, any())
  const fragments = parts.map(([start, end]) => {
    const bytes = whole.slice(8 * start, 8 * end)
    // What overlaps has other bytes, behind header and number: whose are delivered shows.
    if (worse === 3 && version === 4 && start > 0) bytes.fill(random(256), Math.max(0, 16 - 8 * start))
    const at = { moreFragments: end < units, fragmentOffset: 8 * start, identification: id }
    const layers: GivenLayer[] =
      version === 4
        ? [{ kind: 'ipv4', protocol: 17, ...over, ...at }]
        : [
            { kind: 'ipv6', nextHeader: 44, ...over },
            { kind: 'fragment', nextHeader: 17, ...at },
          ]
    return encodePacket([...layers, { kind: 'data', bytes }])
  })
  return { id, payload, fragments }
}
