/** `npm run bench`: arguments, progress, output. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { chart } from './chart.js'
import { endAll } from './child.js'
import { compile } from './compile.js'
import { type Contender, contenders as everyone, onBuild } from './contenders.js'
import { machine } from './machine.js'
import { field, race } from './race.js'
import { heading, table, trust } from './report.js'
import type { Cores } from './run.js'
import { random } from './statistics.js'
import { type Failure, type Published, summary, type WorkloadSummary } from './summary.js'
import { type Form, form as formOf, type Sample, type Workload } from './workload.js'
import { workloads as all } from './workloads.js'
import { type Build, build } from './worktree.js'

const HELP = `usage: npm run bench -- [options]

Runs berkeley, C, node:net and node:dgram, Bun and Python on the same work, interleaved and in random order, and tells
the ratios within each round. Every byte that comes back is looked at.

  --long               more rounds, a million messages of each (30 s a run at most), all workloads and contenders
  --smoke              everything once, briefly: fails on a crash or a wrong byte, never on a time
  --only NAME…         these workloads; a name's beginning stands for all that begin so
  --contenders NAME…   these alone
  --rounds N           5 in the short form, 7 in the long one
  --against REVISION   builds that commit, too, and compares each of ours with itself there
  --cores A,B          the contender's core and the load's: 0,1
  --seed N             of the random order
  --json FILE          writes all samples and the summary
  --draw FILE          makes an SVG picture of each workload in FILE (nothing is run), beside it
  --list               the workloads and contenders
  --help               this

Names are separated by commas or spaces. Ctrl-C ends it; what has been measured is shown.`

interface Wanted {
  readonly form: Form
  readonly workloads: readonly Workload[]
  readonly contenders: readonly Contender[]
  readonly cores: Cores
  readonly seed: number
  readonly against: string | undefined
  readonly json: string | undefined
}

class Usage extends Error {}

/** `--only a b,c` as `['a', 'b', 'c']`: parseArgs gives one value to an option, and the rest by themselves. */
function options(args: readonly string[]) {
  const joined: string[] = []
  let list = false
  for (const each of args) {
    if (each.startsWith('--')) list = each === '--only' || each === '--contenders'
    else if (list && !joined.at(-1)?.startsWith('--')) {
      joined[joined.length - 1] += `,${each}`
      continue
    }
    joined.push(each)
  }
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  return parseArgs({
    args: joined,
    options: {
      long: flag,
      smoke: flag,
      list: flag,
      help: flag,
      only: text,
      contenders: text,
      rounds: text,
      against: text,
      cores: text,
      seed: text,
      json: text,
      draw: text,
    },
  }).values
}

type Options = ReturnType<typeof options>

function whole(text: string, what: string, least: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < least) throw new Usage(`expected ${what}, not ${text}`)
  return value
}

function named<T extends { readonly name: string }>(text: string, from: readonly T[], begins: boolean): T[] {
  const names = text.split(/[\s,]+/).filter((name) => name !== '')
  const exact = new Set(from.map(({ name }) => name))
  const fits = (name: string, each: T): boolean =>
    each.name === name || (begins && !exact.has(name) && each.name.startsWith(name))
  for (const name of names)
    if (!from.some((each) => fits(name, each))) throw new Usage(`no ${name}: --list has the names`)
  return from.filter((each) => names.some((name) => fits(name, each)))
}

function wanted(values: Options): Wanted {
  const kind = values.smoke === true ? 'smoke' : values.long === true ? 'long' : 'short'
  const rounds = values.rounds === undefined ? undefined : whole(values.rounds, 'a number of rounds', 1)
  const cores = (values.cores?.split(',') ?? (availableParallelism() > 1 ? ['0', '1'] : ['0', '0'])).map(
    (core) => whole(core, 'two cores', 0),
  )
  if (cores.length !== 2) throw new Usage('expected two cores: --cores 0,1')
  return {
    form: formOf(kind, rounds),
    workloads:
      values.only !== undefined
        ? named(values.only, all, true)
        : all.filter((each) => kind === 'long' || each[kind] === true),
    contenders:
      values.contenders !== undefined
        ? named(values.contenders, everyone, false)
        : everyone.filter(({ long }) => kind !== 'short' || long !== true),
    cores: cores as [number, number],
    seed: values.seed === undefined ? Date.now() % 2 ** 31 : whole(values.seed, 'a seed', 1),
    against: values.against,
    json: values.json,
  }
}

function list(): string {
  const mark = ({ short, smoke }: Workload): string =>
    [...(short ? ['short'] : []), ...(smoke ? ['smoke'] : [])].join(' ')
  const rows = all.map((each) => `  ${each.name.padEnd(22)}${mark(each).padEnd(13)}${each.title}`)
  const runners = everyone.map(
    ({ name, long, title }) => `  ${name.padEnd(22)}${(long ? 'long' : '').padEnd(13)}${title}`,
  )
  return ['workloads', ...rows, 'contenders', ...runners].join('\n')
}

/** On a terminal one line that changes. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`)
}

async function run({ form, workloads, contenders, cores, seed, against, json }: Wanted): Promise<number> {
  compile()
  const next = random(seed)
  const skipped = contenders.flatMap((each) => {
    const why = each.missing?.()
    return why === undefined ? [] : [{ contender: each.name, why }]
  })
  let present = contenders.filter(({ name }) => !skipped.some(({ contender }) => contender === name))
  let other: Build | undefined
  if (against !== undefined) {
    progress(`building ${against}`)
    const built = build(against)
    other = built
    const ours = present.filter(({ side }) => side === 'ours')
    present = [...present, ...ours.map((each) => onBuild(each, built.label, built.entry))]
  }
  const samples: Sample[] = []
  const failures: Failure[] = []
  const summaries: WorkloadSummary[] = []
  const published = (): Published => ({ ...begun, workloads: summaries, samples, failures })
  const begun = {
    format: 'berkeley-bench-1' as const,
    date: new Date().toISOString(),
    machine: machine(),
    cores,
    form,
    seed,
    skipped,
  }
  progress('')
  console.log(`${heading(published())}\n`)

  const finish = (): void => {
    progress('')
    other?.remove()
    if (json !== undefined) {
      mkdirSync(dirname(json), { recursive: true })
      writeFileSync(json, `${JSON.stringify(published(), null, 1)}\n`)
    }
    console.log(trust(published()))
  }
  process.once('SIGINT', () => {
    endAll()
    finish()
    process.exit(130)
  })

  for (const [i, workload] of workloads.entries()) {
    const raced = field(workload, present)
    if (raced.length === 0) continue
    const outcome = await race({
      workload,
      contenders: raced,
      form,
      cores,
      next,
      progress: (round, name) =>
        progress(
          `${workload.name} (${i + 1}/${workloads.length}), round ${round + 1}/${form.rounds}: ${name}`,
        ),
    })
    samples.push(...outcome.samples)
    failures.push(...outcome.failures)
    const told = summary(workload, raced, outcome.samples)
    summaries.push(told)
    progress('')
    console.log(form.name === 'smoke' ? `${workload.name}: ${told.rows.length} ran` : `${table(told)}\n`)
  }
  finish()
  return failures.length > 0 ? 1 : 0
}

/** Pictures beside the file, in a folder of its name. */
function draw(file: string): void {
  const published = JSON.parse(readFileSync(file, 'utf8')) as Published
  if (published.format !== 'berkeley-bench-1') throw new Usage(`${file} is not what --json writes`)
  const folder = file.replace(/\.json$/, '')
  if (folder === file) throw new Usage('expected a file whose name ends in .json')
  mkdirSync(folder, { recursive: true })
  for (const workload of published.workloads) {
    const path = join(folder, `${workload.name}.svg`)
    writeFileSync(path, chart(workload, published))
    console.log(path)
  }
}

async function main(): Promise<number> {
  const values = options(process.argv.slice(2))
  if (values.help === true) console.log(HELP)
  else if (values.list === true) console.log(list())
  else if (values.draw !== undefined) draw(values.draw)
  else return run(wanted(values))
  return 0
}

try {
  process.exitCode = await main()
} catch (error) {
  const usage =
    error instanceof Usage || String((error as { code?: string }).code).startsWith('ERR_PARSE_ARGS')
  console.error(usage ? `bench: ${(error as Error).message}` : error)
  process.exitCode = usage ? 2 : 1
}
