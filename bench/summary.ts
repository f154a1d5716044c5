/** What is published: the raw samples, and what follows from them. */
import type { Contender } from './contenders.js'
import type { Machine } from './machine.js'
import {
  type Interval,
  median,
  pairedRatios,
  quantile,
  signInterval,
  spread,
  type Verdict,
  verdict,
} from './statistics.js'
import { type Form, type Metric, metrics, type Sample, units, type Workload } from './workload.js'

export interface Published {
  readonly format: 'berkeley-bench-1'
  readonly date: string
  readonly machine: Machine
  readonly cores: readonly [number, number]
  readonly form: Form
  /** The random order follows from it. */
  readonly seed: number
  readonly workloads: readonly WorkloadSummary[]
  readonly samples: readonly Sample[]
  readonly failures: readonly Failure[]
  readonly skipped: readonly { readonly contender: string; readonly why: string }[]
}

export interface Failure {
  readonly workload: string
  readonly contender: string
  readonly round: number
  readonly why: string
}

export interface WorkloadSummary {
  readonly name: string
  readonly title: string
  readonly unit: string
  readonly rows: readonly Row[]
}

export interface Row {
  readonly contender: string
  readonly title: string
  readonly side: Contender['side']
  readonly rounds: number
  readonly figures: readonly Figure[]
  readonly ratios: readonly Ratio[]
  /** Medians over the rounds, as shares of the time: the contender was on its core, the load slept. */
  readonly busy: number
  readonly loadIdle: number
  /** The load never slept: the contender may have been able to do more. */
  readonly ceiling: boolean
  /** The most that a run was disturbed: the share of the time without the cores. */
  readonly disturbed: number
  /** Of the datagrams sent, the share that did not arrive; and how many of them no counter of the kernel's has. */
  readonly lost?: number
  readonly unaccounted?: number
}

export interface Figure {
  readonly metric: Metric['name']
  readonly unit: string
  readonly better: Metric['better']
  readonly median: number
  readonly least: number
  readonly most: number
  /** The distance of the quartiles over the median. */
  readonly spread: number
  /** All rounds together, and how much one tick of the clock that it is read by makes: `user` alone. */
  readonly pooled?: number
  readonly tick?: number
}

export interface Ratio extends Interval {
  readonly metric: Metric['name']
  readonly over: string
  readonly verdict: Verdict
}

/** A load that sleeps less than this was the limit. */
const CEILING = 0.05
/** Runs that lost more of their time than this were disturbed. */
export const DISTURBED = 0.05
/** Fewer ticks of processor time than this in any run say nothing about ratios. */
const FEWEST_TICKS = 10
const TICK = 0.01

export function summary(
  workload: Workload,
  raced: readonly Contender[],
  samples: readonly Sample[],
): WorkloadSummary {
  const of = (contender: Contender): Sample[] =>
    samples.filter((each) => each.workload === workload.name && each.contender === contender.name)
  const references = raced.filter(({ side }) => side === 'reference')
  const rows = raced.flatMap((contender): Row[] => {
    const mine = of(contender)
    if (mine.length === 0) return []
    const figures = metrics(workload).map((metric) => figure(workload, metric, mine))
    const over = references.filter((reference) => reference !== contender && meet(contender, reference))
    const ratios = metrics(workload).flatMap((metric) =>
      over.flatMap((reference) => ratio(metric, mine, of(reference), reference.name)),
    )
    const lost = mine.flatMap((each) =>
      each.lost === undefined ? [] : [each.lost / (each.messages + each.lost)],
    )
    const unaccounted = mine.map((each) => Math.abs((each.lost ?? 0) - (each.dropped ?? each.lost ?? 0)))
    const loadIdle = median(mine.map((each) => each.loadIdle))
    return [
      {
        contender: contender.name,
        title: contender.title,
        side: contender.side,
        rounds: mine.length,
        figures,
        ratios,
        busy: median(mine.map((each) => each.cpu / each.seconds)),
        loadIdle,
        ceiling: loadIdle < CEILING,
        disturbed: Math.max(...mine.map(disturbance)),
        ...(lost.length > 0 ? { lost: median(lost), unaccounted: Math.max(...unaccounted) } : {}),
      },
    ]
  })
  return { name: workload.name, title: workload.title, unit: workload.unit, rows }
}

export const disturbance = ({ disturbed, stolen }: Sample): number => disturbed + stolen

/** Of two builds only the same forms are compared. */
function meet(contender: Contender, reference: Contender): boolean {
  const at = reference.name.indexOf('@')
  return at === -1 ? !contender.name.includes('@') : reference.name.slice(0, at) === contender.name
}

function figure(workload: Workload, metric: Metric, samples: readonly Sample[]): Figure {
  const values = samples.map((each) => metric.of(each))
  const many = samples.reduce((sum, each) => sum + units(workload, each), 0)
  const seconds = samples.reduce((sum, each) => sum + each.user, 0)
  return {
    metric: metric.name,
    unit: metric.unit,
    better: metric.better,
    median: median(values),
    least: quantile(values, 0),
    most: quantile(values, 1),
    spread: spread(values),
    ...(metric.name === 'user'
      ? { pooled: (seconds / many) * metric.scale, tick: (TICK / many) * metric.scale }
      : {}),
  }
}

function ratio(metric: Metric, mine: readonly Sample[], theirs: readonly Sample[], over: string): Ratio[] {
  const coarse = (samples: readonly Sample[]): boolean =>
    samples.some((each) => each.user < FEWEST_TICKS * TICK)
  if (metric.name === 'user' && (coarse(mine) || coarse(theirs))) return []
  const byRound = (samples: readonly Sample[]): Map<number, number> =>
    new Map(samples.map((each) => [each.round, metric.of(each)]))
  const ratios = pairedRatios(byRound(mine), byRound(theirs))
  if (ratios.length === 0) return []
  const interval = signInterval(ratios)
  return [{ metric: metric.name, over, ...interval, verdict: verdict(interval, metric.better) }]
}
