/** CAN frames and messages of the broadcast manager, judged by the bytes of C's structs. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type BcmMessage,
  CAN_EFF_FLAG,
  CAN_ERR_FLAG,
  CAN_FD_FRAME,
  CAN_RTR_FLAG,
  type CanFrame,
  DecodeError,
  decodeBcmMessage,
  decodeCanFrame,
  encodeBcmMessage,
  encodeCanFrame,
  RX_CHANGED,
  RX_SETUP,
  SETTIMER,
  STARTTIMER,
  TX_DELETE,
  TX_SETUP,
} from 'berkeley'
import fc from 'fast-check'
import { goldenValues, needsC, unhex } from './golden.js'

const bytes = (...list: number[]): Uint8Array => Uint8Array.from(list)
const counted = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i & 255)
const COUNT =
  '__builtin_memset(value.data, 0, sizeof value.data); for (int i = 0; i < LENGTH; i++) value.data[i] = i;'
const filled = (length: number): string => COUNT.replace('LENGTH', String(length))

/** A struct of CAN XL ends with its data. */
const xl = (length: number): string =>
  `struct { unsigned prio; unsigned char flags; unsigned char sdt; unsigned short len; unsigned af; unsigned char data[${length}]; } __attribute__((packed))`

/** The frame, and C's type, initializer and statements for it; what decodes where it has more. */
const frames: readonly (readonly [
  frame: CanFrame,
  type: string,
  init: string,
  then?: string,
  back?: object,
])[] = [
  [
    { kind: 'cc', canId: 0x123, data: bytes(1, 2, 255), len8Dlc: 0 },
    'struct can_frame',
    '.can_id = 0x123, .len = 3, .data = { 1, 2, 255 }',
  ],
  [
    { kind: 'cc', canId: 0x7ff, data: bytes() },
    'struct can_frame',
    '.can_id = CAN_SFF_MASK',
    '',
    { len8Dlc: 0 },
  ],
  [
    { kind: 'cc', canId: 0x18da10f1 | CAN_EFF_FLAG, data: counted(8), len8Dlc: 15 },
    'struct can_frame',
    '.can_id = 0x18da10f1 | CAN_EFF_FLAG, .len = 8, .len8_dlc = 15, .data = { 0, 1, 2, 3, 4, 5, 6, 7 }',
    '',
    { canId: 0x98da10f1 },
  ],
  [
    { kind: 'cc', canId: 1 + CAN_RTR_FLAG, data: bytes(0, 0), len8Dlc: 0 },
    'struct can_frame',
    '.can_id = 1 | CAN_RTR_FLAG, .len = 2',
  ],
  [
    { kind: 'cc', canId: 0x40 + CAN_ERR_FLAG, data: new Uint8Array(8), len8Dlc: 0 },
    'struct can_frame',
    '.can_id = 0x40 | CAN_ERR_FLAG, .len = CAN_MAX_DLEN',
  ],
  [
    { kind: 'fd', canId: 0x123, data: counted(64), flags: 7 },
    'struct canfd_frame',
    '.can_id = 0x123, .len = CANFD_MAX_DLEN, .flags = CANFD_BRS | CANFD_ESI | CANFD_FDF',
    filled(64),
  ],
  [{ kind: 'fd', canId: 0, data: bytes() }, 'struct canfd_frame', '', '', { flags: 0 }],
  [
    { kind: 'xl', prio: 0x7ff, vcid: 255, flags: 1, sdt: 3, af: 0xfedcba98, data: counted(2048) },
    'struct canxl_frame',
    '.prio = CANXL_PRIO_MASK | 255u << CANXL_VCID_OFFSET, .flags = CANXL_XLF | CANXL_SEC, .sdt = 3, .len = CANXL_MAX_DLEN, .af = 0xfedcba98',
    filled(2048),
  ],
  // As long as the frames of the other kinds.
  ...[4, 60, 1].map(
    (length) =>
      [
        { kind: 'xl', prio: 5, data: counted(length) },
        xl(length),
        `.prio = 5, .flags = CANXL_XLF, .len = ${length}`,
        `_Static_assert(sizeof(value.prio) == __builtin_offsetof(struct canxl_frame, flags), ""); ${filled(length)}`,
        { vcid: 0, flags: 0, sdt: 0, af: 0 },
      ] as const,
  ),
]

const cc = (canId: number, ...data: number[]) =>
  ({ kind: 'cc', canId, data: bytes(...data), len8Dlc: 0 }) as const
const all = { opcode: 0, canId: 0, flags: 0, count: 0, ival1: 0, ival2: 0, frames: [] }
const PUT = '__builtin_memcpy(value.frames, f, sizeof f);'

const messages: readonly (readonly [
  message: BcmMessage,
  frames: string,
  init: string,
  then?: string,
  back?: object,
])[] = [
  [
    {
      opcode: TX_SETUP,
      canId: 0x123,
      flags: SETTIMER | STARTTIMER,
      count: 4294967295,
      ival1: 1500.25,
      ival2: 10,
      frames: [cc(0x123, 1, 2), cc(0x123, 3)],
    },
    'struct can_frame frames[2];',
    '.head = { .opcode = TX_SETUP, .flags = SETTIMER | STARTTIMER, .count = ~0u, .ival1 = { 1, 500250 }, .ival2 = { 0, 10000 }, .can_id = 0x123, .nframes = 2 }',
    `struct can_frame f[] = { { .can_id = 0x123, .len = 2, .data = { 1, 2 } }, { .can_id = 0x123, .len = 1, .data = { 3 } } }; ${PUT}`,
  ],
  [
    { opcode: TX_DELETE, canId: 5 | CAN_EFF_FLAG },
    '',
    '.head = { .opcode = TX_DELETE, .can_id = 5 | CAN_EFF_FLAG }',
    '',
    { canId: 0x80000005 },
  ],
  [
    { opcode: RX_CHANGED, canId: 7, frames: [{ kind: 'fd', canId: 7, data: bytes(9), flags: 4 }] },
    'struct canfd_frame frames[1];',
    '.head = { .opcode = RX_CHANGED, .flags = CAN_FD_FRAME, .can_id = 7, .nframes = 1 }',
    `struct canfd_frame f[] = { { .can_id = 7, .len = 1, .flags = CANFD_FDF, .data = { 9 } } }; ${PUT}`,
    { flags: CAN_FD_FRAME },
  ],
  [
    { opcode: RX_SETUP, canId: 7, flags: CAN_FD_FRAME, frames: [] },
    '',
    '.head = { .opcode = RX_SETUP, .flags = CAN_FD_FRAME, .can_id = 7 }',
  ],
]

/** The same bytes with rubbish around them. */
function held(whole: Uint8Array, length = whole.length): Uint8Array {
  const room = new Uint8Array(length + 40).fill(0xa5)
  room.set(whole.subarray(0, length), 20)
  return room.subarray(20, 20 + length)
}

const malformed = (decode: () => unknown, offset: number): void =>
  assert.throws(
    decode,
    (error) => error instanceof DecodeError && error.code === 'ERR_MALFORMED' && error.offset === offset,
  )
const refused = (encode: () => unknown, value: unknown): void =>
  assert.throws(
    encode,
    (error) =>
      (error instanceof TypeError || error instanceof RangeError) &&
      /expected/.test((error as Error).message),
    String(value),
  )

describe('CAN frames as C has them', needsC, () => {
  const macro = 'CAN_MTU'
  const golden =
    needsC.skip === false
      ? goldenValues(
          frames.map(([frame, type, init, then = '']) => ({
            macro: frame.kind === 'xl' ? 'CANXL_MTU' : macro,
            type,
            init,
            then,
          })),
        )
      : []
  frames.forEach(([frame, , init, , back], i) => {
    it(`${frame.kind} ${init}`.slice(0, 60), (t) => {
      const line = golden[i]
      if (line === undefined) return t.skip('the headers here do not know CAN XL')
      const whole = unhex(line)
      assert.deepEqual(encodeCanFrame(frame), whole)
      assert.deepEqual(decodeCanFrame(held(whole)), { ...frame, ...back })
      // One of Node's, whose slices are views.
      const copy = decodeCanFrame(Buffer.from(whole))
      assert.ok(copy.data.buffer.byteLength === copy.data.length)
    })
  })

  it('are refused when they are cut short, or longer', () => {
    for (const line of golden)
      if (line !== undefined) {
        const whole = unhex(line)
        const step = whole.length > 100 ? 50 : 1
        for (let length = 0; length < whole.length; length += step) {
          // What is left of a frame of CAN FD may be one of classical CAN.
          if (whole.length === 72 && length === 16) continue
          assert.throws(
            () => decodeCanFrame(held(whole, length)),
            DecodeError,
            `${length} of ${whole.length}`,
          )
        }
        assert.throws(() => decodeCanFrame(new Uint8Array([...whole, 0])), DecodeError)
      }
  })
})

describe('messages of the broadcast manager as C has them', needsC, () => {
  const golden =
    needsC.skip === false
      ? goldenValues(
          messages.map(([, list, init, then = '']) => ({
            macro: 'CAN_MTU',
            type: `struct { struct bcm_msg_head head; ${list} }`,
            init,
            then,
          })),
        )
      : []
  messages.forEach(([message, , init, , back], i) => {
    it(init.slice(0, 60), () => {
      const whole = unhex(golden[i] as string)
      assert.deepEqual(encodeBcmMessage(message), whole)
      assert.deepEqual(decodeBcmMessage(held(whole)), { ...all, ...message, ...back })
      for (let length = 0; length < whole.length; length++)
        assert.throws(() => decodeBcmMessage(held(whole, length)), DecodeError, `${length}`)
      assert.throws(() => decodeBcmMessage(new Uint8Array([...whole, 0])), DecodeError)
    })
  })
})

describe('bytes from anywhere', () => {
  it('are a frame that encodes to the same, or a DecodeError', () => {
    const sizes = fc.constantFrom(0, 11, 12, 13, 15, 16, 17, 71, 72, 73, 100)
    const any = sizes.chain((length) => fc.uint8Array({ minLength: length, maxLength: length }))
    let decoded = 0
    fc.assert(
      fc.property(any, fc.nat(80), (whole, length) => {
        if (whole.length > 4) whole[4] = length
        let frame: CanFrame
        try {
          frame = decodeCanFrame(whole)
        } catch (error) {
          return assert.ok(error instanceof DecodeError, String(error))
        }
        decoded++
        assert.deepEqual(
          decodeCanFrame(encodeCanFrame({ ...frame, ...('len8Dlc' in frame ? { len8Dlc: 0 } : {}) })),
          {
            ...frame,
            ...('len8Dlc' in frame ? { len8Dlc: 0 } : {}),
          },
        )
      }),
      { numRuns: 2000 },
    )
    assert.ok(decoded > 100, `${decoded} decoded`)
  })

  it('are no message with more frames than there are, or of the wrong length', () => {
    const whole = encodeBcmMessage({ opcode: 1, canId: 1, frames: [cc(1, 2)] })
    whole[52] = 2
    assert.throws(() => decodeBcmMessage(whole), DecodeError)
    whole.fill(255, 52, 56)
    assert.throws(() => decodeBcmMessage(whole), DecodeError)
    whole.fill(0, 52, 56)
    malformed(() => decodeBcmMessage(whole), 52)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (rest) => {
        try {
          decodeBcmMessage(rest)
        } catch (error) {
          assert.ok(error instanceof DecodeError, String(error))
        }
      }),
    )
  })

  it('tell where they are wrong', () => {
    const long = encodeCanFrame(cc(1, 2))
    long[4] = 9
    malformed(() => decodeCanFrame(long), 4)
    const fd = encodeCanFrame({ kind: 'fd', canId: 1, data: bytes() })
    fd[4] = 65
    malformed(() => decodeCanFrame(fd), 4)
    const xl = encodeCanFrame({ kind: 'xl', prio: 1, data: bytes(1, 2) })
    for (const length of [0, 1, 2049]) {
      new DataView(xl.buffer).setUint16(6, length, true)
      malformed(() => decodeCanFrame(xl), 6)
    }
  })
})

describe('what is no frame', () => {
  const no = [-1, 1.5, Number.NaN, '1', null, {}, 2 ** 32]
  const good = {
    cc: cc(1, 2),
    fd: { kind: 'fd', canId: 1, data: bytes(1) },
    xl: { kind: 'xl', prio: 1, data: bytes(1) },
  } as const

  it('is refused', () => {
    for (const frame of [null, undefined, 5, 'cc', {}, { kind: 'canfd', canId: 1, data: bytes() }])
      refused(() => encodeCanFrame(frame as unknown as CanFrame), frame)
    for (const [kind, field, least, most] of [
      ['cc', 'len8Dlc', -1, 16],
      ['fd', 'flags', -1, 256],
      ['xl', 'prio', -1, 2048],
      ['xl', 'vcid', -1, 256],
      ['xl', 'flags', -1, 256],
      ['xl', 'sdt', -1, 256],
      ['xl', 'af', -1, 2 ** 32],
      ['cc', 'canId', -(2 ** 31) - 1, 2 ** 32],
      ['fd', 'canId', -(2 ** 31) - 1, 2 ** 32],
    ] as const)
      for (const value of [least, most, ...no.filter((each) => each !== -1)])
        refused(() => encodeCanFrame({ ...good[kind], [field]: value } as CanFrame), value)
    for (const data of [undefined, null, 'x', [1], new Uint16Array(1), 5])
      for (const kind of ['cc', 'fd', 'xl'] as const)
        refused(() => encodeCanFrame({ ...good[kind], data } as unknown as CanFrame), data)
    for (const [kind, length] of [
      ['cc', 9],
      ['fd', 65],
      ['xl', 0],
      ['xl', 2049],
    ] as const)
      refused(() => encodeCanFrame({ ...good[kind], data: new Uint8Array(length) }), length)
  })

  it('is refused within a message, and so is what is none', () => {
    const message = { opcode: 1, canId: 1, frames: [good.cc] }
    for (const field of ['opcode', 'flags', 'count'])
      for (const value of no) refused(() => encodeBcmMessage({ ...message, [field]: value }), value)
    for (const field of ['ival1', 'ival2'])
      for (const value of [-1, Number.NaN, Infinity, '1', null])
        refused(() => encodeBcmMessage({ ...message, [field]: value }), value)
    for (const list of [5, null, {}, [5], [good.cc, good.fd], [good.fd, good.cc], [good.xl], [null]])
      refused(() => encodeBcmMessage({ ...message, frames: list } as unknown as BcmMessage), list)
    refused(() => encodeBcmMessage({ ...message, flags: CAN_FD_FRAME }), 'flags')
    refused(() => encodeBcmMessage({ ...message, canId: 2 ** 32 }), 'canId')
  })
})
