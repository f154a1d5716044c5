/** 15: recv with nothing to read, four ways: awaited, blocking, non-blocking, and with a limit of time. */
import { spawn } from 'node:child_process'
import { inspect } from 'node:util'
import { type SystemError, socketpair } from 'berkeley'

// Two sockets, connected to each other: what one sends, the other receives.
const [ours, theirs] = socketpair()

/** Makes a call, and shows how it ended, and whether other work of this program went on meanwhile. */
async function show(what: string, call: () => Buffer | Promise<Buffer>): Promise<void> {
  let others = 0
  const otherWork = setInterval(() => others++, 10)
  const begin = performance.now()
  let result: string
  try {
    result = inspect(`${await call()}`)
  } catch (error) {
    result = (error as SystemError).code
  }
  const ms = (performance.now() - begin).toFixed(1)
  clearInterval(otherWork)
  console.log(`${what}: ${result} after ${ms} ms, other work went on: ${others > 0 ? 'yes' : 'no'}`)
}

// Awaited: it waits for as long as it takes, but only this function does. So the timer runs, and sends what we wait
// for.
setTimeout(() => theirs.send('hello'), 100)
await show('awaited', () => ours.recv(100))

// Blocking: the whole thread waits, as it does in C and Python. That timer would not run, and we would wait for ever:
// who sends must be elsewhere. A socket is a descriptor like a file, so it can be what another process writes to.
spawn('sh', ['-c', 'sleep 0.1; printf hello'], { stdio: ['ignore', theirs.fileno(), 'inherit'] })
await show('blocking', () => ours.recvSync(100))

// Non-blocking: a call that would have to wait fails at once, and whoever made it tries again later. Programs in C build
// event loops from this. Here the library does so inside, and it is for asking whether there is something.
ours.setblocking(false) // the same as settimeout(0)
await show('non-blocking', () => ours.recv(100))
await theirs.send('hello')
await show('non-blocking, bytes there', () => ours.recv(100))

// Timed: it waits for so many milliseconds at most, awaited or blocking. What comes later is there for the next call.
ours.settimeout(100)
await show('timed', () => ours.recv(100))
await show('timed and blocking', () => ours.recvSync(100))
await theirs.send('hello')
await show('timed, bytes there', () => ours.recv(100))

ours.close()
theirs.close()

// Try it:
//   node build/examples/15-blocking-or-not.js
