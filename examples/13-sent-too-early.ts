/** 13: a datagram that is sent before its receiver exists does not wait for it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AF_INET, AF_UNIX, SOCK_DGRAM, type SystemError, socket } from 'berkeley'

const code = (error: SystemError): string => error.code

// A port that is free: the kernel finds one for a socket that is closed again.
const probe = socket(AF_INET, SOCK_DGRAM)
probe.bind({ host: '127.0.0.1', port: 0 })
const address = probe.getsockname()
probe.close()

using sender = socket(AF_INET, SOCK_DGRAM)
console.log(`udp, no receiver: ${await sender.sendto('too early', address)} bytes sent`)
using receiver = socket(AF_INET, SOCK_DGRAM)
receiver.bind(address)
receiver.settimeout(200)
// Queues belong to sockets. There was none, so the datagram was thrown away, and the sender does not know.
console.log(`udp, the receiver comes: recv ${await receiver.recv(100).catch(code)}`)
await sender.sendto('in time', address)
console.log(`udp, sent once more: recv '${await receiver.recv(100)}'`)

// Unix datagrams do not leave the machine: the kernel looks for the receiver while we call, and tells what it finds.
const folder = mkdtempSync(join(tmpdir(), 'berkeley-13-'))
const place = { path: join(folder, 'socket') }
using local = socket(AF_UNIX, SOCK_DGRAM)
console.log(`unix, no such file: sendto ${await local.sendto('too early', place).catch(code)}`)
const past = socket(AF_UNIX, SOCK_DGRAM)
past.bind(place)
past.close()
console.log(`unix, a file whose socket has gone: sendto ${await local.sendto('too late', place).catch(code)}`)
// The file that bind made outlives the socket, and is in the way of the next bind.
rmSync(place.path)
using present = socket(AF_UNIX, SOCK_DGRAM)
present.bind(place)
await local.sendto('in time', place)
console.log(`unix, the receiver is there: recv '${await present.recv(100)}'`)
rmSync(folder, { recursive: true })

// Try it:
//   node build/examples/13-sent-too-early.js
