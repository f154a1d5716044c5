/** Code of tests that runs beside them, in a thread or in a process, while this one blocks. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, readdirSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

const library = import.meta.resolve('berkeley')

/** A worker that runs `script`, with the library as `b` and `workerData`; `say` posts, `rest` sleeps. */
export function worker(script: string, workerData?: unknown): Worker {
  const text = `
    import { parentPort, workerData } from 'node:worker_threads'
    const b = await import(${JSON.stringify(library)})
    const say = (value) => parentPort.postMessage(value)
    const rest = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
    ${script}`
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(text)}`), { workerData })
}

export const heard = async (from: Worker): Promise<unknown> => (await once(from, 'message'))[0]

export interface Peer {
  readonly child: ChildProcess
  /** What it printed, once it has ended well. */
  readonly printed: Promise<string>
}

/** python3 with these descriptors as 3, 4 and so on: they are its own from now on. It ends within 30 s. */
export function python(script: string, ...fds: readonly number[]): Peer {
  const child = spawn('python3', ['-I', '-c', `import array, os, socket, sys, time\n${script}`], {
    stdio: ['ignore', 'pipe', 'inherit', ...fds],
    timeout: 30_000,
  })
  for (const fd of fds) closeSync(fd)
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk) => (text += chunk))
  const printed = once(child, 'close').then(([code, signal]) => {
    if (code !== 0) throw new Error(`python3 ended with ${code ?? signal}`)
    return text.trim()
  })
  return { child, printed }
}

/** How many descriptors this process has open. */
export const descriptors = (): number => readdirSync('/proc/self/fd').length
