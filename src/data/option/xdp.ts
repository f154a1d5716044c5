/** SOL_XDP: the kernel's Documentation/networking/af_xdp.rst. Without the rings and their memory. */
import * as k from '../kernel.js'
import { getUint, type Readable, readable, uint, viewOf } from './option.js'

const SOL = k.SOL_XDP
const { size, fields } = k.layouts.xdp_statistics

/** Counts of packets and descriptors. */
export interface XdpStatistics {
  /** Packets dropped for other reasons than those below. */
  readonly rxDropped: number
  readonly rxInvalidDescs: number
  readonly txInvalidDescs: number
  readonly rxRingFull: number
  /** Times that the fill ring, and the ring to send, had no descriptor. */
  readonly rxFillRingEmptyDescs: number
  readonly txRingEmptyDescs: number
}

/** What did not come through. */
export const XDP_STATISTICS: Readable<XdpStatistics> = readable(SOL, k.XDP_STATISTICS, 'XDP_STATISTICS', {
  size,
  decode: (bytes) => {
    const view = viewOf(bytes, size, 'xdp_statistics')
    return {
      rxDropped: getUint(view, fields.rx_dropped),
      rxInvalidDescs: getUint(view, fields.rx_invalid_descs),
      txInvalidDescs: getUint(view, fields.tx_invalid_descs),
      rxRingFull: getUint(view, fields.rx_ring_full),
      rxFillRingEmptyDescs: getUint(view, fields.rx_fill_ring_empty_descs),
      txRingEmptyDescs: getUint(view, fields.tx_ring_empty_descs),
    }
  },
})
/** XDP_OPTIONS_ZEROCOPY, where the device's driver shares the memory. */
export const XDP_OPTIONS: Readable<number> = readable(SOL, k.XDP_OPTIONS, 'XDP_OPTIONS', uint)
