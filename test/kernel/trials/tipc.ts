/** SOL_TIPC. */
import assert from 'node:assert/strict'
import * as b from 'berkeley'
import { type AnySocket, refuses, type Trial, tried, trip } from './trial.js'

/** What can only be set, and only without a value. */
const acts = (row: b.Writable<true>): Trial =>
  tried('tipc', (made) => {
    made.setsockopt(row, true)
    refuses(() => made.setsockopt(row.level, row, 1), 'EINVAL')
  })

/** A message to itself waits to be received. */
async function queued(made: AnySocket): Promise<void> {
  await (made as b.Socket<b.TipcAddress>).sendto('hello', made.getsockname() as b.TipcAddress)
}

const counts = (row: b.Readable<number>): Trial =>
  tried('tipc', async (made) => {
    assert.equal(made.getsockopt(row), 0)
    await queued(made)
    const count = made.getsockopt(row)
    assert.ok(row === b.TIPC_SOCK_RECVQ_DEPTH ? count === 1 : count > 5, String(count))
    await made.recv(10)
    assert.equal(made.getsockopt(row), 0)
    refuses(() => made.setsockopt(row.level, row, 1), 'EINVAL')
  })

const group = { type: 18888, instance: 17, scope: b.TIPC_NODE_SCOPE }

export const trials: Readonly<Record<string, Trial>> = {
  TIPC_IMPORTANCE: tried('tipc', (made) => {
    assert.equal(made.getsockopt(b.TIPC_IMPORTANCE), b.TIPC_LOW_IMPORTANCE)
    made.setsockopt(b.TIPC_IMPORTANCE, b.TIPC_CRITICAL_IMPORTANCE)
    assert.equal(made.getsockopt(b.TIPC_IMPORTANCE), b.TIPC_CRITICAL_IMPORTANCE)
    refuses(() => made.setsockopt(b.TIPC_IMPORTANCE, b.TIPC_CRITICAL_IMPORTANCE + 1), 'EINVAL')
  }),
  TIPC_SRC_DROPPABLE: trip('tipc', b.TIPC_SRC_DROPPABLE, true),
  TIPC_DEST_DROPPABLE: trip('tipc', b.TIPC_DEST_DROPPABLE, false),
  TIPC_CONN_TIMEOUT: trip('tipc', b.TIPC_CONN_TIMEOUT, 500),
  TIPC_NODE_RECVQ_DEPTH: tried('tipc', async (made) => {
    await queued(made)
    assert.equal(made.getsockopt(b.TIPC_NODE_RECVQ_DEPTH), 0)
  }),
  TIPC_SOCK_RECVQ_DEPTH: counts(b.TIPC_SOCK_RECVQ_DEPTH),
  TIPC_SOCK_RECVQ_USED: counts(b.TIPC_SOCK_RECVQ_USED),
  TIPC_MCAST_BROADCAST: acts(b.TIPC_MCAST_BROADCAST),
  TIPC_MCAST_REPLICAST: acts(b.TIPC_MCAST_REPLICAST),
  TIPC_GROUP_JOIN: tried('tipc', (made) => {
    assert.equal(made.getsockopt(b.TIPC_GROUP_JOIN), 0)
    made.setsockopt(b.TIPC_GROUP_JOIN, group)
    assert.equal(made.getsockopt(b.TIPC_GROUP_JOIN), 18888)
    refuses(() => made.setsockopt(b.TIPC_GROUP_JOIN, { ...group, type: b.TIPC_TOP_SRV }), 'EACCES')
  }),
  TIPC_GROUP_LEAVE: tried('tipc', (made) => {
    refuses(() => made.setsockopt(b.TIPC_GROUP_LEAVE, true), 'EINVAL')
    made.setsockopt(b.TIPC_GROUP_JOIN, group)
    made.setsockopt(b.TIPC_GROUP_LEAVE, true)
    assert.equal(made.getsockopt(b.TIPC_GROUP_JOIN), 0)
  }),
  TIPC_NODELAY: tried('tipcStream', (made) => {
    for (const on of [true, false]) made.setsockopt(b.TIPC_NODELAY, on)
    refuses(() => made.getsockopt(b.SOL_TIPC, b.TIPC_NODELAY), 'EINVAL')
  }),
}
