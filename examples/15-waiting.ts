/** 15: recv with nothing to read, three ways: waiting, not waiting, and waiting for so long at most. */
import { inspect } from 'node:util'
import { type SystemError, socketpair } from 'berkeley'

// Two sockets, connected to each other: what one sends, the other receives.
const [ours, theirs] = socketpair()

/** Makes a call, and shows how it ended, and whether other work of this program went on meanwhile. */
async function show(what: string, call: () => Promise<Buffer>): Promise<void> {
  let others = 0
  const otherWork = setInterval(() => others++, 10)
  const begin = performance.now()
  const result = await call().then(
    (bytes) => inspect(`${bytes}`),
    (error: SystemError) => error.code,
  )
  const ms = (performance.now() - begin).toFixed(1)
  clearInterval(otherWork)
  console.log(`${what}: ${result} after ${ms} ms, other work went on: ${others > 0 ? 'yes' : 'no'}`)
}

// As every socket begins: the call waits for as long as it takes. `await` parks this function only, so the timer runs
// that sends what we wait for.
setTimeout(() => theirs.send('hello'), 100)
await show('waiting', () => ours.recv(100))

// Non-blocking: a call that would have to wait fails at once, and whoever made it tries again later. Programs in C build
// their event loops from this. Here the library does that inside, and it is for asking whether there is something.
ours.setblocking(false) // the same as settimeout(0)
await show('non-blocking', () => ours.recv(100))
await theirs.send('hello')
await show('non-blocking, bytes there', () => ours.recv(100))

// Timed: a call waits for so many milliseconds at most. Nothing is lost by it: what comes later is there for the next.
ours.settimeout(100)
await show('timed', () => ours.recv(100))
await theirs.send('hello')
await show('timed, bytes there', () => ours.recv(100))

// The descriptor below is a non-blocking one in all cases. The limit is the library's, as it is Python's.
ours.close()
theirs.close()

// Try it:
//   node build/examples/15-waiting.js
