/** Messages recorded from the kernel (record.py): read, written again, cut short anywhere, and spoiled. */
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DecodeError } from '#data/errors.js'
import { address } from '#protocols/netlink/address.js'
import { decodeMessage, sizeOf } from '#protocols/netlink/decoder.js'
import * as diag from '#protocols/netlink/diag.js'
import { encodeMessage } from '#protocols/netlink/encoder.js'
import { family } from '#protocols/netlink/generic.js'
import { type Link, link } from '#protocols/netlink/link.js'
import { decodeNetlink, encodeNetlink, outcomeOf } from '#protocols/netlink/message.js'
import { neighbour } from '#protocols/netlink/neighbour.js'
import { type Route, route } from '#protocols/netlink/route.js'
import { type Rule, rule } from '#protocols/netlink/rule.js'
import type { MessageShape } from '#protocols/netlink/shape.js'

type Fields = Readonly<Record<string, unknown>>
const shapes: Readonly<Record<string, MessageShape>> = {
  ...{ link, address, route, neighbour, rule, family },
  ...{ inet: diag.inetSocket, unix: diag.unixSocket, netlink: diag.netlinkSocket, packet: diag.packetSocket },
}

const recorded = readFileSync(new URL('../../../../test/unit/netlink/recorded.txt', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => {
    const [, kind = '', hex = '', told = ''] = /^(\S+) (\S+) (.*)$/.exec(line) ?? []
    const shape = shapes[kind] as MessageShape
    return {
      kind,
      shape,
      bytes: Uint8Array.from(Buffer.from(hex, 'hex')),
      told: JSON.parse(told) as Fields | null,
    }
  })

/** A copy with strangers' bytes before and behind, which no reader may see. */
function amid(bytes: Uint8Array): Uint8Array {
  const all = new Uint8Array(bytes.length + 32).fill(0xa5)
  all.set(bytes, 16)
  return all.subarray(16, 16 + bytes.length)
}

/** What reading comes to: a value, or the DecodeError's code. Any other error is one. */
function read(bytes: Uint8Array, shape: MessageShape): object | string {
  try {
    return decodeMessage(amid(bytes), shape)
  } catch (error) {
    assert.ok(error instanceof DecodeError, String(error))
    assert.ok(error.offset >= 0 && error.offset <= bytes.length, `offset ${error.offset} of ${bytes.length}`)
    return error.code
  }
}

/** Where attributes of the outermost level end, without and with their padding. */
function* ends(bytes: Uint8Array, from: number): Generator<readonly [end: number, padded: number]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  for (let at = from; at < bytes.length; ) {
    const end = at + view.getUint16(at, true)
    at = (end + 3) & ~3
    yield [end, Math.min(at, bytes.length)]
  }
}

describe('messages of the kernel', () => {
  it('are recorded, of every kind', () => {
    assert.deepEqual([...new Set(recorded.map(({ kind }) => kind))].sort(), Object.keys(shapes).sort())
  })

  it('say what ip says of the same', () => {
    let compared = 0
    for (const { kind, shape, bytes, told } of recorded) {
      if (told === null) continue
      compared++
      const value = decodeMessage(bytes, shape) as unknown
      if (kind === 'link') {
        const { ifindex, ifname, mtu, address, broadcast, txqlen, linkinfo, propList, minMtu } = value as Link
        const info = told.linkinfo as { info_kind?: string } | undefined
        assert.deepEqual(
          [ifindex, ifname, mtu, address, broadcast, txqlen, linkinfo?.infoKind, propList, minMtu],
          [
            ...[told.ifindex, told.ifname, told.mtu, told.address, told.broadcast, told.txqlen],
            ...[info?.info_kind, told.altnames, told.min_mtu],
          ],
        )
      } else if (kind === 'route') {
        const { dst, dstLen, gateway, via, multipath, metrics } = value as Route
        assert.equal(dstLen === 32 ? dst : dst === undefined ? 'default' : `${dst}/${dstLen}`, told.dst)
        assert.equal(gateway, told.gateway)
        assert.equal(via?.host, (told.via as { host: string } | undefined)?.host)
        const hops = told.nexthops as { gateway: string; weight: number }[] | undefined
        assert.deepEqual(
          multipath?.map(({ gateway, weight }) => [gateway, weight]),
          hops?.map(({ gateway, weight }) => [gateway, weight]),
        )
        assert.equal(metrics?.mtu, (told.metrics as { mtu: number }[] | undefined)?.[0]?.mtu)
      } else {
        const { priority, src, srcLen, fwmark } = value as Rule
        assert.deepEqual([priority ?? 0, src ?? 'all', srcLen], [told.priority, told.src, told.srclen ?? 0])
        assert.equal(fwmark, told.fwmark === undefined ? undefined : Number(told.fwmark))
      }
    }
    assert.ok(compared >= 20, `${compared}`)
  })

  it('are the same when they are written and read again', () => {
    for (const { shape, bytes } of recorded) {
      // tcp_info is only ever told.
      const { info: _, ...value } = decodeMessage(bytes, shape) as Fields & { info?: unknown }
      const whole = shape === diag.inetSocket ? value : (decodeMessage(bytes, shape) as Fields)
      assert.deepEqual(decodeMessage(encodeMessage(whole, shape), shape), whole)
    }
  })

  it('cut short have the attributes that are whole, or are a DecodeError', () => {
    for (const { kind, shape, bytes } of recorded) {
      const size = sizeOf(shape.header)
      const whole = decodeMessage(bytes, shape) as Fields
      const all = [...ends(bytes, size)]
      for (let end = 0; end < bytes.length; end++) {
        const found = read(bytes.slice(0, end), shape)
        const isWhole = end === size || all.some(([last, padded]) => end >= last && end <= padded)
        if (end < size || !isWhole) {
          assert.equal(found, 'ERR_TRUNCATED', `${kind} cut at ${end}`)
          continue
        }
        assert.ok(typeof found === 'object', `${kind} cut at ${end}: ${String(found)}`)
        const { unknown: _, ...known } = found as Fields
        // What a header has in short, an attribute says in full.
        for (const [name, field] of Object.entries(known))
          if (!(name in shape.header)) assert.deepEqual(field, whole[name], `${kind} ${name} cut at ${end}`)
      }
    }
  })

  it('spoiled are read or a DecodeError, and that at once', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...recorded),
        fc.array(fc.tuple(fc.nat(4000), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        fc.nat(4000),
        ({ shape, bytes }, changes, cut) => {
          const spoiled = bytes.slice(0, cut % (bytes.length + 1) || bytes.length)
          for (const [at, byte] of changes) spoiled[at % spoiled.length] = byte
          read(spoiled, shape)
        },
      ),
      { numRuns: 3000 },
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(shapes)),
        fc.uint8Array({ maxLength: 300 }),
        (shape, bytes) => {
          read(bytes, shape)
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('nested without end are a DecodeError', () => {
    // A veth whose peer is a veth whose peer …
    let body = new Uint8Array(16)
    for (let depth = 0; depth < 200; depth++)
      body = encodeMessage(
        { linkinfo: { infoKind: 'veth', infoData: { unknown: [{ type: 1, data: body }] } } },
        link,
      ) as Uint8Array<ArrayBuffer>
    assert.equal(read(body, link), 'ERR_MALFORMED')
  })
})

describe('netlink datagrams', () => {
  const messages = recorded
    .slice(0, 3)
    .map(({ bytes }, i) => ({ type: 16 + i, flags: i, sequence: 7, pid: 9, body: bytes.slice(0, 50 + i) }))
  const parts = messages.map(encodeNetlink)
  const datagram = Uint8Array.from(parts.flatMap((part) => [...part]))

  it('are taken apart into their messages', () => {
    assert.deepEqual(
      decodeNetlink(amid(datagram)),
      messages.map((each) => ({ ...each, body: amid(each.body) })),
    )
    assert.deepEqual(decodeNetlink(new Uint8Array(0)), [])
  })

  it('cut short are fewer messages, or a DecodeError', () => {
    const whole = new Map<number, number>([[0, 0]])
    let at = 0
    for (const [i, { body }] of messages.entries()) {
      for (let end = at + 16 + body.length; end <= at + (parts[i] as Uint8Array).length; end++)
        whole.set(end, i + 1)
      at += (parts[i] as Uint8Array).length
    }
    for (let end = 0; end <= datagram.length; end++) {
      const cut = amid(datagram.slice(0, end))
      const count = whole.get(end)
      if (count !== undefined) assert.equal(decodeNetlink(cut).length, count)
      else assert.throws(() => decodeNetlink(cut), { name: 'DecodeError', code: 'ERR_TRUNCATED' })
    }
  })

  it('of any bytes are messages or a DecodeError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          for (const message of decodeNetlink(amid(bytes))) outcomeOf(message)
        } catch (error) {
          assert.ok(error instanceof DecodeError, String(error))
        }
      }),
      { numRuns: 3000 },
    )
    const short = encodeNetlink({ type: 16 })
    short[0] = 15
    assert.throws(() => decodeNetlink(short), { code: 'ERR_MALFORMED' })
  })
})

describe('what is written', () => {
  it('is what is read again', () => {
    const ip = fc.oneof(
      fc.constantFrom('10.0.0.1', '255.255.255.255'),
      fc.constantFrom('::', 'fe80::1', '::ffff:1.2.3.4'),
    )
    const u32 = fc.nat(0xffffffff)
    const hop = fc.record({
      ifindex: fc.nat(1000),
      weight: fc.integer({ min: 1, max: 256 }),
      gateway: ip,
      flags: fc.nat(255),
    })
    fc.assert(
      fc.property(
        fc.record(
          {
            ...{
              dst: ip,
              gateway: ip,
              oif: u32,
              priority: u32,
              table: u32,
              multipath: fc.array(hop, { maxLength: 5 }),
            },
            metrics: fc.record(
              { mtu: u32, ccAlgo: fc.constantFrom('reno', 'cubic', 'µ') },
              { requiredKeys: [] },
            ),
            via: fc.record({ family: fc.constantFrom(2, 10), host: ip }),
            unknown: fc.array(
              fc.record({ type: fc.integer({ min: 100, max: 0x3fff }), data: fc.uint8Array() }),
              {
                minLength: 1,
                maxLength: 3,
              },
            ),
          },
          { requiredKeys: [] },
        ),
        fc.record({ family: fc.nat(255), dstLen: fc.nat(255), type: fc.nat(255), scope: fc.nat(255) }),
        (attributes, header) => {
          const back = decodeMessage(encodeMessage({ ...header, ...attributes }, route), route)
          // As plain objects, which fast-check's own need not be.
          for (const [name, value] of Object.entries(structuredClone({ ...header, ...attributes })))
            assert.deepEqual(back[name as keyof typeof back], value, name)
        },
      ),
    )
  })

  it('has the numbers that lists want: counted, or one for all', () => {
    const data = (infoKind: string, infoData: object): string =>
      Buffer.from(encodeMessage({ linkinfo: { infoKind, infoData } }, link)).toString('hex')
    const egressQos = [
      { from: 1, to: 2 },
      { from: 3, to: 4 },
    ]
    // nla_len 12, IFLA_VLAN_QOS_MAPPING (1), twice.
    assert.ok(data('vlan', { egressQos }).endsWith('0c00010001000000020000000c0001000300000004000000'))
    assert.ok(
      data('bond', { arpIpTarget: ['10.0.0.1', '10.0.0.2'] }).endsWith('080001000a000001080002000a000002'),
    )
    const names = Buffer.from(encodeMessage({ propList: ['one', 'two'] }, link)).toString('hex')
    assert.ok(names.endsWith('080035006f6e650008003500' + '74776f00'))
  })

  it('is refused where it is no value, or has no place', () => {
    const refused = (value: object, error: unknown, shape: MessageShape = link): void =>
      assert.throws(() => encodeMessage(value, shape), error as never)
    refused({ mtu: 'large' }, TypeError)
    refused({ mtu: -1 }, RangeError)
    refused({ mtu: 2 ** 32 }, RangeError)
    refused({ ifname: 'a\0b' }, TypeError)
    refused({ ifname: 5 }, TypeError)
    refused({ address: 'zz:00' }, TypeError)
    refused({ colour: 'red' }, TypeError)
    refused({ toString: 1 }, TypeError)
    refused({ linkinfo: 'veth' }, TypeError)
    refused({ linkinfo: { infoKind: 'veth', infoData: { peer: { nothing: 1 } } } }, TypeError)
    refused({ linkinfo: { infoKind: '__proto__', infoData: { id: 1 } } }, TypeError)
    refused({ ifalias: 'x'.repeat(70_000) }, RangeError)
    refused({ dst: '10.0.0.256' }, TypeError, route)
    refused({ multipath: [{ weight: 0 }] }, RangeError, route)
    refused({ cacheinfo: { used: 1, never: 2 } }, TypeError, route)
    assert.throws(() => encodeMessage(null as never, link), TypeError)
  })
})
