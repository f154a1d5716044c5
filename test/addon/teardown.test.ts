/** The ends of threads and processes in the middle of things, and exceptions behind results: on both wake-ups. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly output: string
  readonly errors: string
}

async function run(engine: string, args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, ['--expose-gc', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
    env: { ...process.env, BERKELEY_ENGINE: engine },
  })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text))
  const [code, signal] = await once(child, 'close')
  return { code, signal, output, errors }
}

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

const library = JSON.stringify(import.meta.resolve('berkeley'))
const binding = JSON.stringify(new URL('../../../dist/sys/binding.js', import.meta.url).href)

/** Runs a module's text, with the library as `b`. */
const runText = (engine: string, text: string): Promise<Ended> =>
  run(engine, ['--input-type=module', '--eval', `const b = await import(${library})\n${text}`])

async function ends(engine: string, text: string, code = 0, output = ''): Promise<void> {
  const { errors, ...ended } = await runText(engine, text)
  assert.deepEqual(ended, { code, signal: null, output }, errors)
}

// One run is enough for both, unless it is about one of them.
const { BERKELEY_ENGINE } = process.env
for (const engine of BERKELEY_ENGINE ? [BERKELEY_ENGINE] : ['uv', 'thread'])
  describe(`with the wake-up by ${engine}`, () => {
    it('threads end at any moment, by themselves or not', async () => {
      const seed = 20261121
      // Fewer where every step takes longer, under the sanitizers.
      const rounds = Number(process.env.BERKELEY_TEST_ROUNDS ?? 20)
      const { code, signal, output, errors } = await run(engine, [
        script('./rounds.js'),
        `${seed}`,
        `${rounds}`,
      ])
      assert.deepEqual({ code, signal }, { code: 0, signal: null }, `seed ${seed}: ${output}${errors}`)
      const { early, terminated, exited, echoed } = JSON.parse(output)
      assert.equal(early + terminated + exited, 4 * rounds + 1)
      assert.ok(early + terminated > rounds / 2 && exited > rounds / 2 && echoed > 100, output)
    })

    it('process.exit() behind a result, with waits and a look-up pending', async () => {
      const busy = `
        const [x, y] = b.socketpair()
        const server = b.createServer({ host: '127.0.0.1', port: 0 })
        void server.accept(); void x.recv(1); void x.sendall(Buffer.alloc(1 << 22))
        void b.createConnection({ host: 'localhost', port: 1 }).catch(() => {})
        const [p, q] = b.socketpair()
        const u = b.socket(b.AF_INET, b.SOCK_DGRAM)
        void u.recvmsg(9, { flags: b.MSG_ERRQUEUE, controlSize: 99 }); void u.recvmsgInto([Buffer.alloc(9), Buffer.alloc(9)])
        const [v, w] = b.socketpair()
        void v.sendfile((await import('node:fs')).openSync(process.execPath)); void v.recv(9, { flags: b.MSG_WAITALL })
        w.sendFdsSync('x', [0, 1, 2]); globalThis.kept = v.dup().recvFdsSync(9, 3)
        process.on('exit', () => process.stdout.write('bye'))`
      await ends(
        engine,
        `${busy}\np.recv(1).then(() => process.exit(7)); setImmediate(() => q.send('x'))`,
        7,
        'bye',
      )
      await ends(
        engine,
        `${busy}\np.recv(1).then(() => process.nextTick(() => process.exit(7))); q.send('x')`,
        7,
        'bye',
      )
      await ends(engine, `${busy}\nprocess.exit(7)`, 7, 'bye')
    })

    it('exceptions are heard of as behind Node’s own sockets', async () => {
      const logs = await Promise.all(
        ['berkeley', 'node'].map((source) => run(engine, [script('./behind.js'), source, 'handled'])),
      )
      for (const { code, signal, errors } of logs)
        assert.deepEqual({ code, signal }, { code: 0, signal: null }, errors)
      const [own, node] = logs.map(({ output }) => JSON.parse(output) as string[])
      assert.deepEqual(own, node)
      for (const line of ['uncaughtException in a tick', 'unhandledRejection rejected', 'nothing wrong'])
        assert.ok(own?.includes(line), line)
    })

    it('unheard, they end the process as behind Node’s own', async () => {
      for (const what of ['reaction', 'tick', 'microtask', 'rejection', 'immediate']) {
        const [own, node] = await Promise.all(
          ['berkeley', 'node'].map((source) =>
            run(engine, [script('./behind.js'), source, 'unhandled', what]),
          ),
        )
        assert.deepEqual([own?.code, own?.signal, own?.output], [1, null, ''], `${what}: ${own?.errors}`)
        assert.deepEqual(
          [own?.code, own?.signal, own?.output],
          [node?.code, node?.signal, node?.output],
          what,
        )
        const thrown = node?.errors.match(/Error: .*/)?.[0]
        assert.equal(own?.errors.match(/Error: .*/)?.[0], thrown, what)
      }
    })

    it('in a thread they are its error', async () => {
      const thread = `
        const b = await import(${library})
        const [x, y] = b.socketpair()
        x.recv(1).then(() => process.nextTick(() => { throw new Error('in a tick') }))
        setImmediate(() => y.send('x'))`
      await ends(
        engine,
        `const { Worker } = await import('node:worker_threads')
         const [x, y] = b.socketpair()
         const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(thread)})))
         worker.on('error', (error) => process.stdout.write(error.message + ' '))
         worker.on('exit', async (code) => {
           await y.send('x')
           process.stdout.write(code + String(await x.recv(1)))
           x.close(); y.close()
         })`,
        0,
        'in a tick 1x',
      )
    })

    it('a thread that ends with descriptors received and reads of every kind waiting leaves nothing', async () => {
      const thread = `
        const b = await import(${library})
        const { parentPort } = await import('node:worker_threads')
        const { openSync } = await import('node:fs')
        const [x, y] = b.socketpair()
        for (let i = 0; i < 20; i++) y.sendFdsSync('x', [0, 0])
        globalThis.kept = Array.from({ length: 20 }, () => x.recvFdsSync(1, 2))
        const u = b.socket(b.AF_INET, b.SOCK_DGRAM)
        for (let i = 0; i < 20; i++) void u.recvmsg(9, { flags: b.MSG_ERRQUEUE })
        void x.recvmsgInto([Buffer.alloc(9)], { flags: b.MSG_WAITALL }); void x.sendmsg({ data: Buffer.alloc(1 << 22) })
        parentPort.postMessage(1)`
      await ends(
        engine,
        `const { Worker } = await import('node:worker_threads')
         const { once } = await import('node:events')
         const { readdirSync } = await import('node:fs')
         const count = () => readdirSync('/proc/self/fd').length
         const live = async () => {
           const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(thread)})))
           await once(worker, 'message')
           await worker.terminate()
         }
         await live()
         const before = count()
         for (let i = 0; i < 3; i++) await live()
         for (let i = 0; i < 500 && count() > before; i++) await new Promise((done) => setTimeout(done, 10))
         process.stdout.write(String(count() - before))`,
        0,
        '0',
      )
    })

    it('threads load the addon without opening a socket, one after the other, and then the main one', async () => {
      const load = (use: string): string => JSON.stringify(`const b = await import(${library})\n${use}`)
      const use = `
        const [x, y] = b.socketpair()
        setImmediate(() => y.sendall('x'))
        if (String(await x.recv(1)) !== 'x') throw new Error('not x')
        x.close(); y.close()`
      await ends(
        engine,
        `const { Worker } = await import('node:worker_threads')
         const { once } = await import('node:events')
         const ended = async (text) => {
           const [code] = await once(new Worker(new URL('data:text/javascript,' + encodeURIComponent(text))), 'exit')
           process.stdout.write(String(code))
         }
         for (const text of [${load('')}, ${load(use)}, ${load('')}, ${load(use)}]) await ended(text)
         await Promise.all([${load('')}, ${load(use)}, ${load(use)}].map(ended))
         ${use}`,
        0,
        '0000000',
      )
    })

    it('the event loop ends when nothing is pending', async () => {
      // Importing starts nothing; idle sockets and what is unreferenced keep nothing alive; neither does a wait that is over.
      await ends(engine, '')
      await ends(engine, `b.createServer({ host: '127.0.0.1', port: 0 }); b.socketpair()`)
      await ends(engine, `const [x] = b.socketpair(); x.unref(); void x.recv(1).then(() => process.exit(9))`)
      await ends(engine, `const [x] = b.socketpair(); void x.recv(1); x.unref()`)
      await ends(
        engine,
        `const [x, y] = b.socketpair()
         setImmediate(() => y.send('x'))
         await x.recv(1)
         const more = x.recv(1).catch((error) => process.stdout.write(error.code))
         setImmediate(() => x.close())
         await more`,
        0,
        'ECANCELED',
      )
    })

    it('the calls of the engine answer EINVAL before the first socket', async () => {
      await ends(
        engine,
        `const { native } = await import(${binding})
         process.stdout.write([native.engineRef(1), native.engineForget(0), native.engineWatch(0, 0, 0, 0, 0),
           native.engineSlots(new Int32Array(8))].join())`,
        0,
        '-22,-22,-22,-22',
      )
    })
  })
