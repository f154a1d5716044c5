/** SOL_RDS. What comes of them is in test/vm/rds.test.ts. */
import assert from 'node:assert/strict'
import * as b from 'berkeley'
import { refuses, type Trial, tried, trip, unreadable } from './trial.js'

const peer = { host: '127.0.0.1', port: 9 }

export const trials: Readonly<Record<string, Trial>> = {
  RDS_RECVERR: trip('rds', b.RDS_RECVERR, true),
  RDS_CONG_MONITOR: tried('rds', (made) => {
    for (const on of [true, false]) made.setsockopt(b.RDS_CONG_MONITOR, on)
    unreadable(made, b.RDS_CONG_MONITOR)
  }),
  RDS_CANCEL_SENT_TO: tried('rds', (made) => {
    refuses(() => made.setsockopt(b.RDS_CANCEL_SENT_TO, peer), 'ENOTCONN')
    made.bind({ host: '127.0.0.1', port: 0 })
    made.setsockopt(b.RDS_CANCEL_SENT_TO, peer)
    refuses(() => made.setsockopt(b.SOL_RDS, b.RDS_CANCEL_SENT_TO, 5), 'EINVAL')
  }),
  SO_RDS_TRANSPORT: tried('rds', (made) => {
    assert.equal(made.getsockopt(b.SO_RDS_TRANSPORT), b.RDS_TRANS_NONE)
    made.setsockopt(b.SO_RDS_TRANSPORT, b.RDS_TRANS_TCP)
    assert.equal(made.getsockopt(b.SO_RDS_TRANSPORT), b.RDS_TRANS_TCP)
    refuses(() => made.setsockopt(b.SO_RDS_TRANSPORT, b.RDS_TRANS_TCP), 'EOPNOTSUPP')
  }),
  SO_RDS_MSG_RXPATH_LATENCY: tried('rds', (made) => {
    made.setsockopt(b.SO_RDS_MSG_RXPATH_LATENCY, [b.RDS_MSG_RX_DGRAM_DELIVERED])
    refuses(
      () => made.setsockopt(b.SOL_RDS, b.SO_RDS_MSG_RXPATH_LATENCY, Uint8Array.of(1, 9, 0, 0)),
      'EFAULT',
    )
    unreadable(made, b.SO_RDS_MSG_RXPATH_LATENCY)
  }),
}
