/** `berkeley families`, judged by python3, which opens the same sockets. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import * as kernel from '#data/kernel.js'
import { needsProgram } from '../support/needs.js'
import { berkeley, pythonPath } from './program.js'

/** Reads lines of three numbers, writes the errno's name of each, or yes. */
const OPENER = `
import errno, socket, sys
for line in sys.stdin:
    try:
        socket.socket(*map(int, line.split())).close()
        print('yes')
    except OSError as error:
        print(errno.errorcode[error.errno])
`

const number = (name: unknown): number =>
  typeof name === 'number' ? name : Number((kernel as Readonly<Record<string, unknown>>)[String(name)])

interface Kind {
  readonly family: string
  readonly type: string
  readonly protocol: string | number
  readonly opens: boolean
  readonly code?: string
}

describe('families', { concurrency: 4 }, () => {
  test('says what python3 finds', needsProgram('python3'), async () => {
    await using program = berkeley(['families', '--json'])
    await program.exits(0)
    const kinds = program.rest.filter(({ event }) => event === 'kind') as unknown as Kind[]
    assert.ok(kinds.length >= 10, program.out)
    // Names of protocols that no header has are left out.
    const known = kinds.filter(({ protocol }) => !Number.isNaN(number(protocol)))
    const input = known
      .map(({ family, type, protocol }) => [family, type, protocol].map(number).join(' '))
      .join('\n')
    const { stdout } = spawnSync(pythonPath(), ['-c', OPENER], { encoding: 'utf8', input })
    assert.deepEqual(
      known.map(({ opens, code }) => (opens ? 'yes' : code)),
      stdout.trim().split('\n'),
    )
    const present = program.rest.filter(({ event, has }) => event === 'family' && has === true)
    const summary = program.rest.at(-1)
    assert.deepEqual(summary, {
      event: 'summary',
      families: present.length,
      kinds: kinds.filter(({ opens }) => opens).length,
    })
  })

  test('tells people of the families they name', async () => {
    await using program = berkeley(['families', 'AF_UNIX', 'netlink', '2'])
    await program.exits(0)
    assert.match(
      program.out,
      /^AF_UNIX +.*\n( +SOCK_.*\n){3}AF_NETLINK .*\n( +SOCK_.*\n)+AF_INET .*\n( +.*\n)+3 of 3/,
    )
    assert.match(program.out, /^ +SOCK_STREAM +yes$/m)
    assert.match(program.out, /^ +SOCK_STREAM +IPPROTO_TCP +yes$/m)
  })

  test('has no line for a family of another name', async () => {
    for (const name of ['AF_NOSUCH', '-1', '4095', '']) {
      await using program = berkeley(['families', '--', name])
      await program.exits(2)
      assert.equal(program.out, '')
      assert.match(program.err, /^berkeley: .*\n$/)
    }
  })
})
