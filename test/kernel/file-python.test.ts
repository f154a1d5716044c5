/** makefile against Python's own: the same calls, there and here, over a real connection, must give the same. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync } from 'node:fs'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  AF_INET,
  AF_INET6,
  type BinaryMode,
  DecodeError,
  type FileOptions,
  type Socket,
  type SocketFile,
  SystemError,
  socket,
  socketpair,
} from 'berkeley'
import { needsProgram } from '../support/needs.js'

type Call = readonly [name: string, what: string, ...args: unknown[]]
type Script = readonly Call[]
type AnyFile = SocketFile<string> & SocketFile<Buffer>

const judge = fileURLToPath(new URL('../../../test/kernel/file.py', import.meta.url))
const ALL = 1 << 20

const made = (mode: string, options: FileOptions = {}): Call => ['s', 'makefile', 'f', mode, options]
const sent = (text: string): Call => ['p', 'send', text]
const came: Call = ['p', 'recv', ALL]
const f = (what: string, ...args: unknown[]): Call => ['f', what, ...args]
const end: Call = ['p', 'end']

const mixed = 'one\ntwo\r\nthree\rfour\n\r\n\r\rlast'
const newlines = [null, '', '\n', '\r', '\r\n'] as const

const scripts: Readonly<Record<string, Script>> = {
  'read to the end': [made('r'), sent('abc\ndef'), end, f('read'), f('read'), f('readline')],
  'read to the end, bytes': [made('rb'), sent('abc\ndef'), end, f('read'), f('read'), f('readline')],
  'read by sizes': [made('r'), sent('abcdef'), f('read', 2), f('read', 0), f('read', 3), end, f('read', 9), f('read', 9)],
  'read by sizes, bytes': [made('rb'), sent('abcdef'), f('read', 2), f('read', 0), f('read', 3), end, f('read', 9), f('read', 9)],
  'characters of several bytes': [made('r'), sent('\xc3\xa9\xe2\x82\xac\xf0\x90\x8d\x88\n\xc3'), f('read', 2), f('readline', 1), sent('\xa9'), end, f('readline'), f('read')],
  'lines with limits': [made('r'), sent('abcdef\nxy\n'), f('readline', 3), f('readline', 0), f('readline', 100), f('readline', 2), f('readline', 2), end, f('readline', 2)],
  'lines with limits, bytes': [made('rb'), sent('abcdef\nxy\n'), f('readline', 3), f('readline', 0), f('readline', 100), f('readline', 2), f('readline', 2), end, f('readline', 2)],
  'readlines': [made('r'), sent(mixed), end, f('readlines'), f('readlines')],
  'readlines, bytes': [made('rb'), sent(mixed), end, f('readlines'), f('readlines')],
  'readlines with a hint': [made('r'), sent('aa\nbb\ncc\ndd\n'), f('readlines', 3), f('readlines', 4), end, f('readlines', 0)],
  'readlines with a hint, bytes': [made('rb'), sent('aa\nbb\ncc\ndd\n'), f('readlines', 3), f('readlines', 4), end, f('readlines', 0)],
  'iteration': [made('r'), sent(mixed), end, f('first'), f('iterate'), f('iterate')],
  'iteration, bytes': [made('rb'), sent(mixed), end, f('first'), f('iterate'), f('iterate')],
  'read1 and peek': [made('rb'), sent('abcdef'), f('peek'), f('read1', 2), f('peek'), f('read1'), sent('gh'), f('read1', 1), f('read1', 9), end, f('read1'), f('peek')],
  'readinto': [made('rb'), sent('abc'), f('readinto', 2), sent('de'), end, f('readinto', 4), f('readinto', 2), f('readinto', 0)],
  'what text has not': [made('r'), f('peek'), f('read1'), f('readinto', 3)],
  'without a buffer': [made('rb', { buffering: 0 }), sent('ab\ncdefg'), f('readline'), f('read', 2), ['s', 'recv', 9], sent('hi'), f('read', 9), sent('xyz\n'), f('readinto', 2), f('readline', 1), ['s', 'recv', 9], end, f('read', 3), f('read')],
  'without a buffer, to the end': [made('rb', { buffering: 0 }), sent('ab\ncd\nef'), f('first'), sent('more'), end, f('read')],
  'without a buffer, lines': [made('rb', { buffering: 0 }), sent('ab\ncd\nef'), end, f('readlines')],
  'a buffer of 4': [made('rb', { buffering: 4 }), sent('abcdefgh'), f('read', 1), ['s', 'recv', 9], f('read', 3)],
  'read ahead': [made('rb'), sent('abcdef'), f('read', 1), sent('gh'), ['s', 'recv', 9], f('read', 5)],
  'writing, bytes': [made('wb'), f('write', 'abc'), came, f('write', ''), f('flush'), came, f('writelines', ['d', 'e\n']), came, f('close'), came, f('write', 'x'), f('flush'), f('closed')],
  'writing, text': [made('w'), f('write', 'abc\n'), came, f('flush'), came, f('writelines', ['d', 'e\n']), came, f('close'), came, f('write', 'x'), f('flush'), f('closed')],
  'what is larger than the buffer': [made('wb', { buffering: 8 }), f('write', '12345'), came, f('write', '678'), came, f('write', '9'), came, f('write', 'abcdefghijk'), came, f('write', '0'), f('flush'), came],
  'writing without a buffer': [made('wb', { buffering: 0 }), f('write', 'abc'), came, f('write', 'def'), came, f('flush'), f('writelines', ['g', 'h']), came],
  'both ways': [made('rw'), sent('question\n'), f('readline'), f('write', 'answer\n'), f('flush'), came, sent('more\n'), f('readline'), f('write', 'bye'), f('close'), came],
  'both ways, bytes': [made('rwb'), sent('question\n'), f('readline'), f('write', 'answer\n'), f('flush'), came, sent('more\n'), f('readline'), f('write', 'bye'), f('close'), came],
  'modes, r': [made('r'), f('readable'), f('writable'), f('seekable'), f('write', 'x'), f('writelines', ['x']), f('flush'), f('closed'), f('close'), f('readable'), f('seekable'), f('fileno'), f('closed'), f('close')],
  'modes, w': [made('w'), f('readable'), f('writable'), f('seekable'), f('read', 1), f('read'), f('readline'), f('readlines'), f('iterate')],
  'modes, rb': [made('rb'), f('readable'), f('writable'), f('seekable'), f('write', 'x'), f('flush')],
  'modes, wb': [made('wb'), f('readable'), f('writable'), f('seekable'), f('read', 1), f('read'), f('readline'), f('peek'), f('readinto', 1)],
  'modes, rwb': [made('rwb'), f('readable'), f('writable'), f('seekable')],
  'modes, in any order': [made('br'), f('readable'), f('writable'), made('wr'), f('readable'), f('writable'), made('b'), f('readable'), f('writable'), made(''), f('readable')],
  'modes that are none': [made('x'), made('a'), made('r+'), made('rt'), made('r', { buffering: 0 }), made('r', { newline: 'x' as '\n' }), made('r', { encoding: 'nonsense' as 'ascii' })],
  'what is not to be written': [made('w'), f('write other', 'x'), ['s', 'makefile', 'f', 'wb', {}], f('write other', 'x')],
  'the end by the socket': [made('r'), sent('a\n'), f('readline'), ['s', 'close'], ['s', 'open'], ['p', 'recv', 1], sent('b\n'), f('readline'), f('close'), ['s', 'open'], came],
  'the end by the file': [made('w'), f('write', 'a'), f('close'), came, ['s', 'open'], ['s', 'close'], ['s', 'open'], came],
  'the end by the last of two files': [made('r'), ['s', 'makefile', 'g', 'w', {}], ['s', 'close'], f('close'), ['s', 'open'], ['g', 'write', 'x'], ['p', 'recv', 1], ['g', 'close'], ['s', 'open'], came],
  'the end by the last of two files, the other way': [made('r'), ['s', 'makefile', 'g', 'wb', {}], ['g', 'close'], ['s', 'close'], ['s', 'open'], f('close'), f('close'), ['s', 'open'], came],
  'a file of a socket closed but for a file': [made('r'), ['s', 'close'], ['s', 'makefile', 'g', 'w', {}], f('close'), ['s', 'open'], ['g', 'write', 'x'], ['g', 'close'], came, ['s', 'open']],
  'verbs of a socket closed but for a file': [made('r'), ['s', 'close'], sent('abc'), ['s', 'recv', 2], f('read', 1), ['s', 'shutdown', 1], came, f('close')],
  'the socket’s own end': [made('w'), ['s', 'close'], ['s', 'close'], ['s', 'open'], f('write', 'x'), f('flush'), ['p', 'recv', 1], f('close'), came],
  'detached, reading': [made('rb'), sent('abc'), f('read', 1), ['s', 'detach'], ['s', 'open'], f('read', 2), f('read', 1), f('close'), f('closed'), ['s', 'close']],
  'detached, writing': [made('wb'), f('write', 'abc'), ['s', 'detach'], f('flush'), f('close'), f('closed'), f('close')],
  'shut down': [made('rw'), f('write', 'abc'), f('flush'), ['s', 'shutdown', 1], came, sent('def\n'), f('readline'), f('write', 'x'), f('flush')],
  'a time-out': [made('rb'), ['s', 'settimeout', 30], f('readline'), ['s', 'settimeout', null], ['s', 'open'], f('closed')],
  'a time-out, text': [made('r'), ['s', 'settimeout', 30], f('read', 1), ['s', 'open'], f('closed'), f('close'), f('closed')],
  'a peer that has gone': [made('wb'), ['p', 'close'], f('write', 'x'), f('closed')],
  'wrong bytes': [made('r'), sent('\xff\n'), f('readline')],
  'wrong bytes at the end': [made('r'), sent('abc\xe2\x82'), end, f('read')],
  'wrong bytes, ascii': [made('r', { encoding: 'ascii' }), sent('\x80\n'), f('readline')],
  'wrong bytes, utf-16': [made('r', { encoding: 'utf-16le' }), sent('\x00\xdca\x00'), end, f('read')],
  'wrong bytes, replaced': [made('r', { errors: 'replace' }), sent('a\xffb\xe2\x82c\n\xf0\x90'), end, f('readlines')],
  'wrong bytes, ignored': [made('r', { errors: 'ignore' }), sent('a\xffb\xe2\x82c\n\r\xff\n\xf0\x90'), end, f('readlines')],
  'latin1': [made('rw', { encoding: 'latin1' }), sent('\xe9\xff\n'), f('readline'), f('write', 'é'), f('flush'), came, f('write', '€'), f('flush'), came],
  'ascii': [made('w', { encoding: 'ascii', errors: 'replace' }), f('write', 'aé€𐍈\n'), f('flush'), came],
  'ascii, ignored': [made('w', { encoding: 'ascii', errors: 'ignore' }), f('write', 'aé€𐍈\n'), f('flush'), came],
  'utf-8': [made('w'), f('write', 'aé€𐍈\n'), f('flush'), came],
  'utf-16': [made('rw', { encoding: 'utf-16le', newline: '\r\n' }), sent('a\0\r\0\n\0b\0\n\0'), end, f('readline'), f('readline'), f('readline'), f('write', 'é\n'), f('flush'), came],
  ...Object.fromEntries(
    newlines.flatMap((newline) => [
      [`lines that end with ${JSON.stringify(newline)}`, [made('r', { newline }), sent(mixed), end, f('readlines')]],
      [`some of them, ${JSON.stringify(newline)}`, [made('r', { newline }), sent(mixed), f('read', 5), f('readline', 4), f('readline'), end, f('readline', 1), f('read', 3), f('readline'), f('read')]],
      [`written with ${JSON.stringify(newline)}`, [made('w', { newline }), f('write', 'a\nb\r\nc\r'), f('flush'), came]],
    ]),
  ),
} // biome-ignore format: a script a line

function kind(error: unknown): string {
  if (error instanceof DecodeError) return 'decode'
  if (error instanceof SystemError) return error.code
  if (error instanceof TypeError || error instanceof RangeError) return 'misuse'
  throw error
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1')
  if (Array.isArray(value)) return value.map(plain)
  return value === undefined ? null : value
}

function pair(family: string): [Socket, Socket] {
  if (family === 'unix') return socketpair() as unknown as [Socket, Socket]
  const kind: number = family === 'inet' ? AF_INET : AF_INET6
  using listener = socket(kind)
  listener.bind({ host: family === 'inet' ? '127.0.0.1' : '::1', port: 0 })
  listener.listen()
  const ours = socket(kind)
  ours.connectSync(listener.getsockname())
  return [ours, listener.acceptSync()[0]]
}

function received(peer: Socket, size: number): [string, string] {
  let data = ''
  let how = 'enough'
  while (data.length < size && how === 'enough')
    try {
      const chunk = peer.recvSync(size - data.length)
      if (chunk.length === 0) how = 'end'
      data += chunk.toString('latin1')
    } catch (error) {
      how = kind(error) === 'ETIMEDOUT' ? 'nothing more' : 'reset'
    }
  return [data, how]
}

async function run(family: string, script: Script, sync: boolean): Promise<unknown[]> {
  const [ours, peer] = pair(family)
  peer.settimeout(100)
  const files = new Map<string, AnyFile>()
  const opened: AnyFile[] = []
  const out: unknown[] = []

  const onPeer = (what: string, arg: unknown): unknown => {
    if (what === 'send') return peer.sendallSync(Buffer.from(arg as string, 'latin1'))
    if (what === 'recv') return received(peer, arg as number)
    return what === 'end' ? peer.shutdown(1) : peer.close()
  }
  const onSocket = (what: string, args: readonly unknown[]): unknown => {
    const [first, mode, options] = args
    if (what === 'makefile') {
      const file = ours.makefile(mode as BinaryMode, options as FileOptions) as AnyFile
      files.set(first as string, file)
      opened.push(file)
      return null
    }
    if (what === 'open') return ours.fileno() >= 0
    if (what === 'recv') return sync ? ours.recvSync(first as number) : ours.recv(first as number)
    if (what === 'detach') return closeSync(ours.detach())
    return (ours as unknown as Record<string, (arg: unknown) => unknown>)[what]?.(first)
  }
  const onFile = async (name: string, what: string, args: readonly unknown[]): Promise<unknown> => {
    const file = files.get(name) as AnyFile
    const bytes = (text: unknown): never =>
      (file.mode.includes('b') ? Buffer.from(text as string, 'latin1') : text) as never
    const call = (method: string, ...given: unknown[]): unknown =>
      (file as unknown as Record<string, (...args: unknown[]) => unknown>)[sync ? `${method}Sync` : method]?.(
        ...given,
      )
    if (['readable', 'writable', 'seekable', 'fileno'].includes(what))
      return (file[what as 'readable'] as () => unknown).call(file)
    switch (what) {
      case 'closed':
        return file.closed
      case 'iterate': {
        const lines: unknown[] = []
        if (sync) for (const line of file) lines.push(line)
        else for await (const line of file) lines.push(line)
        return lines
      }
      case 'first':
        return sync ? file[Symbol.iterator]().next().value : (await file[Symbol.asyncIterator]().next()).value
      case 'readinto': {
        const into = new Uint8Array(args[0] as number)
        const count = await call('readInto', into)
        return [count, into]
      }
      case 'write':
        return call('write', bytes(args[0]))
      case 'write other':
        return call('write', file.mode.includes('b') ? args[0] : Buffer.from(args[0] as string))
      case 'writelines':
        return call('writelines', (args[0] as unknown[]).map(bytes))
      default:
        return call(what, ...args)
    }
  }

  for (const [name, what, ...args] of script)
    try {
      const value =
        name === 'p' ? onPeer(what, args[0]) : name === 's' ? onSocket(what, args) : onFile(name, what, args)
      out.push(plain(await value))
    } catch (error) {
      out.push({ error: kind(error) })
    }
  for (const file of opened) await file.close().catch(() => {})
  ours.close()
  peer.close()
  return out
}

const families = ['unix', 'inet', 'inet6']

describe('makefile does as Python’s', needsProgram('python3'), () => {
  const expected = new Map<string, unknown>()
  before(() => {
    const all = families.flatMap((family) =>
      Object.entries(scripts).map(([name, script]) => [family, name, script]),
    )
    const { stdout, stderr, status } = spawnSync('python3', [judge], {
      input: all.map(([family, , script]) => `${JSON.stringify([family, script])}\n`).join(''),
      encoding: 'utf8',
      timeout: 100_000,
    })
    assert.equal(status, 0, stderr)
    const lines = stdout.trimEnd().split('\n')
    assert.equal(lines.length, all.length)
    for (const [i, [family, name]] of all.entries())
      expected.set(`${family} ${name}`, JSON.parse(lines[i] as string))
  })

  for (const family of families)
    for (const sync of [false, true])
      describe(`${family}, ${sync ? 'blocking' : 'awaited'}`, () => {
        for (const [name, script] of Object.entries(scripts))
          it(name, async () => {
            assert.deepEqual(await run(family, script, sync), expected.get(`${family} ${name}`))
          })
      })
})
