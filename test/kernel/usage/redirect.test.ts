/** Connections that a rule has sent elsewhere than they were going, and what the proxy there can know (SO_ORIGINAL_DST). */
import { needs } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AF_INET,
  AF_INET6,
  IP6T_SO_ORIGINAL_DST,
  type Readable,
  SO_ORIGINAL_DST,
  SOCK_STREAM,
  socket,
} from 'berkeley'
import { python } from './peer.js'
import { type Ip, type IpFamily, ways } from './ways.js'

/**
 * A rule of nf_tables by netlink(7): what is sent to the port `sys.argv[2]` goes to `sys.argv[3]`, in the family of
 * `sys.argv[1]`. There need be no nft for it.
 */
const REDIRECT = `
import socket as module
family, port, to = map(int, sys.argv[1:])
def attribute(kind, data):
  head = struct.pack('=HH', 4 + len(data), kind) + data
  return head + bytes(-len(head) % 4)
def nested(kind, *parts): return attribute(kind | 0x8000, b''.join(parts))
def number(kind, value): return attribute(kind, struct.pack('>I', value))
def name(kind, text): return attribute(kind, text.encode() + b'\\0')
def expression(kind, *parts): return nested(1, name(1, kind), nested(2, *parts))
def equal(data): return expression('cmp', number(1, 1), number(2, 0), nested(3, attribute(1, data)))
count = 0
def message(kind, flags, family, resource, *parts):
  global count
  count += 1
  data = struct.pack('>BBH', family, 0, resource) + b''.join(parts)
  return struct.pack('=IHHII', 16 + len(data), kind, flags, count, 0) + data
REQUEST, ACK, CREATE, APPEND, TABLES = 1, 4, 0x400, 0x800, 10
def change(kind, flags, *parts): return message(TABLES << 8 | kind, REQUEST | ACK | flags, family, 0, *parts)
LOCAL_OUT, DNAT, L4PROTO, TRANSPORT = 3, 0x100000000 - 100, 16, 2
batch = (
  message(16, REQUEST, 0, TABLES)
  + change(0, CREATE, name(1, 't'))
  + change(3, CREATE, name(1, 't'), name(3, 'c'), nested(4, number(1, LOCAL_OUT), number(2, DNAT)), name(7, 'nat'))
  + change(6, CREATE | APPEND, name(1, 't'), name(2, 'c'), nested(4,
      expression('meta', number(1, 1), number(2, L4PROTO)), equal(b'\\6'),
      expression('payload', number(1, 1), number(2, TRANSPORT), number(3, 2), number(4, 2)),
      equal(struct.pack('>H', port)),
      expression('immediate', number(1, 1), nested(2, attribute(1, struct.pack('>H', to)))),
      expression('redir', number(1, 1))))
  + message(17, REQUEST, 0, TABLES))
s = module.socket(module.AF_NETLINK, module.SOCK_RAW, 12)
s.bind((0, 0)); s.send(batch)
errors = []
while len(errors) < 3:
  data = s.recv(65536)
  while data:
    length, kind = struct.unpack_from('=IH', data)
    if kind == 2: errors.append(struct.unpack_from('=i', data, 16)[0])
    data = data[(length + 3) & ~3:]
say(json.dumps([errno.errorcode[-each] for each in errors if each]))
hear()`

const PORT = 7

const cases: readonly [which: string, family: IpFamily, host: string, option: Readable<Ip>][] = [
  ['IPv4', AF_INET, '127.0.0.1', SO_ORIGINAL_DST],
  ['IPv6', AF_INET6, '::1', IP6T_SO_ORIGINAL_DST],
]

for (const [which, family, host, option] of cases)
  describe(`a redirected connection over ${which}`, needs, () => {
    for (const { name, of } of ways)
      it(`says where it was going (${name})`, async (t) => {
        using server = socket(family, SOCK_STREAM)
        server.bind({ host, port: 0 })
        server.listen()
        const { port } = server.getsockname()
        // A port of each way's own: the rule of the other stays.
        const wanted = PORT + ways.findIndex((way) => way.name === name)
        await using rule = python(REDIRECT, {
          args: [family === AF_INET ? AF_INET : AF_INET6, wanted, port],
        })
        const refused = (await rule.json()) as string[]
        if (refused.length > 0 && refused.every((code) => ['EOPNOTSUPP', 'ENOENT', 'EINVAL'].includes(code)))
          return t.skip(`this kernel is without nf_tables (${refused})`)
        assert.deepEqual(refused, [])
        using client = socket(family, SOCK_STREAM)
        await of(client).connect({ host, port: wanted })
        const [accepted] = await of(server).accept()
        using connection = accepted
        const { host: original, port: originally } = connection.getsockopt(option)
        assert.deepEqual([original, originally], [host, wanted])
        // The client knows of nothing.
        assert.equal(client.getpeername().port, wanted)
        assert.equal(connection.getsockname().port, port)
      })
  })
