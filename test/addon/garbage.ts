/** What JavaScript can pass to a function that asks for a descriptor, an integer, bytes or text. */
import type { Random } from './random.js'

const hostile = {
  valueOf(): never {
    throw new Error('valueOf was called')
  },
  toString(): never {
    throw new Error('toString was called')
  },
}
const hostilePrimitive = {
  [Symbol.toPrimitive](): never {
    throw new Error('toPrimitive was called')
  },
}
const trap = new Proxy(
  {},
  {
    get(): never {
      throw new Error('a property was read')
    },
  },
)
const revoked = ((): object => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
})()
const lyingLength = Object.create(new Uint8Array(4), { length: { value: 1 << 30 } })
const subclass = new (class extends Uint8Array {
  override get length(): number {
    return 1 << 30
  }
})(4)

const others: readonly unknown[] = [
  ...[undefined, null, true, false, '', '5', 'x\0y', Symbol('s'), 5n, -(2n ** 70n), {}, [], [1, 2], () => 1],
  ...[
    hostile,
    hostilePrimitive,
    trap,
    revoked,
    lyingLength,
    new Proxy(new Uint8Array(8), {}),
    new Date(0),
    /x/,
  ],
  ...[
    new Error('e'),
    Promise.resolve(1),
    new Map(),
    new WeakMap(),
    Object(5),
    globalThis,
    Object.create(null),
  ],
]

const numbers: readonly number[] = [
  ...[
    Number.NaN,
    Infinity,
    -Infinity,
    1.5,
    -0.5,
    -0,
    2 ** 31,
    2 ** 32,
    2 ** 32 + 1,
    2 ** 53,
    -(2 ** 53),
    1e300,
  ],
  ...[-1, -2, -(2 ** 31), -(2 ** 31) - 1, 2 ** 31 - 1, 5e-324],
]

/** Anything but a number or bytes. */
export const anyOther = (random: Random): unknown => random.pick(others)

/** A number that no argument of 32 bits means. */
export const anyNumber = (random: Random): number => random.pick(numbers)

export function anyText(random: Random): unknown {
  return random.pick([
    ...[
      '',
      '\0',
      'a\0',
      '127.0.0.1',
      '::1',
      'lo',
      '80',
      'x'.repeat(300),
      '%',
      '::1%lo',
      '\ud800',
      'é'.repeat(20),
    ],
    ...['x'.repeat(1 << 20), '\uffff'.repeat(1000), null, '9'.repeat(40)],
  ])
}

type Resizable = ArrayBuffer & { resize(size: number): void }
const resizable = (size: number): Resizable =>
  new (ArrayBuffer as unknown as new (size: number, options: object) => Resizable)(size, {
    maxByteLength: 4096,
  })

const sizes = [0, 1, 2, 4, 8, 12, 16, 28, 110, 128, 131, 132, 133, 1024, 70000]

/** Bytes of every kind, or what nearly is. Their first one names no address family, so nothing leaves this machine. */
export function anyBytes(random: Random): unknown {
  const size = random.pick(sizes)
  const bytes = new Uint8Array(size)
  if (random.chance(0.5)) for (let i = 0; i < size; i++) bytes[i] = random.below(255) | (i === 0 ? 0xc0 : 0)
  switch (random.below(14)) {
    case 0:
      return Buffer.from(bytes)
    case 1:
      structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
      return bytes
    case 2:
      return new Uint8Array(new SharedArrayBuffer(size))
    case 3: {
      // A view that follows its buffer's length, which shrinks.
      const buffer = resizable(2048)
      const view = new Uint8Array(buffer)
      buffer.resize(random.below(300))
      return view
    }
    case 4: {
      // A view that its buffer has shrunk away from.
      const buffer = resizable(2048)
      const view = new Uint8Array(buffer, 1000, 500)
      buffer.resize(random.below(1200))
      return view
    }
    case 5:
      return bytes.subarray(random.below(size), random.below(size))
    case 6:
      return new Uint8ClampedArray(bytes)
    case 7:
      return random.pick(
        [Int8Array, Uint16Array, Int32Array, Float64Array, BigInt64Array].map((kind) => new kind(size)),
      )
    case 8:
      return new DataView(bytes.buffer)
    case 9:
      return bytes.buffer
    case 10:
      return subclass
    case 11: {
      const { Float16Array } = globalThis as { Float16Array?: new (size: number) => unknown }
      return Float16Array === undefined ? bytes : new Float16Array(size)
    }
    default:
      return bytes
  }
}
