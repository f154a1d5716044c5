/** Values as the steps have them, and outcomes as they are compared. */
import { createHash } from 'node:crypto'
import { fstatSync, readdirSync, readFileSync } from 'node:fs'
import * as berkeley from 'berkeley'
import * as kernel from '#data/kernel.js'
import type { Data, Json } from './steps.js'

export const FAMILIES = { inet: berkeley.AF_INET, inet6: berkeley.AF_INET6, unix: berkeley.AF_UNIX }
export const TYPES = {
  stream: berkeley.SOCK_STREAM,
  dgram: berkeley.SOCK_DGRAM,
  seqpacket: berkeley.SOCK_SEQPACKET,
}
/** The flags that Python has names for. */
const FLAGS =
  'CMSG_CLOEXEC CONFIRM CTRUNC DONTROUTE DONTWAIT EOR ERRQUEUE FASTOPEN MORE NOSIGNAL OOB PEEK TRUNC WAITALL'
    .split(' ')
    .map((name) => `MSG_${name}`)

/** What many bytes are made of. */
const PATTERN = Uint8Array.from({ length: 251 }, (_, i) => i)

/** recv_into is recvInto here. */
export const camel = (name: string): string =>
  name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())

/** Constants go by name: 'MSG_PEEK|MSG_TRUNC'. */
export function number(value: Json | undefined): number {
  if (typeof value !== 'string' || !/^[A-Z]/.test(value)) return value as number
  return value
    .split('|')
    .map((name) => {
      const constant = (kernel as Record<string, unknown>)[name]
      if (typeof constant !== 'number') throw new Error(`no constant is named ${name}`)
      return constant
    })
    .reduce((all, each) => all | each)
}

export function data(value: Data | number): Uint8Array {
  if (typeof value === 'object') return Buffer.alloc(value.fill, PATTERN)
  return typeof value === 'string' ? Buffer.from(value) : (value as never)
}

/** Bytes in an outcome: what they say, or, of many, how many they are and their digest. */
export function shown(bytes: Uint8Array): string {
  if (bytes.length <= 64) return Buffer.from(bytes).toString('hex')
  const digest = createHash('sha256').update(bytes).digest('hex')
  return `${bytes.length} bytes ${digest.slice(0, 16)}`
}

/** What a file of a socket gives. */
export const part = (read: string | Uint8Array): string => (typeof read === 'string' ? read : shown(read))

export const flagNames = (flags: number): string[] =>
  FLAGS.filter((name) => (flags & number(name)) !== 0).sort()

/** The one word that an error is compared by. */
export function failure(error: unknown): string {
  if (error instanceof berkeley.TimeoutError) return 'timeout'
  const { code, name } = error as { code?: string; name: string }
  if (error instanceof TypeError || error instanceof RangeError) return name
  if (code !== undefined) return code
  return `broken: ${String(error)}`
}

export function kindOf(fd: number): string {
  const stat = fstatSync(fd)
  if (stat.isSocket()) return 'SOCK'
  return stat.isFIFO() ? 'FIFO' : stat.isFile() ? 'REG' : 'CHR'
}

export function statusFlags(fd: number): number {
  const [, flags = ''] = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1')) ?? []
  return Number.parseInt(flags, 8)
}

export const O_CLOEXEC = 0o2000000
export const descriptors = (): number => readdirSync('/proc/self/fd').length
