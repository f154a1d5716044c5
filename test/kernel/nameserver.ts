/**
 * A name server for the tests, RFC 1035: UDP on 127.0.0.1:53, to be run in a thread within a network namespace. It says
 * 'ready' to its parent, and ends with its thread.
 */
import { createSocket } from 'node:dgram'
import { parentPort } from 'node:worker_threads'

const A = 1
const CNAME = 5
const PTR = 12
const AAAA = 28
const [NOERROR, SERVFAIL, NXDOMAIN, REFUSED] = [0, 2, 3, 5]

/** Labels with their lengths in front; a name may hold any byte. */
const encodeName = (name: string): Buffer =>
  Buffer.concat([
    ...name.split('.').map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label, 'latin1')])),
    Buffer.of(0),
  ])

const ip = (text: string): Buffer => Buffer.from(text.split('.').map(Number))
const six = (last: number): Buffer =>
  Buffer.concat([Buffer.from('20010db8', 'hex'), Buffer.alloc(11), Buffer.of(last)])

/** Owner, type and data: what the zone holds. Names are latin1. */
const records: readonly (readonly [owner: string, type: number, data: Buffer])[] = [
  ['host.test', A, ip('192.0.2.1')],
  ['host.test', A, ip('192.0.2.2')],
  ['host.test', AAAA, six(1)],
  ['alias.test', CNAME, encodeName('middle.test')],
  ['middle.test', CNAME, encodeName('host.test')],
  ['six.test', AAAA, six(6)],
  ['odd.test', CNAME, encodeName('o\x1b[31m\xff.test')],
  ['o\x1b[31m\xff.test', A, ip('192.0.2.9')],
  ['xn--bcher-kva.test', A, ip('192.0.2.10')],
  ['many.test', A, ip('192.0.2.1')],
  ...Array.from({ length: 24 }, (_, i) => ['many.test', A, ip(`198.51.100.${i}`)] as const),
  ...Array.from({ length: 60 }, (_, i) => [`h${i}.test`, A, ip(`203.0.113.${i}`)] as const),
  ['empty.test', 99, Buffer.alloc(0)],
  ['1.2.0.192.in-addr.arpa', PTR, encodeName('host.test')],
  ['2.2.0.192.in-addr.arpa', PTR, encodeName('first.test')],
  ['2.2.0.192.in-addr.arpa', PTR, encodeName('second.test')],
  ['9.2.0.192.in-addr.arpa', PTR, encodeName('o\x1b[31m\xff.test')],
  [`1.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`, PTR, encodeName('host.test')],
]

/** The names that are answered with an error; silent.test is never answered. */
const faults: Readonly<Record<string, number>> = { 'fail.test': SERVFAIL, 'refused.test': REFUSED }

function readName(message: Buffer, at: number): [name: string, end: number] {
  const labels: string[] = []
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return [labels.join('.'), at + 1]
}

function answersFor(name: string, type: number): Buffer[] {
  const found: Buffer[] = []
  for (const [owner, kind, data] of records) {
    if (owner !== name || (kind !== type && kind !== CNAME)) continue
    const head = Buffer.alloc(10)
    head.writeUInt16BE(kind, 0)
    head.writeUInt16BE(1, 2)
    head.writeUInt32BE(60, 4)
    head.writeUInt16BE(data.length, 8)
    found.push(Buffer.concat([encodeName(owner), head, data]))
    if (kind === CNAME) found.push(...answersFor(readName(data, 0)[0], type))
  }
  return found
}

const server = createSocket('udp4', (message, { port, address }) => {
  const [asked, end] = readName(message, 12)
  const name = asked.toLowerCase()
  if (name === 'silent.test') return
  const type = message.readUInt16BE(end)
  const answers = answersFor(name, type)
  const known = records.some(([owner]) => owner === name)
  const head = Buffer.from(message.subarray(0, 12))
  head[2] = 0x84 | ((head[2] ?? 0) & 1)
  head[3] = 0x80 | (faults[name] ?? (known ? NOERROR : NXDOMAIN))
  head.writeUInt16BE(answers.length, 6)
  head.writeUInt32BE(0, 8)
  server.send(Buffer.concat([head, message.subarray(12, end + 4), ...answers]), port, address)
})
server.bind(53, '127.0.0.1', () => parentPort?.postMessage('ready'))
