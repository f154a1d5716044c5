/** The same questions about names to this library and to Python's socket module, the answers in Python's form. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { isDeepStrictEqual } from 'node:util'
import * as berkeley from 'berkeley'

export interface Hints {
  readonly family?: number
  readonly type?: number
  readonly protocol?: number
  readonly flags?: number
}

/** A function by our name for it, and its arguments as we take them. */
export type Asked = readonly [name: string, ...args: unknown[]]

/** Reads questions from standard input, one JSON list; writes the answers. */
const judge = `
import json, socket, sys

def addrinfo(host, service, hints={}):
    h = lambda name: hints.get(name, 0)
    return socket.getaddrinfo(host, service, h('family'), h('type'), h('protocol'), h('flags'))

def nameinfo(address, options={}):
    sockaddr = [address['host'], address['port']]
    if ':' in address['host']:
        sockaddr += [address.get('flowinfo', 0), address.get('scopeId', 0)]
    return socket.getnameinfo(tuple(sockaddr), options.get('flags', 0))

names = {
    'getaddrinfo': addrinfo,
    'getnameinfo': nameinfo,
    'gethostbynameEx': socket.gethostbyname_ex,
    'ifNameindex': socket.if_nameindex,
    'ifNametoindex': socket.if_nametoindex,
    'ifIndextoname': socket.if_indextoname,
    'hasDualstackIpv6': socket.has_dualstack_ipv6,
}

def answer(name, *args):
    try:
        return {'ok': names.get(name, getattr(socket, name, None))(*args)}
    except (socket.gaierror, socket.herror) as e:
        return {'error': type(e).__name__, 'errno': e.errno}
    except OSError as e:
        # Without a number: 'service/proto not found', 'no interface with this name'.
        unnumbered = 2 if 'not found' in str(e) else 19 if 'no interface' in str(e) else None
        return {'error': 'OSError', 'errno': unnumbered if e.errno is None else e.errno}
    except Exception as e:
        return {'error': type(e).__name__}

print(json.dumps([answer(*each) for each in json.load(sys.stdin)]))
`

/** Python's answers. Its process runs beside this one, which may be a server of its. */
export async function pythonAnswers(questions: readonly Asked[]): Promise<unknown[]> {
  const child = spawn('python3', ['-c', judge], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify(questions))
  let output = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) output += chunk
  return JSON.parse(output)
}

type Call = (...args: unknown[]) => unknown
const functions = { ...berkeley } as unknown as Readonly<Record<string, Call>>

/** This library's answers, each asked for twice where there is a blocking twin: both must be the same. */
export async function ownAnswers(questions: readonly Asked[]): Promise<unknown[]> {
  const answers: unknown[] = []
  for (const [name, ...args] of questions) {
    const answer = await outcome(functions[name] as Call, args)
    const twin = functions[`${name}Sync`]
    if (twin !== undefined) {
      const again = await outcome((...args) => ({ now: twin(...args) }), args)
      if (!isDeepStrictEqual(again, answer))
        throw new Error(`${name}(${args}): ${JSON.stringify([answer, again])}`)
    }
    answers.push(answer)
  }
  return answers
}

async function outcome(call: Call, args: readonly unknown[]): Promise<unknown> {
  try {
    const given = call(...args)
    const now = given !== null && typeof given === 'object' && 'now' in given
    return { ok: asPython(now ? given.now : await given) }
  } catch (error) {
    if (error instanceof berkeley.GaiError) return { error: 'gaierror', errno: error.errno }
    if (error instanceof berkeley.HostError) return { error: 'herror', errno: error.errno }
    if (error instanceof berkeley.SystemError) return { error: 'OSError', errno: -error.errno }
    if (error instanceof RangeError) return { error: 'OverflowError' }
    return { error: (error as Error).name }
  }
}

/** Python has tuples where this library has objects. */
function asPython(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asPython)
  if (typeof value !== 'object' || value === null) return value
  if ('canonname' in value) {
    const { family, type, protocol, canonname, address } = value as berkeley.Addrinfo
    return [family, type, protocol, canonname, asPython(address)]
  }
  if ('port' in value) {
    const { host, port } = value as berkeley.InetAddress
    if (!('scopeId' in value)) return [host, port]
    const { flowinfo, scopeId } = value as berkeley.Inet6Address
    return [host, port, flowinfo, scopeId]
  }
  if ('aliases' in value) {
    const { hostname, aliases, addresses } = value as berkeley.Hostent
    return [hostname, aliases, addresses]
  }
  // { host, service } and { index, name } have Python's order.
  return Object.values(value)
}

/** Asks both, and gives what they agree on. */
export async function agreed(questions: readonly Asked[]): Promise<unknown[]> {
  const [own, python] = await Promise.all([ownAnswers(questions), pythonAnswers(questions)])
  questions.forEach((question, i) => {
    assert.deepEqual(own[i], python[i], JSON.stringify(question))
  })
  return own
}
