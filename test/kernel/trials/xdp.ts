/** SOL_XDP. */
import assert from 'node:assert/strict'
import * as b from 'berkeley'
import { reads, type Trial } from './trial.js'

export const trials: Readonly<Record<string, Trial>> = {
  XDP_STATISTICS: reads('xdp', b.XDP_STATISTICS, (value) =>
    assert.deepEqual(value, {
      ...{ rxDropped: 0, rxInvalidDescs: 0, txInvalidDescs: 0, rxRingFull: 0 },
      ...{ rxFillRingEmptyDescs: 0, txRingEmptyDescs: 0 },
    }),
  ),
  XDP_OPTIONS: reads('xdp', b.XDP_OPTIONS, (value) => assert.equal(value, 0)),
}
