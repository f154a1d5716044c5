/** Compiled, never run: which control messages can be sent, which come, and what is in them. */

import type { Inet6Address, InetAddress } from 'berkeley'
import type {
  ControlData,
  ControlOut,
  Credentials,
  ExtendedError,
  PathMtu,
  Pktinfo,
  PktinfoOut,
  Timestamping,
  TimestampingPktinfo,
  TipcDestname,
  TipcErrinfo,
} from '#data/control/control.js'
import { decodeControl, type descriptorsIn, encodeControl } from '#data/control/control.js'
import type { Same } from './addresses.js'

declare const number: number

type Sent = ControlOut['kind']
type Received = ControlData['kind']
/** The value of a kind. */
type Value<M, K> = Extract<M, { kind: K }> extends { value: infer T } ? T : never

export function kinds(): void {
  type Both =
    | 'rights'
    | 'credentials'
    | 'mark'
    | 'priority'
    | 'pktinfo'
    | 'ttl'
    | 'tos'
    | 'ipOptions'
    | 'unknown'
  type Both6 = 'flowinfo' | 'hopopts' | 'dstopts' | 'rthdr'
  type OnlySent =
    | 'timestampingFlags'
    | 'timestampingOptId'
    | 'txtime'
    | 'protocol'
    | 'rthdrdstopts'
    | 'dontfrag'
  type OnlyReceived =
    | 'pidfd'
    | 'security'
    | 'timestamp'
    | 'inq'
    | 'timestampingStats'
    | 'devmemDmabuf'
    | 'devmemLinear'
    | 'timestamping'
    | 'timestampingPktinfo'
    | 'rxqOvfl'
  type OnlyReceivedIp = 'wifiStatus' | 'origdstaddr' | 'recverr' | 'fragsize' | 'checksum' | 'pathmtu'
  type OnlyReceivedLink = 'netlinkPktinfo' | 'nsid' | 'auxdata'
  type OnlyReceivedCan = 'j1939DestAddr' | 'j1939DestName' | 'j1939Prio'
  type OnlyReceivedTipc = 'tipcErrinfo' | 'tipcRetdata' | 'tipcDestname'
  type Alg = 'algOp' | 'algIv' | 'algAssoclen'
  type SctpSent =
    | 'sctpInit'
    | 'sctpSndinfo'
    | 'sctpPrinfo'
    | 'sctpAuthinfo'
    | 'sctpDstaddrv4'
    | 'sctpDstaddrv6'
  type SctpReceived = 'sctpRcvinfo' | 'sctpNxtinfo'
  true satisfies Same<
    Sent,
    Both | Both6 | OnlySent | 'udpSegment' | Alg | SctpSent | 'sctpSndrcv' | 'rdsZcopyCookie'
  >
  type Families = OnlyReceivedLink | OnlyReceivedCan | OnlyReceivedTipc | SctpReceived | 'sctpSndrcv'
  type OnlyReceivedRds = 'rdsCongUpdate' | 'rdsLatency' | 'rdsZcopyCompletion'
  type Others = OnlyReceivedRds | Families | 'udpGro' | 'tcpInq'
  true satisfies Same<Received, Both | Both6 | OnlyReceived | OnlyReceivedIp | Others>
}

export function values(): void {
  true satisfies Same<Value<ControlOut, 'rights'>, readonly number[]>
  true satisfies Same<Value<ControlData, 'rights'>, readonly number[]>
  true satisfies Same<Value<ControlData, 'credentials'>, Credentials>
  true satisfies Same<Value<ControlData, 'pidfd'>, number>
  true satisfies Same<Value<ControlData, 'timestamp'>, bigint>
  true satisfies Same<Value<ControlData, 'timestamping'>, Timestamping>
  true satisfies Same<Value<ControlData, 'timestampingPktinfo'>, TimestampingPktinfo>
  true satisfies Same<Value<ControlOut, 'txtime'>, bigint>
  true satisfies Same<Value<ControlOut, 'pktinfo'>, PktinfoOut>
  true satisfies Same<Value<ControlData, 'pktinfo'>, Pktinfo>
  true satisfies Same<Value<ControlData, 'ttl'>, number>
  true satisfies Same<Value<ControlOut, 'dontfrag'>, boolean>
  true satisfies Same<Value<ControlData, 'origdstaddr'>, InetAddress | Inet6Address>
  true satisfies Same<Value<ControlData, 'recverr'>, ExtendedError>
  true satisfies Same<Value<ControlData, 'pathmtu'>, PathMtu>
  true satisfies Same<Value<ControlData, 'wifiStatus'>, boolean>
  true satisfies Same<Value<ControlData, 'j1939DestName'>, bigint>
  true satisfies Same<Value<ControlData, 'tipcErrinfo'>, TipcErrinfo>
  true satisfies Same<Value<ControlData, 'tipcDestname'>, TipcDestname>
}

export function sending(received: readonly ControlData[]): void {
  encodeControl(2, [])
  encodeControl(1, [{ kind: 'rights', value: [1, 2] }])
  encodeControl(1, [{ kind: 'credentials', value: { pid: 1, uid: 0, gid: 0 } }])
  encodeControl(2, [{ kind: 'pktinfo', value: {} }])
  encodeControl(2, [{ kind: 'pktinfo', value: { local: '127.0.0.1', ifindex: undefined } }])
  encodeControl(2, [{ kind: 'unknown', level: 1, type: 2, data: new Uint8Array(1) }])
  // The answer goes out where the question came in.
  for (const message of received) if (message.kind === 'pktinfo') encodeControl(2, [message])

  // @ts-expect-error a pidfd only comes
  encodeControl(1, [{ kind: 'pidfd', value: 3 }])
  // @ts-expect-error the kernel alone says when
  encodeControl(2, [{ kind: 'timestamp', value: 1n }])
  // @ts-expect-error times only come
  encodeControl(2, [{ kind: 'timestamping', value: { software: 1n, hardware: null } }])
  // @ts-expect-error the kernel counts the drops
  encodeControl(2, [{ kind: 'rxqOvfl', value: 1 }])
  // @ts-expect-error errors only come
  encodeControl(2, [{ kind: 'recverr', value: { errno: 1 } }])
  // @ts-expect-error the label is the sender's own
  encodeControl(1, [{ kind: 'security', value: new Uint8Array(1) }])
  // @ts-expect-error what came together; udpSegment goes out
  encodeControl(2, [{ kind: 'udpGro', value: 1 }])
  // @ts-expect-error what waits is told, not said
  encodeControl(2, [{ kind: 'tcpInq', value: 1 }])
  // @ts-expect-error the destination is sendmsg's address
  encodeControl(2, [{ kind: 'pktinfo', value: { destination: '127.0.0.1' } }])
  // @ts-expect-error no such kind
  encodeControl(2, [{ kind: 'hoplimit', value: 1 }])
  // @ts-expect-error a number
  encodeControl(2, [{ kind: 'ttl', value: '1' }])
  // @ts-expect-error a bigint
  encodeControl(2, [{ kind: 'txtime', value: 1 }])
  // @ts-expect-error a list
  encodeControl(1, [{ kind: 'rights', value: 1 }])
  // @ts-expect-error who?
  encodeControl(1, [{ kind: 'credentials', value: { pid: 1 } }])
  // @ts-expect-error bytes that no codec knows are data
  encodeControl(1, [{ kind: 'unknown', value: new Uint8Array(1) }])
  // @ts-expect-error a value is wanting
  encodeControl(1, [{ kind: 'ttl' }])
  // @ts-expect-error what came may be of a kind that cannot be sent
  encodeControl(2, received)
}

export function receiving(): void {
  const messages = decodeControl(new Uint8Array(0))
  true satisfies Same<typeof messages, ControlData[]>
  true satisfies Same<ReturnType<typeof descriptorsIn>, number[]>
  for (const message of messages)
    switch (message.kind) {
      case 'rights':
        true satisfies Same<typeof message.value, readonly number[]>
        // @ts-expect-error what came is for reading
        message.value = []
        break
      case 'pktinfo':
        message.value.destination satisfies string
        // @ts-expect-error what came is for reading
        message.value.ifindex = number
        break
      case 'unknown':
        message.data satisfies Uint8Array
        // @ts-expect-error nobody knows its value
        message.value
        break
      // @ts-expect-error only sent
      case 'txtime':
        break
      // @ts-expect-error only sent
      case 'udpSegment':
        break
    }
  // @ts-expect-error which kind it is has to be asked first
  messages[0]?.value
}
