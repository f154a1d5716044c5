/** TCP_REPAIR: taking a connection's state out of the kernel and into another, as CRIU does. Needs CAP_NET_ADMIN. */
import * as k from '../kernel.js'
import {
  bytesOf,
  getUint,
  int,
  integer,
  type Option,
  object,
  option,
  setUint,
  uint,
  viewOf,
  type Writable,
  writable,
} from './option.js'

const TCP = k.IPPROTO_TCP
const { tcp_repair_opt, tcp_repair_window, tcp_ao_repair } = k.layouts

/** TCP_REPAIR_ON, TCP_REPAIR_OFF, and TCP_REPAIR_OFF_NO_WP, which sends no window probe. */
export const TCP_REPAIR: Option<number> = option(TCP, k.TCP_REPAIR, 'TCP_REPAIR', int)
/** Which queue send, recv and TCP_QUEUE_SEQ are about: TCP_RECV_QUEUE, TCP_SEND_QUEUE, TCP_NO_QUEUE. */
export const TCP_REPAIR_QUEUE: Option<number> = option(TCP, k.TCP_REPAIR_QUEUE, 'TCP_REPAIR_QUEUE', int)
/** The queue's sequence number; set before the connection. */
export const TCP_QUEUE_SEQ: Option<number> = option(TCP, k.TCP_QUEUE_SEQ, 'TCP_QUEUE_SEQ', uint)
/** The clock of the timestamp option; set in repair. */
export const TCP_TIMESTAMP: Option<number> = option(TCP, k.TCP_TIMESTAMP, 'TCP_TIMESTAMP', uint)

/** struct tcp_repair_opt: an option of TCP that was negotiated (2 is the segment size, 3 the window scales, 4 SACK, 8 timestamps). */
export interface RepairOption {
  readonly code: number
  readonly val?: number | undefined
}

/** What was negotiated. */
export const TCP_REPAIR_OPTIONS: Writable<readonly RepairOption[]> = writable(
  TCP,
  k.TCP_REPAIR_OPTIONS,
  'TCP_REPAIR_OPTIONS',
  {
    encode: (options) => {
      if (!Array.isArray(options)) throw new TypeError(`expected an array of options, not ${String(options)}`)
      const {
        size,
        fields: { opt_code, opt_val },
      } = tcp_repair_opt
      return bytesOf(size * options.length, (view) => {
        options.forEach((each: RepairOption, i) => {
          const { code, val = 0 } = object(each, '{ code, val? }')
          setUint(view, [size * i + opt_code[0], 4], code)
          setUint(view, [size * i + opt_val[0], 4], val)
        })
      })
    },
  },
)

/** struct tcp_repair_window. */
export interface RepairWindow {
  readonly sndWl1: number
  readonly sndWnd: number
  readonly maxWindow: number
  readonly rcvWnd: number
  readonly rcvWup: number
}

/** The windows, in repair. */
export const TCP_REPAIR_WINDOW: Option<RepairWindow> = option(TCP, k.TCP_REPAIR_WINDOW, 'TCP_REPAIR_WINDOW', {
  size: tcp_repair_window.size,
  decode: (bytes) => {
    const view = viewOf(bytes, tcp_repair_window.size, 'tcp_repair_window')
    const { snd_wl1, snd_wnd, max_window, rcv_wnd, rcv_wup } = tcp_repair_window.fields
    return {
      sndWl1: getUint(view, snd_wl1),
      sndWnd: getUint(view, snd_wnd),
      maxWindow: getUint(view, max_window),
      rcvWnd: getUint(view, rcv_wnd),
      rcvWup: getUint(view, rcv_wup),
    }
  },
  encode: (value) => {
    const { sndWl1, sndWnd, maxWindow, rcvWnd, rcvWup } = object(
      value,
      'the five fields of tcp_repair_window',
    )
    const { snd_wl1, snd_wnd, max_window, rcv_wnd, rcv_wup } = tcp_repair_window.fields
    return bytesOf(tcp_repair_window.size, (view) => {
      setUint(view, snd_wl1, sndWl1)
      setUint(view, snd_wnd, sndWnd)
      setUint(view, max_window, maxWindow)
      setUint(view, rcv_wnd, rcvWnd)
      setUint(view, rcv_wup, rcvWup)
    })
  },
})

/** struct tcp_ao_repair: initial sequence numbers and the extensions of sequence numbers, RFC 5925 §6.2. */
export interface AoRepair {
  readonly sntIsn: number
  readonly rcvIsn: number
  readonly sndSne: number
  readonly rcvSne: number
}

/** The state of TCP-AO, in repair. Linux 6.8, where the kernel has TCP-AO. */
export const TCP_AO_REPAIR: Option<AoRepair> = option(TCP, k.TCP_AO_REPAIR, 'TCP_AO_REPAIR', {
  size: tcp_ao_repair.size,
  decode: (bytes) => {
    const view = viewOf(bytes, tcp_ao_repair.size, 'tcp_ao_repair')
    const { snt_isn, rcv_isn, snd_sne, rcv_sne } = tcp_ao_repair.fields
    return {
      sntIsn: view.getUint32(snt_isn[0]),
      rcvIsn: view.getUint32(rcv_isn[0]),
      sndSne: getUint(view, snd_sne),
      rcvSne: getUint(view, rcv_sne),
    }
  },
  encode: (value) => {
    const { sntIsn, rcvIsn, sndSne, rcvSne } = object(value, '{ sntIsn, rcvIsn, sndSne, rcvSne }')
    const { snt_isn, rcv_isn, snd_sne, rcv_sne } = tcp_ao_repair.fields
    return bytesOf(tcp_ao_repair.size, (view) => {
      view.setUint32(snt_isn[0], integer(sntIsn, 0, 0xffffffff))
      view.setUint32(rcv_isn[0], integer(rcvIsn, 0, 0xffffffff))
      setUint(view, snd_sne, sndSne)
      setUint(view, rcv_sne, rcvSne)
    })
  },
})
