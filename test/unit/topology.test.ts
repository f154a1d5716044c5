/** What TIPC's topology server speaks, judged by the bytes of C's structs. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  DecodeError,
  decodeTipcEvent,
  encodeTipcSubscr,
  TIPC_PUBLISHED,
  TIPC_SUB_CANCEL,
  TIPC_SUB_PORTS,
  TIPC_SUB_SERVICE,
  type TipcSubscr,
} from 'berkeley'
import { goldenValues, needsC, unhex } from './golden.js'

const handle = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 255)

const subscriptions: readonly (readonly [subscr: TipcSubscr, init: string])[] = [
  [
    { type: 18888, lower: 0, upper: 4294967295, filter: TIPC_SUB_PORTS },
    '.seq = { 18888, 0, ~0u }, .timeout = TIPC_WAIT_FOREVER, .filter = TIPC_SUB_PORTS',
  ],
  [
    {
      type: 1,
      lower: 2,
      upper: 3,
      filter: TIPC_SUB_SERVICE | TIPC_SUB_CANCEL,
      timeout: 2500,
      usrHandle: handle,
    },
    '.seq = { 1, 2, 3 }, .timeout = 2500, .filter = TIPC_SUB_SERVICE | TIPC_SUB_CANCEL, .usr_handle = { 1, 2, 3, 4, 5, 6, 7, 255 }',
  ],
  [
    { type: 1, lower: 2, upper: 3, filter: 1, timeout: 0, usrHandle: Uint8Array.of(9) },
    '.seq = { 1, 2, 3 }, .filter = 1, .usr_handle = { 9 }',
  ],
]

describe('TIPC’s topology as C has it', needsC, () => {
  const macro = 'TIPC_WAIT_FOREVER'
  const event =
    '.event = TIPC_PUBLISHED, .found_lower = 5, .found_upper = ~0u, .port = { .ref = 0xfedcba98, .node = 0x1001001 }'
  const golden =
    needsC.skip === false
      ? goldenValues([
          ...subscriptions.map(([, init]) => ({ macro, type: 'struct tipc_subscr', init })),
          ...subscriptions.map(([, init]) => ({
            macro,
            type: 'struct tipc_event',
            init: `${event}, .s = { ${init} }`,
          })),
        ])
      : []

  subscriptions.forEach(([subscr, init], i) => {
    it(init.slice(0, 60), () => {
      assert.deepEqual(encodeTipcSubscr(subscr), unhex(golden[i] as string))
      const whole = unhex(golden[subscriptions.length + i] as string)
      const usrHandle = new Uint8Array(8)
      usrHandle.set(subscr.usrHandle ?? [])
      const expected = {
        ...{ event: TIPC_PUBLISHED, foundLower: 5, foundUpper: 4294967295 },
        port: { ref: 0xfedcba98, node: 0x1001001 },
        subscr: { timeout: Infinity, ...subscr, usrHandle },
      }
      const room = new Uint8Array(whole.length + 7).fill(0xa5)
      room.set(whole, 3)
      assert.deepEqual(decodeTipcEvent(room.subarray(3, 3 + whole.length)), expected)
      assert.deepEqual(decodeTipcEvent(Buffer.from(whole)), expected)
      for (let length = 0; length < whole.length; length++)
        assert.throws(
          () => decodeTipcEvent(whole.subarray(0, length)),
          (error) =>
            error instanceof DecodeError && error.code === 'ERR_TRUNCATED' && error.offset === length,
        )
      assert.throws(() => decodeTipcEvent(new Uint8Array([...whole, 0])), DecodeError)
    })
  })
})

describe('what is no subscription', () => {
  it('is refused', () => {
    const good = { type: 1, lower: 2, upper: 3, filter: 1 }
    const refused = (given: unknown): void =>
      assert.throws(
        () => encodeTipcSubscr(given as TipcSubscr),
        (error) => error instanceof TypeError || error instanceof RangeError,
      )
    for (const field of ['type', 'lower', 'upper', 'filter', 'timeout'])
      for (const value of [-1, 2 ** 32, 1.5, Number.NaN, '1', null, {}]) refused({ ...good, [field]: value })
    for (const usrHandle of [null, 'x', [1], new Uint8Array(9), 5]) refused({ ...good, usrHandle })
    for (const given of [null, undefined, 5, {}]) refused(given)
  })
})
