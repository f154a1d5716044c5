/** The databases of services and protocols: getservbyname(3), getprotobyname(3). */
import { SystemError } from '../data/errors.js'
import { ENOENT } from '../data/kernel.js'
import { native } from '../sys/binding.js'
import { ask, askSync, checkSystem, Fields, type Question } from './question.js'

/**
 * getservbyname(3): the port of a service, of the protocol 'tcp' or 'udp' or of either.
 *
 * @throws SystemError ENOENT when there is none.
 */
export async function getservbyname(name: string, protocol?: string): Promise<number> {
  return ask(serviceByName(name, protocol))
}

/** As `getservbyname`, blocking the thread. */
export function getservbynameSync(name: string, protocol?: string): number {
  return askSync(serviceByName(name, protocol))
}

/**
 * getservbyport(3): the name of the service at a port, of the protocol 'tcp' or 'udp' or of either.
 *
 * @throws SystemError ENOENT when there is none.
 */
export async function getservbyport(port: number, protocol?: string): Promise<string> {
  return ask(serviceByPort(port, protocol))
}

/** As `getservbyport`, blocking the thread. */
export function getservbyportSync(port: number, protocol?: string): string {
  return askSync(serviceByPort(port, protocol))
}

/**
 * getprotobyname(3): the number of a protocol, as `socket()` takes it: 'icmp' is 1.
 *
 * @throws SystemError ENOENT when there is none.
 */
export async function getprotobyname(name: string): Promise<number> {
  return ask(protocolByName(name))
}

/** As `getprotobyname`, blocking the thread. */
export function getprotobynameSync(name: string): number {
  return askSync(protocolByName(name))
}

function serviceByName(name: string, protocol: string | undefined): Question<number> {
  return {
    call: (hear) => native.getservbyname(name, protocol ?? null, hear),
    read: number('getservbyname', protocol === undefined ? name : `${name}/${protocol}`),
  }
}

function serviceByPort(port: number, protocol: string | undefined): Question<string> {
  if (typeof port !== 'number') throw new TypeError(`expected a port, not ${String(port)}`)
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new RangeError(`expected a port from 0 to 65535, not ${port}`)
  const what = protocol === undefined ? String(port) : `${port}/${protocol}`
  return {
    call: (hear) => native.getservbyport(port, protocol ?? null, hear),
    read: (answer) => {
      checkSystem(answer, 'getservbyport', what)
      if (typeof answer === 'number') throw new SystemError(ENOENT, { syscall: 'getservbyport', hint: what })
      return new Fields(answer).text()
    },
  }
}

function protocolByName(name: string): Question<number> {
  return {
    call: (hear) => native.getprotobyname(name, hear),
    read: number('getprotobyname', name),
  }
}

function number(syscall: string, what: string): Question<number>['read'] {
  return (answer) => {
    checkSystem(answer, syscall, what)
    return answer as number
  }
}
