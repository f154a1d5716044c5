/** IPPROTO_SCTP. */
import assert from 'node:assert/strict'
import * as b from 'berkeley'
import { type AnySocket, type Own, type Place, refuses, type Trial, tried } from './trial.js'

const missing = {
  missing: [['EPROTONOSUPPORT', 'ESOCKTNOSUPPORT', 'ENOPROTOOPT'], 'SCTP, or this option of it'],
} as const

type Assoc<T> = b.StructOption<T>

const on = (place: Place, act: Trial['act']): Trial => tried(place, act, missing)

/** A plain value that is set and read again. */
const plain = <T>(row: b.Option<T>, value: NoInfer<T>, place: Place = 'sctp'): Trial =>
  on(place, (made) => {
    assert.notDeepEqual(made.getsockopt(row), value, 'it is so at first')
    made.setsockopt(row, value)
    assert.deepEqual(made.getsockopt(row), value)
  })

/** A struct of which these fields are set; the others stay. */
function fields<T extends object>(row: Assoc<T>, value: b.Partly<T>, question?: b.Partly<T>): Trial {
  return on('sctp', (made) => {
    const read = (): T => (question === undefined ? made.getsockopt(row) : made.getsockopt(row, question))
    const before = read()
    assert.notDeepEqual(before, { ...before, ...value }, 'it is so at first')
    made.setsockopt(row, value)
    assert.deepEqual(read(), { ...before, ...value })
  })
}

const value = (row: Assoc<b.SctpAssocValue>, assocValue: number): Trial => fields(row, { assocValue })

const loopback = { host: '127.0.0.1', port: 0 }

/** A one-to-one connection: the client, and what was accepted. */
async function connected(own: Own, prepare?: (made: AnySocket) => void): Promise<[AnySocket, AnySocket]> {
  const make = (): AnySocket => {
    const made = own(b.socket(b.AF_INET, b.SOCK_STREAM, b.IPPROTO_SCTP)) as unknown as AnySocket
    prepare?.(made)
    return made
  }
  const [listener, client] = [make(), make()]
  listener.bind(loopback)
  listener.listen()
  await client.connect(listener.getsockname())
  return [client, own((await listener.accept())[0]) as AnySocket]
}

const between = (
  act: (client: AnySocket, server: AnySocket, own: Own) => void | Promise<void>,
  prepare?: (made: AnySocket) => void,
): Trial => on('sctp', async (_, own) => act(...(await connected(own, prepare)), own))

const reset = (made: AnySocket): void => {
  made.setsockopt(b.SCTP_RECONFIG_SUPPORTED, { assocValue: 1 })
  made.setsockopt(b.SCTP_ENABLE_STREAM_RESET, { assocValue: 7 })
}
const authenticated = (made: AnySocket): void => made.setsockopt(b.SCTP_AUTH_SUPPORTED, { assocValue: 1 })
const authentic = (act: (made: AnySocket) => void): Trial =>
  on('sctp', (made) => {
    authenticated(made)
    act(made)
  })
const key = new TextEncoder().encode('secret')

const peerOf = (made: AnySocket): b.InetAddress => made.getpeername() as b.InetAddress

export const trials: Readonly<Record<string, Trial>> = {
  SCTP_NODELAY: plain(b.SCTP_NODELAY, true),
  SCTP_AUTOCLOSE: plain(b.SCTP_AUTOCLOSE, 7, 'sctpMany'),
  SCTP_DISABLE_FRAGMENTS: plain(b.SCTP_DISABLE_FRAGMENTS, true),
  SCTP_I_WANT_MAPPED_V4_ADDR: plain(b.SCTP_I_WANT_MAPPED_V4_ADDR, false),
  SCTP_FRAGMENT_INTERLEAVE: plain(b.SCTP_FRAGMENT_INTERLEAVE, 1, 'sctpMany'),
  SCTP_PARTIAL_DELIVERY_POINT: plain(b.SCTP_PARTIAL_DELIVERY_POINT, 4096),
  SCTP_REUSE_PORT: plain(b.SCTP_REUSE_PORT, true),
  SCTP_AUTO_ASCONF: on('sctp', (made) => {
    made.bind({ host: '', port: 0 })
    made.setsockopt(b.SCTP_AUTO_ASCONF, true)
    assert.equal(made.getsockopt(b.SCTP_AUTO_ASCONF), true)
  }),
  SCTP_RECVRCVINFO: plain(b.SCTP_RECVRCVINFO, true),
  SCTP_RECVNXTINFO: plain(b.SCTP_RECVNXTINFO, true),
  SCTP_ADAPTATION_LAYER: plain(b.SCTP_ADAPTATION_LAYER, 0xfffffffe),
  SCTP_GET_ASSOC_NUMBER: on('sctpMany', (made) => {
    assert.equal(made.getsockopt(b.SCTP_GET_ASSOC_NUMBER), 0)
  }),
  SCTP_GET_ASSOC_ID_LIST: on('sctpMany', async (made, own) => {
    assert.deepEqual(made.getsockopt(b.SCTP_GET_ASSOC_ID_LIST), [])
    made.bind(loopback)
    made.listen()
    const client = own(b.socket(b.AF_INET, b.SOCK_STREAM, b.IPPROTO_SCTP))
    await client.connect(made.getsockname() as b.InetAddress)
    await client.send('x')
    await made.recv(1)
    assert.equal(made.getsockopt(b.SCTP_GET_ASSOC_ID_LIST).length, 1)
  }),
  SCTP_EVENTS: on('sctp', (made) => {
    const none = made.getsockopt(b.SCTP_EVENTS)
    assert.ok(Object.values(none).every((each) => each === false))
    made.setsockopt(b.SCTP_EVENTS, { shutdownEvent: true, streamChangeEvent: true })
    assert.deepEqual(made.getsockopt(b.SCTP_EVENTS), {
      ...none,
      shutdownEvent: true,
      streamChangeEvent: true,
    })
  }),
  SCTP_EVENT: on('sctp', (made) => {
    const type = b.SCTP_SENDER_DRY_EVENT
    assert.equal(made.getsockopt(b.SCTP_EVENT, { type }).on, false)
    made.setsockopt(b.SCTP_EVENT, { type, on: true })
    assert.deepEqual(made.getsockopt(b.SCTP_EVENT, { type }), { assocId: 0, type, on: true })
    assert.equal(made.getsockopt(b.SCTP_EVENTS).senderDryEvent, true)
  }),
  SCTP_INITMSG: on('sctp', (made) => {
    const before = made.getsockopt(b.SCTP_INITMSG)
    made.setsockopt(b.SCTP_INITMSG, { numOstreams: 77, maxInitTimeo: 1234 })
    assert.deepEqual(made.getsockopt(b.SCTP_INITMSG), { ...before, numOstreams: 77, maxInitTimeo: 1234 })
  }),
  SCTP_DEFAULT_SEND_PARAM: fields(b.SCTP_DEFAULT_SEND_PARAM, { stream: 3, ppid: 51, context: 9 }),
  SCTP_DEFAULT_SNDINFO: fields(b.SCTP_DEFAULT_SNDINFO, { sid: 3, ppid: 51, context: 9 }),
  SCTP_DEFAULT_PRINFO: fields(b.SCTP_DEFAULT_PRINFO, { policy: b.SCTP_PR_SCTP_TTL, value: 500 }),
  SCTP_RTOINFO: fields(b.SCTP_RTOINFO, { initial: 2500, min: 500, max: 5000 }),
  SCTP_ASSOCINFO: fields(b.SCTP_ASSOCINFO, { asocmaxrxt: 4, cookieLife: 5000 }),
  SCTP_DELAYED_ACK_TIME: fields(b.SCTP_DELAYED_ACK_TIME, { delay: 100, freq: 3 }),
  SCTP_MAXSEG: value(b.SCTP_MAXSEG, 800),
  SCTP_CONTEXT: value(b.SCTP_CONTEXT, 4294967295),
  SCTP_MAX_BURST: value(b.SCTP_MAX_BURST, 9),
  SCTP_PR_SUPPORTED: value(b.SCTP_PR_SUPPORTED, 0),
  SCTP_RECONFIG_SUPPORTED: value(b.SCTP_RECONFIG_SUPPORTED, 1),
  SCTP_ENABLE_STREAM_RESET: value(b.SCTP_ENABLE_STREAM_RESET, b.SCTP_ENABLE_RESET_STREAM_REQ),
  SCTP_STREAM_SCHEDULER: value(b.SCTP_STREAM_SCHEDULER, b.SCTP_SS_RR),
  SCTP_INTERLEAVING_SUPPORTED: on('sctp', (made) => {
    assert.equal(made.getsockopt(b.SCTP_INTERLEAVING_SUPPORTED).assocValue, 0)
    // It wants a sysctl and another option first.
    refuses(() => made.setsockopt(b.SCTP_INTERLEAVING_SUPPORTED, { assocValue: 1 }), 'EPERM')
  }),
  SCTP_ASCONF_SUPPORTED: value(b.SCTP_ASCONF_SUPPORTED, 1),
  SCTP_AUTH_SUPPORTED: value(b.SCTP_AUTH_SUPPORTED, 1),
  SCTP_ECN_SUPPORTED: value(b.SCTP_ECN_SUPPORTED, 0),
  SCTP_EXPOSE_POTENTIALLY_FAILED_STATE: value(b.SCTP_EXPOSE_POTENTIALLY_FAILED_STATE, 2),
  SCTP_STREAM_SCHEDULER_VALUE: between((client) => {
    client.setsockopt(b.SCTP_STREAM_SCHEDULER, { assocValue: b.SCTP_SS_PRIO })
    client.setsockopt(b.SCTP_STREAM_SCHEDULER_VALUE, { streamId: 2, streamValue: 9 })
    assert.equal(client.getsockopt(b.SCTP_STREAM_SCHEDULER_VALUE, { streamId: 2 }).streamValue, 9)
  }),
  SCTP_RESET_STREAMS: between((client) => {
    client.setsockopt(b.SCTP_RESET_STREAMS, { flags: b.SCTP_STREAM_RESET_OUTGOING, streams: [1, 2] })
    refuses(() => client.setsockopt(b.SCTP_RESET_STREAMS, { flags: 0 }), 'EINVAL')
  }, reset),
  SCTP_RESET_ASSOC: between((client) => client.setsockopt(b.SCTP_RESET_ASSOC, 0), reset),
  SCTP_ADD_STREAMS: between(async (client, server) => {
    server.setsockopt(b.SCTP_EVENT, { type: b.SCTP_STREAM_CHANGE_EVENT, on: true })
    const { outstrms } = client.getsockopt(b.SCTP_STATUS)
    client.setsockopt(b.SCTP_ADD_STREAMS, { outstrms: 3 })
    const told = b.decodeNotification(await server.recv(100))
    assert.ok(told.kind === 'streamChangeEvent')
    assert.equal(told.instrms, 3)
    assert.equal(client.getsockopt(b.SCTP_STATUS).outstrms, outstrms + 3)
  }, reset),
  SCTP_STATUS: between((client) => {
    const { state, primary } = client.getsockopt(b.SCTP_STATUS)
    assert.equal(state, b.SCTP_ESTABLISHED)
    assert.deepEqual(primary.address, peerOf(client))
    assert.equal(primary.state, b.SCTP_ACTIVE)
  }),
  SCTP_GET_ASSOC_STATS: between((client) => {
    const { opackets, ipackets, octrlchunks } = client.getsockopt(b.SCTP_GET_ASSOC_STATS)
    // INIT and COOKIE ECHO, and their answers.
    assert.ok(opackets >= 2 && ipackets >= 2 && octrlchunks >= 2)
  }),
  SCTP_PR_ASSOC_STATUS: between((client) => {
    const policy = b.SCTP_PR_SCTP_TTL
    const { abandonedSent } = client.getsockopt(b.SCTP_PR_ASSOC_STATUS, { policy })
    assert.equal(abandonedSent, 0)
    refuses(() => client.getsockopt(b.SCTP_PR_ASSOC_STATUS), 'EINVAL')
  }),
  SCTP_PR_STREAM_STATUS: between((client) => {
    // A stream counts from its first message on.
    const ask = (sid: number): unknown =>
      client.getsockopt(b.SCTP_PR_STREAM_STATUS, { policy: b.SCTP_PR_SCTP_TTL, sid })
    refuses(() => ask(60000), 'EINVAL')
  }),
  SCTP_SOCKOPT_BINDX_ADD: on('sctp', (made) => {
    made.bind(loopback)
    const { port } = made.getsockname() as b.InetAddress
    made.setsockopt(b.SCTP_SOCKOPT_BINDX_ADD, [{ host: '127.0.0.7', port }])
    assert.equal(made.getsockopt(b.SCTP_GET_LOCAL_ADDRS).length, 2)
  }),
  SCTP_SOCKOPT_BINDX_REM: on('sctp', (made) => {
    made.bind(loopback)
    const { port } = made.getsockname() as b.InetAddress
    made.setsockopt(b.SCTP_SOCKOPT_BINDX_ADD, [{ host: '127.0.0.7', port }])
    made.setsockopt(b.SCTP_SOCKOPT_BINDX_REM, [{ host: '127.0.0.1', port }])
    assert.deepEqual(made.getsockopt(b.SCTP_GET_LOCAL_ADDRS), [{ family: 'inet', host: '127.0.0.7', port }])
    refuses(() => made.setsockopt(b.SCTP_SOCKOPT_BINDX_REM, [{ host: '127.0.0.7', port }]), 'EBUSY')
  }),
  SCTP_SOCKOPT_CONNECTX: on('sctpMany', async (made, own) => {
    const client = own(b.socket(b.AF_INET, b.SOCK_SEQPACKET, b.IPPROTO_SCTP))
    made.bind(loopback)
    made.listen()
    made.setsockopt(b.SCTP_EVENT, { type: b.SCTP_ASSOC_CHANGE, on: true })
    refuses(
      () => client.setsockopt(b.SCTP_SOCKOPT_CONNECTX, [made.getsockname() as b.InetAddress]),
      'EINPROGRESS',
    )
    const told = b.decodeNotification(await made.recv(200))
    assert.ok(told.kind === 'assocChange' && told.state === b.SCTP_COMM_UP)
  }),
  SCTP_GET_PEER_ADDRS: between((client) => {
    assert.deepEqual(client.getsockopt(b.SCTP_GET_PEER_ADDRS), [peerOf(client)])
  }),
  SCTP_GET_LOCAL_ADDRS: on('sctp', (made) => {
    made.bind(loopback)
    assert.deepEqual(made.getsockopt(b.SCTP_GET_LOCAL_ADDRS), [made.getsockname()])
  }),
  SCTP_PRIMARY_ADDR: between((client) => {
    client.setsockopt(b.SCTP_PRIMARY_ADDR, { addr: peerOf(client) })
    assert.deepEqual(client.getsockopt(b.SCTP_PRIMARY_ADDR).addr, peerOf(client))
    refuses(() => client.setsockopt(b.SCTP_PRIMARY_ADDR, { addr: { host: '192.0.2.1', port: 1 } }), 'EINVAL')
  }),
  SCTP_SET_PEER_PRIMARY_ADDR: between((client) => {
    // The peer has not said that it takes it.
    const addr = client.getsockname() as b.InetAddress
    refuses(() => client.setsockopt(b.SCTP_SET_PEER_PRIMARY_ADDR, { addr }), 'EPERM')
  }),
  SCTP_GET_PEER_ADDR_INFO: between((client) => {
    const address = peerOf(client)
    const info = client.getsockopt(b.SCTP_GET_PEER_ADDR_INFO, { address })
    assert.deepEqual([info.address, info.state], [address, b.SCTP_ACTIVE])
    assert.ok(info.mtu > 0 && info.cwnd > 0)
  }),
  SCTP_PEER_ADDR_PARAMS: between((client) => {
    const address = peerOf(client)
    client.setsockopt(b.SCTP_PEER_ADDR_PARAMS, {
      address,
      hbinterval: 12000,
      flags: b.SPP_HB_ENABLE,
    })
    assert.equal(client.getsockopt(b.SCTP_PEER_ADDR_PARAMS, { address }).hbinterval, 12000)
  }),
  SCTP_PEER_ADDR_THLDS: on('sctp', (made) => {
    made.setsockopt(b.SCTP_PEER_ADDR_THLDS, { pathmaxrxt: 9, pathpfthld: 8 })
    const { pathmaxrxt, pathpfthld } = made.getsockopt(b.SCTP_PEER_ADDR_THLDS)
    assert.deepEqual([pathmaxrxt, pathpfthld], [9, 8])
  }),
  SCTP_PEER_ADDR_THLDS_V2: on('sctp', (made) => {
    made.setsockopt(b.SCTP_PEER_ADDR_THLDS_V2, { pathmaxrxt: 9, pathpfthld: 7, pathcpthld: 8 })
    const { pathmaxrxt, pathpfthld, pathcpthld } = made.getsockopt(b.SCTP_PEER_ADDR_THLDS_V2)
    assert.deepEqual([pathmaxrxt, pathpfthld, pathcpthld], [9, 7, 8])
  }),
  SCTP_REMOTE_UDP_ENCAPS_PORT: on('sctp', (made) => {
    made.setsockopt(b.SCTP_REMOTE_UDP_ENCAPS_PORT, { port: 9899 })
    assert.equal(made.getsockopt(b.SCTP_REMOTE_UDP_ENCAPS_PORT).port, 9899)
    // The first byte of the network's order.
    assert.equal(made.getsockopt(b.IPPROTO_SCTP, b.SCTP_REMOTE_UDP_ENCAPS_PORT, 144)[136], 9899 >> 8)
  }),
  SCTP_PLPMTUD_PROBE_INTERVAL: on('sctp', (made) => {
    made.setsockopt(b.SCTP_PLPMTUD_PROBE_INTERVAL, { interval: 6000 })
    assert.equal(made.getsockopt(b.SCTP_PLPMTUD_PROBE_INTERVAL).interval, 6000)
  }),
  SCTP_AUTH_CHUNK: authentic((made) => {
    assert.equal(made.getsockopt(b.SCTP_LOCAL_AUTH_CHUNKS).includes(0), false)
    made.setsockopt(b.SCTP_AUTH_CHUNK, 0)
    assert.equal(made.getsockopt(b.SCTP_LOCAL_AUTH_CHUNKS).includes(0), true)
  }),
  SCTP_HMAC_IDENT: authentic((made) => {
    made.setsockopt(b.SCTP_HMAC_IDENT, [b.SCTP_AUTH_HMAC_ID_SHA1])
    assert.deepEqual(made.getsockopt(b.SCTP_HMAC_IDENT), [b.SCTP_AUTH_HMAC_ID_SHA1])
  }),
  SCTP_AUTH_KEY: authentic((made) => {
    refuses(() => made.setsockopt(b.SCTP_AUTH_ACTIVE_KEY, { keynumber: 5 }), 'EINVAL')
    made.setsockopt(b.SCTP_AUTH_KEY, { keynumber: 5, key })
    made.setsockopt(b.SCTP_AUTH_ACTIVE_KEY, { keynumber: 5 })
  }),
  SCTP_AUTH_ACTIVE_KEY: authentic((made) => {
    made.setsockopt(b.SCTP_AUTH_KEY, { keynumber: 5, key })
    assert.equal(made.getsockopt(b.SCTP_AUTH_ACTIVE_KEY).keynumber, 0)
    made.setsockopt(b.SCTP_AUTH_ACTIVE_KEY, { keynumber: 5 })
    assert.equal(made.getsockopt(b.SCTP_AUTH_ACTIVE_KEY).keynumber, 5)
  }),
  SCTP_AUTH_DELETE_KEY: authentic((made) => {
    made.setsockopt(b.SCTP_AUTH_KEY, { keynumber: 5, key })
    made.setsockopt(b.SCTP_AUTH_DELETE_KEY, { keynumber: 5 })
    refuses(() => made.setsockopt(b.SCTP_AUTH_ACTIVE_KEY, { keynumber: 5 }), 'EINVAL')
  }),
  SCTP_AUTH_DEACTIVATE_KEY: authentic((made) => {
    made.setsockopt(b.SCTP_AUTH_KEY, { keynumber: 5, key })
    made.setsockopt(b.SCTP_AUTH_DEACTIVATE_KEY, { keynumber: 5 })
    refuses(() => made.setsockopt(b.SCTP_AUTH_ACTIVE_KEY, { keynumber: 5 }), 'EINVAL')
  }),
  SCTP_PEER_AUTH_CHUNKS: between(
    (client) => {
      assert.deepEqual(client.getsockopt(b.SCTP_PEER_AUTH_CHUNKS), [7])
    },
    (made) => {
      authenticated(made)
      made.setsockopt(b.SCTP_AUTH_CHUNK, 7)
    },
  ),
  SCTP_LOCAL_AUTH_CHUNKS: authentic((made) => {
    made.setsockopt(b.SCTP_AUTH_CHUNK, 7)
    assert.deepEqual(made.getsockopt(b.SCTP_LOCAL_AUTH_CHUNKS), [7])
  }),
}
