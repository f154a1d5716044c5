/** Ours, many datagrams at once: `recvmmsg` and `sendmmsg`; by=segments has the kernel put them together. */
import type { Address } from 'berkeley'
import { berkeley, bound, connectedToPeer } from './subject.js'
import { count, datagrams, measured, more, PERIOD, perform, task } from './task.js'

const { AF_INET, AF_UNIX, ReceiveBatch, SendBatch, UDP_GRO } = berkeley
const gro = task.by === 'segments'

function receiver() {
  const socket = bound((made) => {
    if (gro) made.setsockopt(UDP_GRO, true)
  })
  const size = gro ? 65535 : task.size + 1
  return { socket, batch: new ReceiveBatch<Address>({ messages: gro ? 8 : 64, size, gro }) }
}

async function receive(): Promise<void> {
  const { socket, batch } = receiver()
  for (;;) {
    await socket.recvmmsg(batch)
    for (let i = 0; i < batch.length; i++) count(batch.bytes, batch.offset(i), batch.size(i))
  }
}

async function echo(): Promise<void> {
  const { socket, batch } = receiver()
  const family = task.kind === 'udp' ? AF_INET : AF_UNIX
  const answers = new SendBatch<Address>(family as never, { messages: 1024 })
  for (;;) {
    await socket.recvmmsg(batch)
    answers.clear()
    for (let i = 0; i < batch.length; i++) {
      const peer = batch.address(i)
      if (peer === null || answers.add(batch.view(i), peer)) continue
      await socket.sendmmsg(answers)
      answers.clear()
      answers.add(batch.view(i), peer)
    }
    await socket.sendmmsg(answers)
  }
}

async function send(): Promise<void> {
  const socket = await connectedToPeer()
  const batch = new SendBatch<Address>(AF_INET as never, { messages: 64 })
  await measured(async (phase) => {
    let n = 0
    while (more(phase, n)) {
      batch.clear()
      while (batch.add(datagrams[n % PERIOD] as Buffer)) n++
      await socket.sendmmsg(batch)
    }
    return n
  })
}

await perform({ echo, receive, send })
