/** The summary as text. */
import {
  DISTURBED,
  disturbance,
  type Figure,
  type Published,
  type Row,
  type WorkloadSummary,
} from './summary.js'
import type { Form } from './workload.js'

/** Three digits, and thousands apart. */
export function amount(value: number): string {
  if (!Number.isFinite(value)) return '-'
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US')
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2)
}

const percent = (share: number): string => `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`

export function heading({ machine, cores, form, seed, skipped }: Published): string {
  return [
    `${machine.cpu}, ${machine.cores} cores, Linux ${machine.kernel}, Node ${machine.node}, ${machine.compiler}`,
    `berkeley ${machine.commit}; load before: ${machine.load.toFixed(2)}; contenders on core ${cores[0]}, load on core ${cores[1]}`,
    ...(cores[0] === cores[1] ? ['ONE CORE for both: the figures are about neither'] : []),
    `${form.name} form: ${form.rounds} rounds of ${form.ms} ms after ${form.warm} ms; random order by seed ${seed}`,
    ...skipped.map(({ contender, why }) => `skipped ${contender}: ${why}`),
  ].join('\n')
}

/** The ratios first: they are what a run can tell. */
export function table(workload: WorkloadSummary): string {
  const { rows, name, title } = workload
  const first = rows[0]?.figures[0]
  if (first === undefined) return `${name}: nothing was measured`
  const blocks = [ratios(workload, first.metric), figures(rows, first)].filter((block) => block.length > 1)
  return [`${name}: ${title}`, ...blocks.map(aligned)].join('\n')
}

/** A line for each pair; of two references, only the later over the earlier one. */
function ratios({ rows }: WorkloadSummary, main: Figure['metric']): string[][] {
  const names = rows.map(({ contender }) => contender)
  const shown: Figure['metric'][] = main === 'memory' ? [main] : [main, 'user', 'cpu']
  const lines = rows.flatMap((row, i) => {
    const over = [...new Set(row.ratios.map((each) => each.over))]
    const pairs = over.filter((other) => row.side !== 'reference' || names.indexOf(other) < i)
    return pairs.map((other) => [
      `${row.contender} / ${other}`,
      ...shown.map((metric) => {
        const found = row.ratios.find((each) => each.metric === metric && each.over === other)
        if (found === undefined) return '-'
        return `${found.median.toFixed(2)} [${found.low.toFixed(2)}, ${found.high.toFixed(2)}] ${found.verdict}`
      }),
    ])
  })
  return [['', ...shown], ...lines]
}

function figures(rows: readonly Row[], { metric, unit }: Figure): string[][] {
  const timed = metric !== 'memory'
  const columns = [
    '',
    ...(timed ? [`user ${unitOf(rows, 'user')}`, `cpu ${unitOf(rows, 'cpu')}`] : []),
    unit,
    'spread',
    'busy',
    'load idle',
    '',
  ]
  const lines = rows.map((row) => {
    const main = row.figures[0] as Figure
    const cpu = figure(row, 'cpu')
    const user = figure(row, 'user')
    return [
      row.contender,
      ...(user === undefined ? [] : [`${amount(user.pooled ?? user.median)} ±${amount(user.tick ?? 0)}`]),
      ...(cpu === undefined ? [] : [amount(cpu.median)]),
      amount(main.median),
      percent(main.spread),
      percent(row.busy),
      percent(row.loadIdle),
      remarks(row),
    ]
  })
  return [columns, ...lines]
}

const figure = (row: Row, metric: Figure['metric']): Figure | undefined =>
  row.figures.find((each) => each.metric === metric)

const unitOf = (rows: readonly Row[], metric: Figure['metric']): string =>
  rows[0] === undefined ? '' : (figure(rows[0], metric)?.unit ?? '')

function remarks({ ceiling, disturbed, lost, unaccounted }: Row): string {
  return [
    ...(ceiling ? ['the load was the ceiling'] : []),
    ...(disturbed > DISTURBED ? [`disturbed: ${percent(disturbed)}`] : []),
    ...(lost !== undefined && lost > 0 ? [`lost ${percent(lost)}`] : []),
    ...(unaccounted !== undefined && unaccounted > 0
      ? [`${unaccounted} of them not in the kernel's counters`]
      : []),
  ].join('; ')
}

/** Columns: the first and the last to the left, and what has words in it. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)))
  const left = widths.map((_, i) => i === 0 || rows.some((row) => (row[i] ?? '').includes('[')))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => {
        const width = i === row.length - 1 ? 0 : (widths[i] as number)
        return left[i] ? cell.padEnd(width) : cell.padStart(width)
      })
      .join('  ')
      .trimEnd()
  return rows.map((row) => `  ${line(row)}`).join('\n')
}

/** How far the run is to be trusted. */
export function trust({ samples, form, failures }: Published): string {
  const disturbed = samples.filter((each) => disturbance(each) > DISTURBED).length
  return [
    `Ratios are within a round, paired; in brackets the interval of the sign test${confidence(form)}. Within 5 % is parity.`,
    disturbed === 0
      ? `None of the ${samples.length} runs was without its cores for more than 5 % of its time.`
      : `NOISY: ${disturbed} of ${samples.length} runs were without their cores for more than 5 % of their time; none was left out.`,
    ...(form.name === 'long'
      ? []
      : [
          'User time is counted in ticks of 10 ms (±: one tick), so it is coarse here: --long has a million messages.',
        ]),
    ...failures.map((each) => `FAILED: ${each.workload} ${each.contender}, round ${each.round}: ${each.why}`),
  ].join('\n')
}

function confidence({ rounds }: Form): string {
  return rounds === 5
    ? ' (93.75 % with five rounds)'
    : rounds < 5
      ? ', which with so few rounds says nothing'
      : ' (95 % at least)'
}
