/**
 * Writes docs/python.md, every public name of Python's socket modules and what it is here, from the lists in tools/python/:
 * `node build/tools/python.js`. The test of the page compares it with both.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Answer } from './python/answers.js'
import * as answers from './python/answers.js'
import * as names from './python/names.js'
import { words } from './python/names.js'

const HEAD = `# Every name of Python's socket

Each public name of Python's \`socket\` and \`_socket\`, from 3.11 to ${names.newest}, and what it is here. Constants keep their
names, functions and methods become camelCase, and what waits has a twin that blocks and ends in \`Sync\`. Constants that
are socket options are typed options where they have a type: \`setsockopt(SO_KEEPALIVE, true)\`; given as a number, with a
level before it, they do as in Python. How to use it all, and what differs, is told in [from-python.md](from-python.md).

The members of Python's enumerations (\`AddressFamily\`, \`SocketKind\`, \`MsgFlag\`, \`AddressInfo\`) are its constants. A version
in the second column brought the name.
`

export interface Row {
  /** As Python has it, `socket.` before a method of the class, `SocketIO.` before one of the file's. */
  readonly python: string
  /** '3.11', or the newer version that brought it. */
  readonly since: string
  /** Ours: a name, or `Class.member`. None where there is none. */
  readonly here: readonly string[]
  readonly note: string
}

export interface Section {
  readonly title: string
  readonly rows: readonly Row[]
}

/** `recv_into` is `recvInto`; what is in capitals stays. */
export function camelCase(name: string): string {
  return /^[A-Z0-9]+_/.test(name) ? name : name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}

interface List {
  readonly list: string
  readonly answers: Readonly<Record<string, Answer>>
  readonly twins?: string
  /** Python's class, and ours. */
  readonly of?: readonly [python: string, here: string]
  readonly since?: string
}

function rowsOf({ list, answers, twins = '', of, since = '3.11' }: List): Row[] {
  const waiting = words(twins)
  return words(list).map((name) => {
    const plain = camelCase(name)
    const own = waiting.includes(name) ? [plain, `${plain}Sync`] : [plain]
    const [here, note] = answers[name] ?? [own.join(' '), '']
    return {
      python: of === undefined ? name : `${of[0]}.${name}`,
      since,
      here: words(here)
        .filter((word) => word !== '')
        .map((word) => (of === undefined ? word : `${of[1]}.${word}`)),
      note,
    }
  })
}

/** SO_LINGER is of SO; what is nearly alone with its prefix is of the others. */
function byPrefix(rows: readonly Row[]): Section[] {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const prefix = row.python.replace(/_.*/s, '_')
    groups.set(prefix, [...(groups.get(prefix) ?? []), row])
  }
  const small = [...groups].filter(([, group]) => group.length < 3)
  for (const [prefix] of small) groups.delete(prefix)
  return [
    ...[...groups].sort().map(([prefix, group]) => ({ title: `Constants: ${prefix}`, rows: group })),
    { title: 'Other constants', rows: small.flatMap(([, group]) => group) },
  ].map(({ title, rows }) => ({ title, rows: rows.toSorted((a, b) => (a.python < b.python ? -1 : 1)) }))
}

/** All rows, in the order of the page. */
export function sections(): Section[] {
  const constants = Object.entries(names.constants).flatMap(([since, list]) =>
    rowsOf({ list, since, answers: answers.constants }),
  )
  const elsewhere = Object.entries(names.elsewhere).flatMap(([systems, list]) =>
    words(list).map((name) => {
      const [here, note] = answers.elsewhere[name] ?? ['', '']
      const where = `${systems} only`
      return {
        python: name,
        since: '',
        here: here === '' ? [] : words(here),
        note: note === '' ? where : `${where}; ${note}`,
      }
    }),
  )
  return [
    {
      title: 'Functions',
      rows: rowsOf({ list: names.functions, answers: answers.functions, twins: answers.twins }),
    },
    { title: 'Classes', rows: rowsOf({ list: names.classes, answers: answers.classes }) },
    { title: 'Exceptions', rows: rowsOf({ list: names.exceptions, answers: answers.exceptions }) },
    {
      title: 'Methods and attributes of a socket',
      rows: rowsOf({
        list: names.methods,
        answers: answers.methods,
        twins: answers.methodTwins,
        of: ['socket', 'Socket'],
      }),
    },
    {
      title: 'Methods and attributes of a file',
      rows: rowsOf({
        list: names.fileMethods,
        answers: answers.fileMethods,
        twins: answers.fileTwins,
        of: ['SocketIO', 'SocketFile'],
      }),
    },
    ...byPrefix(constants),
    { title: 'What Python has on other systems', rows: elsewhere },
  ]
}

/** The page. */
export function page(): string {
  const parts = sections().map(({ title, rows }) => {
    const lines = rows.map(({ python, since, here, note }) => [
      `\`${python}\``,
      since === '3.11' ? '' : since,
      here.length === 0 ? 'not here' : here.map((name) => `\`${name}\``).join(', '),
      note,
    ])
    return `## ${title}\n\n${table([['Python', 'since', 'here', ''], ...lines])}`
  })
  return `${[HEAD, ...parts].join('\n')}`
}

/** Columns of one width; those that are empty throughout are left out. */
function table(lines: readonly (readonly string[])[]): string {
  const [head = [], ...body] = lines
  const used = head.map((_, at) => at).filter((at) => body.some((line) => line[at] !== ''))
  const widths = used.map((at) => Math.max(3, ...lines.map((line) => line[at]?.length ?? 0)))
  const text = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |\n`
  const rows = lines.map((line) => text(used.map((at) => line[at] ?? '')))
  return [rows[0], text(widths.map((width) => '-'.repeat(width))), ...rows.slice(1)].join('')
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(fileURLToPath(new URL('../../docs/python.md', import.meta.url)), page())
