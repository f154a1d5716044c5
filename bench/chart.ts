/** A workload's summary as a picture: plain SVG, readable on light and dark. */
import { amount } from './report.js'
import type { Figure, Published, WorkloadSummary } from './summary.js'

const WIDTH = 760
const LEFT = 130
const RIGHT = 170
const BAR = 18
const STEP = 28
const TOP = 48
const HEAD = 30

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 15px }
  .quiet { fill: #59636e }
  .ours { fill: #0969da }
  .reference { fill: #8c959f }
  .other { fill: #bf8700 }
  .range { stroke: #1f2328; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet { fill: #9198a1 }
    .ours { fill: #4493f8 }
    .reference { fill: #6e7681 }
    .other { fill: #d29922 }
    .range { stroke: #e6edf3 }
  }`

const escaped = (text: string): string =>
  text.replace(
    /[&<>"]/g,
    (each) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[each] as string,
  )

/** Bars of the workload's own figure and, where there is one, of the processor time; lines from the least to the most. */
export function chart(workload: WorkloadSummary, { machine, form, date }: Published): string {
  const names = workload.rows[0]?.figures.map(({ metric }) => metric) ?? []
  const shown = names.filter((name, i) => i === 0 || name === 'cpu')
  const panel = HEAD + workload.rows.length * STEP
  const height = TOP + shown.length * panel + 34
  const panels = shown.map((name, i) => drawn(workload, name, TOP + i * panel))
  const foot = `${machine.cpu}, Linux ${machine.kernel}, Node ${machine.node}; median of ${form.rounds} rounds, line: least to most; ${date.slice(0, 10)}`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(workload.title)}">`,
    `<style>${STYLE}\n</style>`,
    `<text class="title" x="12" y="28">${escaped(workload.title)}</text>`,
    ...panels,
    `<text class="quiet" x="12" y="${height - 12}" font-size="11" style="font-size: 11px">${escaped(foot)}</text>`,
    '</svg>\n',
  ].join('\n')
}

function drawn({ rows }: WorkloadSummary, metric: Figure['metric'], top: number): string {
  const bars = rows.flatMap((row) => {
    const figure = row.figures.find((each) => each.metric === metric)
    return figure === undefined ? [] : [{ row, figure }]
  })
  const first = bars[0]?.figure
  if (first === undefined) return ''
  const most = Math.max(...bars.map(({ figure }) => figure.most), Number.MIN_VALUE)
  const scale = (value: number): number => Math.max(0, (value / most) * (WIDTH - LEFT - RIGHT))
  const head = `<text class="quiet" x="12" y="${top + 14}">${escaped(`${metric === 'cpu' ? 'processor time, ' : ''}${first.unit}, ${first.better} is better`)}</text>`
  const lines = bars.map(({ row, figure }, i) => {
    const y = top + HEAD + i * STEP
    const middle = y + BAR / 2
    const over = row.ratios.find((each) => each.metric === metric && each.over === 'c')
    const value = `${amount(figure.median)}${over === undefined ? '' : ` (${over.median.toFixed(2)} × C)`}`
    const x = (of: number): string => (LEFT + scale(of)).toFixed(1)
    return [
      `<text x="${LEFT - 8}" y="${middle + 4}" text-anchor="end">${escaped(row.contender)}</text>`,
      `<rect class="${row.side}" x="${LEFT}" y="${y}" width="${scale(figure.median).toFixed(1)}" height="${BAR}" rx="2"/>`,
      `<line class="range" x1="${x(figure.least)}" x2="${x(figure.most)}" y1="${middle}" y2="${middle}"/>`,
      `<text x="${(LEFT + scale(figure.most) + 8).toFixed(1)}" y="${middle + 4}">${escaped(value)}</text>`,
    ].join('\n')
  })
  return [head, ...lines].join('\n')
}
