/** The package installs from its tarball alone, and works on every runtime it names. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { before, describe, it } from 'node:test'
import { createConnection } from 'berkeley'
import { install, type Runtime, runtimes } from '../../tools/runtimes.js'
import { type Project, project, temporary } from './project.js'

const required = `
const { socketpair, createServer } = require('berkeley')
const [a, b] = socketpair()
a.sendall('required').then(() => b.recv(64)).then((bytes) => {
  console.log(String(bytes), typeof createServer)
  a.close()
  b.close()
})
`

let installed: Project
before(() => {
  installed = project()
  writeFileSync(join(installed.folder, 'required.cjs'), required)
})

function run(command: string, ...args: string[]): SpawnSyncReturns<string> {
  const { folder, env } = installed
  return spawnSync(command, args, { cwd: folder, env, encoding: 'utf8', timeout: 90_000 })
}

const running: Runtime = {
  name: `Node ${process.versions.node}, running this`,
  spec: '',
  binary: '',
  args: [],
}

for (const runtime of [running, ...runtimes])
  describe(runtime.name, () => {
    let binary = ''
    let missing: string | undefined
    before(() => {
      try {
        binary = runtime === running ? process.execPath : install(runtime)
      } catch (error) {
        missing = `needs ${runtime.name}: ${(error as Error).message.split('\n', 1)}`
      }
    })

    it('imports the package, and every verb works', (t) => {
      if (missing !== undefined) return t.skip(missing)
      const { status, stdout, stderr } = run(binary, ...runtime.args, 'smoke.mjs')
      assert.equal(status, 0, `${stdout}${stderr}`)
      assert.match(stdout, /^all ok: .* \d+ verbs$/m)
      assert.equal(stderr, '')
    })

    it('requires the package from CommonJS', (t) => {
      if (missing !== undefined) return t.skip(missing)
      const { status, stdout, stderr } = run(binary, ...runtime.args, 'required.cjs')
      assert.equal(status, 0, stderr)
      assert.equal(stdout, 'required function\n')
    })
  })

describe('the installed package', () => {
  it('is where nothing compiles', () => {
    for (const name of ['cc', 'gcc', 'make', 'python3', 'node-gyp'])
      assert.equal(run('sh', '-c', `command -v ${name}`).stdout, '', name)
    assert.ok(!existsSync(join(installed.folder, 'node_modules/berkeley/native')))
  })

  it('has its command', () => {
    const { status, stdout, stderr } = run('npx', 'berkeley', '--version')
    assert.equal(status, 0, stderr)
    assert.match(stdout, /^\d+\.\d+\.\d+\S*\n$/)
  })

  it('serves', async () => {
    const { folder, env } = installed
    const command = join(folder, 'node_modules/.bin/berkeley')
    const server = spawn(command, ['echo', 'serve', 'tcp://127.0.0.1:0', '--json'], { cwd: folder, env })
    const exited = once(server, 'exit')
    try {
      const [line] = (await once(createInterface(server.stdout), 'line')) as [string]
      const port = Number(/127\.0\.0\.1:(\d+)/.exec(line)?.[1])
      const client = await createConnection({ host: '127.0.0.1', port }, { timeout: 20_000 })
      await client.sendall('hello')
      assert.equal(`${await client.recv(1024)}`, 'hello')
      client.close()
    } finally {
      server.kill('SIGTERM')
    }
    const [code] = await exited
    assert.equal(code, 0)
  })

  it('says where it runs when asked elsewhere', () => {
    const script = `Object.defineProperty(process, 'arch', { value: 'riscv64' }); await import('berkeley')`
    const { status, stderr } = run('node', '--input-type=module', '-e', script)
    assert.notEqual(status, 0)
    const [line] = stderr.split('\n').filter((line) => line.startsWith('Error: '))
    for (const word of ['riscv64', 'linux-x64-glibc', 'linux-arm64-musl'])
      assert.ok(line?.includes(word), stderr)
  })

  it('says why a binary does not load', () => {
    const copy = temporary()
    cpSync(join(installed.folder, 'node_modules'), join(copy, 'node_modules'), { recursive: true })
    const prebuilds = join(copy, 'node_modules/berkeley/prebuilds')
    const script = `import('berkeley').catch((error) => {
      console.log(JSON.stringify({ message: error.message, cause: error.cause?.message }))
    })`
    const load = (): { message: string; cause?: string } =>
      JSON.parse(
        spawnSync(process.execPath, ['-e', script], { cwd: copy, env: installed.env, encoding: 'utf8' })
          .stdout,
      )
    const binary = join(prebuilds, `linux-${process.arch}-glibc`, 'berkeley.node')
    writeFileSync(binary, 'no ELF file\n')
    const { message, cause } = load()
    assert.ok(cause !== undefined && message.includes(cause) && message.includes(binary), message)
    rmSync(binary)
    assert.ok(load().message.includes(binary))
  })
})
