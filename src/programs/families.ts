/** What sockets this kernel has: each family, type and protocol, tried by opening one. */
import { SystemError } from '../data/errors.js'
import { type FamilyRow, families, type SocketKind } from '../data/families.js'
import { lackOf } from '../data/lack.js'
import { familyName, typeName } from '../data/names.js'
import { socket } from '../socket/open.js'
import type { Report } from './report.js'

/** How many of what was tried could be opened. */
export interface FamiliesSummary {
  readonly families: number
  readonly kinds: number
}

/**
 * Opens, and closes, a socket of every kind of the families named ('AF_TIPC', 'tipc', '30'; all when there are none), and
 * reports a `family` event for each and, where the kernel has it, a `kind` event for each type and protocol: `opens`, and the
 * `code`, `reason`, `module` and `config` of what does not. Where the system loads modules by itself, this makes it.
 *
 * @throws RangeError for a name that is no family's.
 */
export async function listFamilies(names: readonly string[], report: Report): Promise<FamiliesSummary> {
  const chosen = names.length === 0 ? families : names.map(familyNamed)
  const kindsOpen: number[] = []
  for (const row of chosen) {
    const outcomes = attempt(row)
    const family = familyName(row.af)
    const [first] = outcomes
    const has = outcomes.some(({ code }) => code !== 'EAFNOSUPPORT')
    await report({
      event: 'family',
      family,
      af: row.af,
      about: row.about,
      has,
      ...(has ? {} : told(row, first)),
      text: `${family.padEnd(NAME)}${row.about}${has ? '' : `: ${why(first)}`}`,
    })
    if (!has) continue
    kindsOpen.push(outcomes.filter(({ code }) => code === undefined).length)
    for (const outcome of outcomes) {
      const { kind } = outcome
      const [type, protocol] = [typeName(kind.type), kind.name ?? '']
      await report({
        event: 'kind',
        family,
        type,
        protocol: kind.name ?? kind.protocol,
        opens: outcome.code === undefined,
        ...told(kind, outcome),
        text: `  ${type.padEnd(NAME)}${protocol.padEnd(PROTOCOL)}${why(outcome)}`,
      })
    }
  }
  const summary = { families: kindsOpen.length, kinds: kindsOpen.reduce((sum, count) => sum + count, 0) }
  await report({
    event: 'summary',
    ...summary,
    text: `${summary.families} of ${chosen.length} families, ${summary.kinds} kinds of sockets`,
  })
  return summary
}

// Columns of the lines for people.
const NAME = 16
const PROTOCOL = 24

interface Outcome {
  readonly kind: SocketKind
  /** The errno's name; undefined when it opens. */
  readonly code?: string
  readonly reason?: string | undefined
}

/** All kinds of a family; the first alone when there is no such family. */
function attempt(row: FamilyRow): Outcome[] {
  const outcomes: Outcome[] = []
  for (const kind of row.kinds) {
    try {
      socket(row.af, kind.type, kind.protocol).close()
      outcomes.push({ kind })
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
      const { code, errno } = error
      outcomes.push({ kind, code, reason: lackOf(errno, row.af, kind.type, kind.protocol) })
      if (code === 'EAFNOSUPPORT') break
    }
  }
  return outcomes
}

/** 'yes', or what is in the way. What a reason is about stands before it on the line already. */
function why(outcome: Outcome | undefined): string {
  if (outcome?.code === undefined) return 'yes'
  const reason = outcome.reason?.replace(/^[A-Z][^:]*: |^.* (?=needs )/, '')
  return reason === undefined ? outcome.code : `${outcome.code}: ${reason}`
}

/** For machines: what is in the way, and what would bring it. */
function told({ module, config }: FamilyRow | SocketKind, outcome: Outcome | undefined): object {
  return outcome?.code === undefined ? {} : { code: outcome.code, reason: outcome.reason, module, config }
}

/** The row of 'AF_TIPC', 'tipc' or '30'. */
function familyNamed(name: string): FamilyRow {
  const found = families.find(({ af }) => {
    const [plain, given] = [familyName(af).toLowerCase(), name.toLowerCase()]
    return given === plain || `af_${given}` === plain || given === String(af)
  })
  if (found === undefined) throw new RangeError(`expected a family such as AF_TIPC, not '${name}'`)
  return found
}
