/** Addresses out of their text: what `formatAddress` writes, for the families that people write by hand. */
import { ParseError } from '../errors.js'
import type { Address } from './address.js'
import { decodeAddress, encodeAddress } from './family.js'
import { inet } from './inet.js'
import { inet6, splitScope } from './inet6.js'
import { parseIpv4, parseIpv6 } from './ip.js'
import { unix } from './unix.js'
import { vsock } from './vsock.js'

/**
 * The address in a text: '127.0.0.1:80', '[::1]:80', '[fe80::1%2]:80', '/run/x.sock', './x.sock', '@name' (abstract),
 * 'vsock://2:1234', where '*' is VMADDR_CID_ANY or VMADDR_PORT_ANY. Hosts are numeric: names are not looked up.
 *
 * @throws ParseError
 */
export function parseAddress(text: string): Address {
  if (typeof text !== 'string') throw new TypeError(`expected the text of an address, not ${String(text)}`)
  if (text.startsWith('vsock://')) return parseVsock(text)
  if (text.startsWith('@')) return checked(text, unix.af, { family: 'unix', abstract: text.slice(1) })
  if (/^\.{0,2}\//.test(text)) return checked(text, unix.af, { family: 'unix', path: text })
  const [, host6, host4, digits = ''] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? []
  const host = host6 ?? host4
  const bytes = host6 === undefined ? parseIpv4(host ?? '') : parseIpv6(splitScope(host6)[0])
  if (host === undefined || bytes === null)
    throw new ParseError(text, 0, 'a.b.c.d:port, [ipv6]:port, a path, @name or vsock://cid:port')
  const port = Number(digits)
  if (port > 65535) throw new ParseError(text, text.length - digits.length, 'a port of at most 65535')
  return host6 === undefined
    ? checked(text, inet.af, { family: 'inet', host, port })
    : checked(text, inet6.af, { family: 'inet6', host, port })
}

function parseVsock(text: string): Address {
  const parts = /^vsock:\/\/(\*|\d{1,10}):(\*|\d{1,10})$/.exec(text)
  const [cid = Infinity, port = Infinity] = (parts ?? [])
    .slice(1)
    .map((part) => (part === '*' ? 0xffffffff : Number(part)))
  if (cid > 0xffffffff || port > 0xffffffff)
    throw new ParseError(text, 'vsock://'.length, 'cid:port, numbers of at most 4294967295 or *')
  return checked(text, vsock.af, { family: 'vsock', cid, port })
}

/** As it comes back from the kernel. What its codec refuses is no address. */
function checked(text: string, af: number, address: Address): Address {
  try {
    return decodeAddress(encodeAddress(af, address)) as Address
  } catch (error) {
    throw new ParseError(text, 0, error instanceof Error ? error.message : String(error))
  }
}
