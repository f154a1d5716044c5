/** The codecs of control messages, judged by buffers that C's CMSG_ macros and structs made. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import {
  CMSG_LEN,
  CMSG_SPACE,
  type ControlData,
  type ControlOut,
  decodeControl,
  descriptorsIn,
  encodeControl,
} from '#data/control/control.js'
import { AF_INET, AF_INET6, AF_UNIX, IPPROTO_IP, IPPROTO_IPV6 } from '#data/kernel.js'
import { needsProgram } from '../support/needs.js'
import { golden, needsC } from './golden.js'
import { buffers, controls, descriptorsOf, held, type Sample, samples } from './messages.js'

describe('CMSG_LEN and CMSG_SPACE', () => {
  const lengths = [...Array(300).keys(), 1011, 1012, 1013, 65535, 2 ** 31 - 41, 2 ** 31 - 25]

  it('are C’s', needsC, () => {
    const answers = golden(
      lengths.flatMap((length) => [`len ${length}`, `space ${length}`]),
      'control.c',
    )
    assert.deepEqual(
      lengths.flatMap((length) => [CMSG_LEN(length), CMSG_SPACE(length)]),
      answers.map(Number),
    )
  })

  it('are Python’s, and refuse what it refuses', needsProgram('python3'), () => {
    const edges = [
      2 ** 31 - 26,
      2 ** 31 - 25,
      2 ** 31 - 24,
      2 ** 31 - 18,
      2 ** 31 - 17,
      2 ** 31 - 16,
      2 ** 31,
      -1,
    ]
    const script = `
import json, socket, sys
def of(f, n):
    try: return f(n)
    except OverflowError: return None
print(json.dumps([[of(socket.CMSG_LEN, n), of(socket.CMSG_SPACE, n)] for n in json.loads(sys.argv[1])]))`
    const all = [...lengths, ...edges]
    const run = spawnSync('python3', ['-c', script, JSON.stringify(all)], { encoding: 'utf8' })
    assert.equal(run.status, 0, run.stderr)
    const of = (measure: (length: number) => number, length: number): number | null => {
      try {
        return measure(length)
      } catch (error) {
        assert.ok(error instanceof RangeError)
        return null
      }
    }
    assert.deepEqual(
      all.map((length) => [of(CMSG_LEN, length), of(CMSG_SPACE, length)]),
      JSON.parse(run.stdout),
    )
  })

  it('take whole numbers only', () => {
    for (const length of [1.5, Number.NaN, Infinity, '4', null, undefined, 4n]) {
      assert.throws(() => CMSG_LEN(length as number), RangeError)
      assert.throws(() => CMSG_SPACE(length as number), RangeError)
    }
  })
})

describe('rows', () => {
  it('say each kind, level and type once for each way', () => {
    assert.ok(controls.length >= 50, `${controls.length} rows`)
    const incoming = controls.filter((row) => 'decode' in row).map(({ level, type }) => `${level} ${type}`)
    assert.equal(new Set(incoming).size, incoming.length)
    const outgoing = controls
      .filter((row) => 'encode' in row)
      .map(({ kind, level }) => `${kind} ${[IPPROTO_IP, IPPROTO_IPV6].includes(level) ? level : 'any'}`)
    assert.equal(new Set(outgoing).size, outgoing.length)
    for (const row of controls) assert.ok(Object.isFrozen(row) && row.kind.length > 0)
  })
})

describe('golden messages', needsC, () => {
  const answers = needsC.skip === false ? buffers(samples.map(({ words }) => words)) : []
  const golden = samples.map((sample, i) => ({ ...sample, bytes: answers[i] as Uint8Array }))

  for (const { words, back, sent, bytes } of golden)
    it(words.slice(0, 60), () => {
      if (sent !== undefined) assert.deepEqual(encodeControl(sent[0], [sent[1]]), bytes)
      if (back === null) return
      for (const copy of held(bytes)) {
        const found = decodeControl(copy)
        assert.deepEqual(found, [back])
        assert.deepEqual(descriptorsIn(copy), descriptorsOf([back]))
        copy.fill(0xff)
        assert.deepEqual(found, [back], 'a copy')
      }
    })

  it('are of every row', () => {
    const seen = new Set(
      golden.map(({ bytes }) => {
        const view = new DataView(bytes.buffer)
        return `${view.getInt32(8, true)} ${view.getInt32(12, true)}`
      }),
    )
    for (const { kind, level, type } of controls)
      assert.ok(seen.has(`${level} ${type}`), `${kind} ${level} ${type}`)
    const sent = new Set(golden.map((sample) => sample.sent?.[1].kind))
    const came = new Set(golden.map((sample) => sample.back?.kind))
    for (const row of controls) {
      if ('encode' in row) assert.ok(sent.has(row.kind as ControlOut['kind']), row.kind)
      if ('decode' in row) assert.ok(came.has(row.kind as ControlData['kind']), row.kind)
    }
  })

  it('several in a row, in and out', () => {
    for (const af of [AF_UNIX, AF_INET, AF_INET6]) {
      const those = samples.filter((sample) => sample.sent?.[0] === af)
      assert.ok(those.length >= 8)
      const [together] = buffers([those.map(({ words }) => words).join(';')])
      const messages = those.map(({ sent }) => (sent as NonNullable<Sample['sent']>)[1])
      assert.deepEqual(encodeControl(af, messages), together)
    }
    const came = samples.filter(({ back }) => back !== null)
    for (const order of [came, came.toReversed()]) {
      const [together] = buffers([order.map(({ words }) => words).join(';')])
      const backs = order.map(({ back }) => back as ControlData)
      for (const copy of held(together as Uint8Array)) {
        assert.deepEqual(decodeControl(copy), backs)
        assert.deepEqual(descriptorsIn(copy), descriptorsOf(backs))
      }
    }
  })

  it('none is no bytes', () => {
    assert.equal(encodeControl(AF_INET, []).length, 0)
    assert.deepEqual(decodeControl(new Uint8Array(0)), [])
    assert.deepEqual(descriptorsIn(new Uint8Array(0)), [])
  })
})
