/**
 * The table of families beside the running kernel: its own configuration says what it was built with, and socket(2)
 * has to agree with the table on what follows.
 */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { release } from 'node:os'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { IPPROTO_TCP, SO_REUSEADDR, SystemError, socket, TCP_CONGESTION } from 'berkeley'
import { families, type SocketKind } from '#data/families.js'
import { kindName, lackOf, lackOfOption } from '#data/lack.js'
import { needsRoot } from '../support/needs.js'

/** What the kernel says of its build: 'y', 'm', or undefined for what is not in. */
function configuration(): ReadonlyMap<string, string> | undefined {
  const file = `/boot/config-${release()}`
  const text = existsSync('/proc/config.gz')
    ? gunzipSync(readFileSync('/proc/config.gz')).toString()
    : existsSync(file)
      ? readFileSync(file, 'utf8')
      : undefined
  if (text === undefined) return undefined
  return new Map([...text.matchAll(/^(CONFIG_\w+)=([ym])$/gm)].map(([, name = '', how = '']) => [name, how]))
}

const config = configuration()
/** What a row needs of the build. A module may or may not be there. */
function built(row: { readonly config?: string }): 'in' | 'maybe' | 'out' {
  if (row.config === undefined) return 'in'
  const how = config?.get(/^CONFIG_\w+/.exec(row.config)?.[0] ?? '')
  // A condition beside it (a version, a machine) is not in the configuration.
  return how === undefined ? 'out' : how === 'y' && !row.config.includes(',') ? 'in' : 'maybe'
}

/** The errno's name, or undefined when it opens. */
function refusal(af: number, { type, protocol }: SocketKind): SystemError | undefined {
  try {
    socket(af, type, protocol).close()
    return undefined
  } catch (error) {
    assert.ok(error instanceof SystemError)
    return error
  }
}

describe('families and their kinds', () => {
  const root = needsRoot().skip
  const skip = config === undefined ? 'needs the configuration of this kernel' : root

  it('are there exactly where the kernel was built with them', { skip }, () => {
    let seen = 0
    for (const row of families)
      for (const kind of row.kinds) {
        const what = kindName(row.af, kind)
        const error = refusal(row.af, kind)
        const of = [built(row), built(kind)]
        if (of.includes('maybe')) continue
        seen++
        if (of[0] === 'out') assert.equal(error?.code, 'EAFNOSUPPORT', what)
        else if (of[1] === 'out')
          assert.ok(['EPROTONOSUPPORT', 'ESOCKTNOSUPPORT', 'ENODEV'].includes(error?.code ?? ''), what)
        // A group's right, which root need not have.
        else if (!kind.needs?.startsWith('a group')) assert.equal(error, undefined, what)
      }
    assert.ok(seen > 40, `${seen} kinds`)
  })

  it('are named by the error, with what would bring them', () => {
    for (const row of families)
      for (const kind of row.kinds) {
        const error = refusal(row.af, kind)
        if (error === undefined) continue
        const hint = lackOf(error.errno, row.af, kind.type, kind.protocol)
        assert.ok(hint !== undefined && error.message.includes(hint), error.message)
      }
  })

  it('end the error of an option, too', () => {
    using made = socket()
    const name = Buffer.from('no_such')
    const hint = lackOfOption(-2, IPPROTO_TCP, TCP_CONGESTION.option, name)
    assert.ok(hint !== undefined)
    assert.throws(
      () => made.setsockopt(TCP_CONGESTION, 'no_such'),
      (error) => error instanceof SystemError && error.code === 'ENOENT' && error.message.includes(hint),
    )
    // What has no hint keeps what the socket has to say.
    made.close()
    assert.throws(() => made.getsockopt(SO_REUSEADDR), { code: 'EBADF' })
  })
})
