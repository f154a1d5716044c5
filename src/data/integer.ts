/** Integers that callers give: what is none is a TypeError, one that is out of range a RangeError. */

/** The value, if it is an integer from `least` to `most`; a C int when they are left out. `what` is its name in the error. */
export function checkInteger(
  value: number,
  what: string,
  least: number = -0x80000000,
  most: number = 0x7fffffff,
): number {
  if (!Number.isInteger(value)) throw new TypeError(`expected an integer ${what}, not ${String(value)}`)
  if (value < least || value > most)
    throw new RangeError(`expected ${what} from ${least} to ${most}, not ${value}`)
  return value
}
