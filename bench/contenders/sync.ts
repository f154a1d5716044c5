/** Ours, blocking: `sendallSync`, `recvSync`. */
import { berkeley } from './subject.js'
import { measuredSync, more, PERIOD, pattern, perform, task } from './task.js'

function roundtrip(): void {
  const socket = berkeley.createConnectionSync({ host: '127.0.0.1', port: task.port })
  socket.setsockopt(berkeley.TCP_NODELAY, true)
  const { size } = task
  measuredSync((phase) => {
    let n = 0
    for (; more(phase, n); n++) {
      const message = pattern.subarray(n % PERIOD, (n % PERIOD) + size)
      socket.sendallSync(message)
      let answer = socket.recvSync(size)
      while (answer.length < size) answer = Buffer.concat([answer, socket.recvSync(size - answer.length)])
      if (!answer.equals(message)) throw new Error('wrong bytes')
    }
    return n
  })
}

await perform({ roundtrip })
