/** Fragments in disorder, to this kernel and to ours: both deliver the same datagrams, with the same bytes. */
import { link, needs, sh } from './usage/namespace.js'
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { AF_INET, AF_INET6, SO_RCVBUFFORCE, SOCK_DGRAM, SOL_SOCKET, socket } from 'berkeley'
import { decodePacket, encodePacket, LINKTYPE_RAW, Reassembly } from 'berkeley/wire'
import { ends4, ends6, numbers, scatter } from '../unit/fragments.js'
import { send } from './wire/capture.js'

const CASES = 400
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)

describe(`fragments (SEED=${seed})`, needs, () => {
  before(link)

  for (const version of [4, 6] as const)
    it(`of IPv${version} are put together as Linux does it`, async () => {
      using receiver =
        version === 4
          ? socket(AF_INET, SOCK_DGRAM)
          : (socket(AF_INET6, SOCK_DGRAM) as unknown as ReturnType<typeof socket<never>>)
      receiver.setsockopt(SOL_SOCKET, SO_RCVBUFFORCE, 1 << 25)
      receiver.bind({ host: (version === 4 ? ends4 : ends6).destinationAddress, port: 0 } as never)
      const { port } = receiver.getsockname() as { port: number }
      const random = numbers(seed + version)
      const cases = Array.from({ length: CASES }, (_, id) => scatter(id + 1, version, port, random))

      const reassembly = new Reassembly()
      const ours = new Map<number, string>()
      for (const { id, fragments } of cases)
        for (const fragment of fragments) {
          const whole = reassembly.add(decodePacket(fragment, { start: LINKTYPE_RAW }), 0)
          const last = whole?.at(-1)
          // A length that UDP does not agree with is dropped later.
          if (whole?.at(-2)?.kind === 'udp' && last?.kind === 'data') ours.set(id, hex(last.bytes))
        }

      const near = (JSON.parse(sh('ip -json link show near')) as { address: string }[])[0]?.address ?? ''
      const ethernet = {
        kind: 'ethernet',
        destinationAddress: near,
        sourceAddress: '02:00:00:00:00:02',
        etherType: version === 4 ? 0x800 : 0x86dd,
      } as const
      const end = encodePacket([
        version === 4 ? { kind: 'ipv4', protocol: 17, ...ends4 } : { kind: 'ipv6', nextHeader: 17, ...ends6 },
        { kind: 'udp', sourcePort: 1, destinationPort: port },
        { kind: 'data', bytes: new Uint8Array(4) },
      ])
      const all = [...cases.flatMap(({ fragments }) => fragments), end]
      send(
        ['again'],
        all.map((bytes) => encodePacket([ethernet, { kind: 'data', bytes }])),
      )
      const theirs = new Map<number, string>()
      receiver.settimeout(10_000)
      for (;;) {
        const bytes = await receiver.recv(65536)
        const id = bytes.readUInt32BE(0)
        if (id === 0) break
        theirs.set(id, hex(bytes))
      }
      assert.deepEqual([...ours.keys()].sort(), [...theirs.keys()].sort())
      assert.deepEqual(ours, theirs)
      assert.ok(theirs.size > CASES / 3 && theirs.size < CASES, `${theirs.size} of ${CASES}`)
    })
})

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
