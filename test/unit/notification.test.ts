/** The notifications of SCTP, judged by the headers' structs in C. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DecodeError } from '#data/errors.js'
import { SCTP_SEND_FAILED_EVENT, SCTP_SN_TYPE_BASE } from '#data/kernel.js'
import { decodeNotification, type SctpNotification } from '#data/notification.js'
import { type CValue, goldenValues, needsC, unhex } from './golden.js'

/** The fields of a struct behind its type, flags 258 and length, and what is behind it. */
const row = (
  expected: SctpNotification,
  struct: string,
  prefix: string,
  type: string,
  init: string,
  rest: readonly number[] = [],
  then?: string,
): { readonly expected: SctpNotification; readonly c: CValue } => ({
  expected,
  c: {
    macro: 'SCTP_NODELAY',
    type: `struct { struct ${struct} head; unsigned char rest[${Math.max(rest.length, 4)}]; }`,
    init: `.head = { .${prefix}type = ${type}, .${prefix}flags = 258, .${prefix}length = sizeof(struct ${struct}) + ${rest.length}, ${init} }, .rest = { ${[...rest].join(', ')} }`,
    ...(then === undefined ? {} : { then }),
  },
})

const all = { flags: 258, assocId: -7 }
const info = { flags: 3, ppid: 51, context: 4, assocId: 5 }

const rows = [
  row(
    {
      kind: 'assocChange',
      ...all,
      state: 1,
      error: 2,
      outboundStreams: 10,
      inboundStreams: 65535,
      info: Uint8Array.of(1, 2, 3),
    },
    'sctp_assoc_change',
    'sac_',
    'SCTP_ASSOC_CHANGE',
    '.sac_state = 1, .sac_error = 2, .sac_outbound_streams = 10, .sac_inbound_streams = 65535, .sac_assoc_id = -7',
    [1, 2, 3],
  ),
  row(
    {
      kind: 'peerAddrChange',
      ...all,
      address: { family: 'inet', host: '192.0.2.1', port: 513 },
      state: 5,
      error: -1,
    },
    'sctp_paddr_change',
    'spc_',
    'SCTP_PEER_ADDR_CHANGE',
    '.spc_state = 5, .spc_error = -1, .spc_assoc_id = -7',
    [],
    '{ struct sockaddr_in a = { .sin_family = 2, .sin_port = 0x0102, .sin_addr = { IPV4(192, 0, 2, 1) } }; __builtin_memcpy(&value.head.spc_aaddr, &a, sizeof a); }',
  ),
  row(
    { kind: 'remoteError', ...all, error: 0x0102, data: Uint8Array.of(9) },
    'sctp_remote_error',
    'sre_',
    'SCTP_REMOTE_ERROR',
    '.sre_error = __builtin_bswap16(0x0102), .sre_assoc_id = -7',
    [9],
  ),
  row(
    {
      kind: 'sendFailed',
      ...all,
      error: 4294967295,
      info: { ...info, stream: 1, ssn: 2, timetolive: 6, tsn: 7, cumtsn: 8 },
      data: Uint8Array.of(104, 105),
    },
    'sctp_send_failed',
    'ssf_',
    'SCTP_SEND_FAILED',
    '.ssf_error = 4294967295u, .ssf_assoc_id = -7, .ssf_info = { 1, 2, 3, BE32(51), 4, 6, 7, 8, 5 }',
    [104, 105],
  ),
  row(
    { kind: 'sendFailedEvent', ...all, error: 4, info: { ...info, sid: 1 }, data: Uint8Array.of(104, 105) },
    'sctp_send_failed_event',
    'ssf_',
    'SCTP_SEND_FAILED_EVENT',
    '.ssf_error = 4, .ssf_assoc_id = -7, .ssfe_info = { 1, 3, BE32(51), 4, 5 }',
    [104, 105],
  ),
  row(
    { kind: 'shutdownEvent', ...all },
    'sctp_shutdown_event',
    'sse_',
    'SCTP_SHUTDOWN_EVENT',
    '.sse_assoc_id = -7',
  ),
  row(
    { kind: 'adaptationIndication', ...all, indication: 4294967294 },
    'sctp_adaptation_event',
    'sai_',
    'SCTP_ADAPTATION_INDICATION',
    '.sai_adaptation_ind = 4294967294u, .sai_assoc_id = -7',
  ),
  row(
    { kind: 'partialDeliveryEvent', ...all, indication: 0, stream: 3, seq: 4 },
    'sctp_pdapi_event',
    'pdapi_',
    'SCTP_PARTIAL_DELIVERY_EVENT',
    '.pdapi_assoc_id = -7, .pdapi_stream = 3, .pdapi_seq = 4',
  ),
  row(
    { kind: 'authenticationEvent', ...all, keynumber: 1, altkeynumber: 2, indication: 1 },
    'sctp_authkey_event',
    'auth_',
    'SCTP_AUTHENTICATION_EVENT',
    '.auth_keynumber = 1, .auth_altkeynumber = 2, .auth_indication = SCTP_AUTH_FREE_KEY, .auth_assoc_id = -7',
  ),
  row(
    { kind: 'senderDryEvent', ...all },
    'sctp_sender_dry_event',
    'sender_dry_',
    'SCTP_SENDER_DRY_EVENT',
    '.sender_dry_assoc_id = -7',
  ),
  row(
    { kind: 'streamResetEvent', ...all, streams: [1, 65535] },
    'sctp_stream_reset_event',
    'strreset_',
    'SCTP_STREAM_RESET_EVENT',
    '.strreset_assoc_id = -7',
    [1, 0, 255, 255],
  ),
  row(
    { kind: 'assocResetEvent', ...all, localTsn: 1, remoteTsn: 4294967295 },
    'sctp_assoc_reset_event',
    'assocreset_',
    'SCTP_ASSOC_RESET_EVENT',
    '.assocreset_assoc_id = -7, .assocreset_local_tsn = 1, .assocreset_remote_tsn = 4294967295u',
  ),
  row(
    { kind: 'streamChangeEvent', ...all, instrms: 2, outstrms: 3 },
    'sctp_stream_change_event',
    'strchange_',
    'SCTP_STREAM_CHANGE_EVENT',
    '.strchange_assoc_id = -7, .strchange_instrms = 2, .strchange_outstrms = 3',
  ),
]

describe('golden notifications', needsC, () => {
  const answers = needsC.skip === false ? goldenValues(rows.map(({ c }) => c)) : []
  rows.forEach(({ expected }, i) => {
    it(expected.kind, () => {
      const bytes = unhex(answers[i] as string)
      const found = decodeNotification(bytes)
      assert.deepEqual(found, expected)
      const held = Buffer.alloc(bytes.length + 13, 0xee)
      held.set(bytes, 5)
      assert.deepEqual(decodeNotification(held.subarray(5, 5 + bytes.length)), expected)
      const length = new DataView(bytes.buffer).getUint32(4, true)
      for (let cut = 0; cut < length; cut++)
        assert.throws(() => decodeNotification(bytes.subarray(0, cut)), DecodeError)
      bytes.fill(0xff)
      assert.deepEqual(found, expected, 'a copy')
    })
  })
})

describe('notifications', () => {
  it('of an unknown type are bytes', () => {
    const bytes = Uint8Array.of(0xff, 0xff, 2, 1, 9, 0, 0, 0, 7, 8)
    assert.deepEqual(decodeNotification(bytes), {
      kind: 'unknown',
      type: 0xffff,
      flags: 258,
      data: bytes.slice(0, 9),
    })
  })

  it('a length that is less than the header, or more than there is', () => {
    for (const length of [0, 7, 13, 4294967295]) {
      const bytes = new Uint8Array(12)
      new DataView(bytes.buffer).setUint16(0, SCTP_SN_TYPE_BASE + 5, true)
      new DataView(bytes.buffer).setUint32(4, length, true)
      assert.throws(() => decodeNotification(bytes), DecodeError)
    }
  })

  it('arbitrary bytes decode or throw DecodeError', () => {
    const types = fc.integer({ min: SCTP_SN_TYPE_BASE, max: SCTP_SEND_FAILED_EVENT + 1 })
    fc.assert(
      fc.property(types, fc.nat(180), fc.uint8Array({ maxLength: 200 }), (type, length, rest) => {
        const bytes = Uint8Array.of(type & 255, type >> 8, 0, 0, length, 0, 0, 0, ...rest)
        try {
          assert.equal(typeof decodeNotification(bytes).kind, 'string')
        } catch (error) {
          assert.ok(error instanceof DecodeError, String(error))
        }
      }),
      { numRuns: 2000 },
    )
  })
})
