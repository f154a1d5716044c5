/** SOL_PACKET: packet(7). Every export is a row. */
import * as k from '../kernel.js'
import { getUint } from '../option/option.js'
import { exactly, type Receivable, receivable } from './message.js'
import { type ExtendedError, errorAlone } from './recverr.js'

const { size, fields } = k.layouts.tpacket_auxdata

/** struct tpacket_auxdata: what the kernel knows of a packet beside its bytes. */
export interface PacketAuxdata {
  /** TP_STATUS_*: whether the checksum was looked at, and whether the VLAN fields mean anything (TP_STATUS_VLAN_VALID). */
  readonly status: number
  /** Bytes on the wire, and those that the filter left of them. */
  readonly len: number
  readonly snaplen: number
  /** Where the link's and the network's header begin. */
  readonly mac: number
  readonly net: number
  /** The tag that was taken out: priority and number, and its protocol (ETH_P_8021Q) with TP_STATUS_VLAN_TPID_VALID. */
  readonly vlanTci: number
  readonly vlanTpid: number
}

export const PACKET_AUXDATA: Receivable<'auxdata', PacketAuxdata> = receivable(
  'auxdata',
  k.SOL_PACKET,
  k.PACKET_AUXDATA,
  {
    decode: (data) => {
      const view = exactly(data, size, 'tpacket_auxdata')
      return {
        status: getUint(view, fields.tp_status),
        len: getUint(view, fields.tp_len),
        snaplen: getUint(view, fields.tp_snaplen),
        mac: getUint(view, fields.tp_mac),
        net: getUint(view, fields.tp_net),
        vlanTci: getUint(view, fields.tp_vlan_tci),
        vlanTpid: getUint(view, fields.tp_vlan_tpid),
      }
    },
  },
)

/** The time of what was sent (SO_TIMESTAMPING), in the error queue. */
export const PACKET_TX_TIMESTAMP: Receivable<'recverr', ExtendedError> = receivable(
  'recverr',
  k.SOL_PACKET,
  k.PACKET_TX_TIMESTAMP,
  errorAlone,
)
