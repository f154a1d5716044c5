/** The rounds of each workload: every contender once in each, in random order. */
import { Failed } from './child.js'
import { type Contender, can } from './contenders.js'
import { type Cores, measure } from './run.js'
import { shuffled } from './statistics.js'
import type { Failure } from './summary.js'
import type { Form, Sample, Workload } from './workload.js'

export interface Race {
  readonly workload: Workload
  readonly contenders: readonly Contender[]
  readonly form: Form
  readonly cores: Cores
  readonly next: () => number
  /** Told before each run. */
  progress(round: number, contender: string): void
}

export interface Outcome {
  readonly samples: Sample[]
  readonly failures: Failure[]
}

/** Who of them can do the workload's task. */
export const field = (workload: Workload, contenders: readonly Contender[]): Contender[] =>
  contenders.filter((contender) => can(contender, workload.task))

/** A contender that fails is told of, and out of the rounds that follow. */
export async function race({ workload, contenders, form, cores, next, progress }: Race): Promise<Outcome> {
  const samples: Sample[] = []
  const failures: Failure[] = []
  for (let round = 0; round < form.rounds; round++) {
    const out = new Set(failures.map(({ contender }) => contender))
    const order = shuffled(
      contenders.filter(({ name }) => !out.has(name)),
      next,
    )
    for (const [place, contender] of order.entries()) {
      progress(round, contender.name)
      const who = { workload: workload.name, contender: contender.name, round }
      try {
        samples.push({ ...who, place, ...(await measure(workload, contender, form, cores)) })
      } catch (error) {
        if (!(error instanceof Failed)) throw error
        failures.push({ ...who, why: error.message })
      }
    }
  }
  return { samples, failures }
}
