/** That the tool that boots a machine with Debian's kernel tells what happened there. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const tool = fileURLToPath(new URL('../../tools/vm.js', import.meta.url))
const work = mkdtempSync(join(tmpdir(), 'berkeley-'))
after(() => rmSync(work, { recursive: true }))

function vm(args: readonly string[], env: NodeJS.ProcessEnv = {}): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [tool, ...args], {
    cwd: work,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 300_000,
  })
}

function needsMachine(): { skip: false | string } {
  // Without a command it fetches what is missing.
  const { status, stderr } = vm([])
  return { skip: status === 0 ? false : `needs a virtual machine: ${stderr.trim().split('\n').at(-1)}` }
}

describe('vm', needsMachine(), () => {
  it('output and status come through, nothing else; folder and variables are taken along, writes stay', () => {
    const script = `pwd; echo "$BERKELEY_WORD" '$SECRET' "a'b"; echo complaint >&2; echo x >file; cat file; exit 7`
    const { status, stdout, stderr } = vm(['--', 'sh', '-c', script], { BERKELEY_WORD: "it's", SECRET: 's' })
    assert.deepEqual([status, stdout, stderr], [7, `${work}\nit's $SECRET a'b\nx\n`, 'complaint\n'])
    assert.deepEqual(readdirSync(work), [])
  })

  it('a module is loaded with what it needs, and a family loads its own', () => {
    const script = `
      import socket
      socket.socket(socket.AF_TIPC, socket.SOCK_RDM).close()
      socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP).close()
      print(open('/proc/modules').read())`
    const text = script.replace(/^ {6}/gm, '')
    const { status, stdout, stderr } = vm(['--module', 'tipc', '--', 'python3', '-c', text])
    assert.equal(status, 0, stderr)
    for (const name of ['tipc', 'udp_tunnel', 'sctp', 'libcrc32c'])
      assert.match(stdout, new RegExp(`^${name} `, 'm'))
  })

  it('a module that does not exist is named: 125', () => {
    const { status, stderr } = vm(['--module', 'no_such_module', '--', 'true'])
    assert.equal(status, 125)
    assert.match(stderr, /no_such_module/)
  })

  it('a panic is 125, with the last words of the kernel', () => {
    const { status, stderr } = vm(['--', 'sh', '-c', 'echo c >/proc/sysrq-trigger'])
    assert.equal(status, 125, stderr)
    assert.match(stderr, /Kernel panic|RIP: /)
  })

  it('what does not end in time is stopped: 124', () => {
    const { status, stderr } = vm(['--limit', '3', '--', 'sleep', '100'])
    assert.equal(status, 124, stderr)
  })

  it('the host stays as it is', () => {
    const path = `/berkeley-${process.pid}`
    const { status } = vm(['--', 'touch', path])
    assert.deepEqual([status, existsSync(path)], [0, false])
  })
})
