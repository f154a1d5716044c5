/** Medians, spreads, and what paired ratios allow to say. */

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The value below which that share of the values lies, between two of them by their distance. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const low = Math.floor(at)
  const below = sorted[low]
  if (below === undefined) return Number.NaN
  const above = sorted[Math.min(low + 1, sorted.length - 1)] as number
  return below + (above - below) * (at - low)
}

/** The distance of the quartiles, as a share of the median: 0.1 means that the middle half lies within 10 %. */
export function spread(values: readonly number[]): number {
  return (quantile(values, 0.75) - quantile(values, 0.25)) / median(values)
}

/** An interval for a median, and how likely it holds the true one. */
export interface Interval {
  readonly median: number
  readonly low: number
  readonly high: number
  readonly confidence: number
}

/**
 * The interval of the sign test: each value is as likely below the true median as above it, like a coin, so the chance that all
 * of n lie on one side is 2 / 2^n. That asks nothing of how the values are distributed. The narrowest with at least 95 % is
 * given; of fewer than six values there is none, and the interval from the least to the greatest says what it is worth (five:
 * 93.75 %).
 */
export function signInterval(values: readonly number[]): Interval {
  const sorted = [...values].sort((a, b) => a - b)
  const n = sorted.length
  if (n === 0) return { median: Number.NaN, low: Number.NaN, high: Number.NaN, confidence: 0 }
  let cut = 0
  while (cut + 1 < n / 2 && confidence(n, cut + 1) >= 0.95) cut++
  return {
    median: median(sorted),
    low: sorted[cut] as number,
    high: sorted[n - 1 - cut] as number,
    confidence: confidence(n, cut),
  }
}

/** The chance that the median lies within, when `cut` values are left out at each end. */
function confidence(n: number, cut: number): number {
  let term = 2 ** -n
  let outside = 0
  for (let i = 0; i <= cut; i++) {
    outside += term
    term = (term * (n - i)) / (i + 1)
  }
  return Math.max(0, 1 - 2 * outside)
}

/** The values of one over the values of the other, round by round; rounds that one of them lacks are left out. */
export function pairedRatios(of: ReadonlyMap<number, number>, over: ReadonlyMap<number, number>): number[] {
  const ratios: number[] = []
  for (const [round, value] of of) {
    const base = over.get(round)
    if (base !== undefined && base > 0 && Number.isFinite(value / base)) ratios.push(value / base)
  }
  return ratios
}

export type Verdict =
  | 'better'
  | 'worse'
  | 'parity'
  | 'parity or better'
  | 'parity or worse'
  | 'not told apart'
  | 'too few rounds'

/** Within this of the other is parity. */
export const PARITY = 0.05

/** What the interval of a ratio allows to say. Nothing below nine chances in ten. */
export function verdict({ low, high, confidence }: Interval, better: 'higher' | 'lower'): Verdict {
  if (!(confidence >= 0.9)) return 'too few rounds'
  const [least, most] = better === 'higher' ? [low, high] : [1 / high, 1 / low]
  if (least > 1 + PARITY) return 'better'
  if (most < 1 - PARITY) return 'worse'
  const notWorse = least >= 1 - PARITY
  const notBetter = most <= 1 + PARITY
  if (notWorse && notBetter) return 'parity'
  if (notWorse) return 'parity or better'
  if (notBetter) return 'parity or worse'
  return 'not told apart'
}

/** Numbers from 0 to 1 that a seed determines (xorshift). */
export function random(seed: number): () => number {
  let state = seed >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state / 0x1_0000_0000
  }
}

/** In random order, every one as likely. */
export function shuffled<T>(values: readonly T[], next: () => number): T[] {
  const order = [...values]
  for (let i = order.length - 1; i > 0; i--) {
    const other = Math.floor(next() * (i + 1))
    const kept = order[i] as T
    order[i] = order[other] as T
    order[other] = kept
  }
  return order
}
