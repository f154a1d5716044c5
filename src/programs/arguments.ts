/** What commands have in common on the command line. */
import { Argument, InvalidArgumentError, Option } from 'commander'
import { ParseError } from '../data/errors.js'
import { type Endpoint, parseEndpoint } from './endpoint.js'

export const ENDPOINTS: string = `
Endpoints: tcp://host:port  udp://host:port  unix:/path  unix-dgram:/path  unix-seqpacket:/path  @name (abstract);
[::1]:80, host:port and a bare port mean tcp, a bare port 127.0.0.1, the host * every address.`

export function endpoint(text: string): Endpoint {
  try {
    return parseEndpoint(text)
  } catch (error) {
    if (error instanceof ParseError) throw new InvalidArgumentError(error.message)
    throw error
  }
}

export function place(description: string, usual: string): Argument {
  return new Argument('[endpoint]', description).argParser(endpoint).default(parseEndpoint(usual), usual)
}

export function integer(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^-?\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`expected an integer from ${least} to ${most}`)
    return value
  }
}

export const json = (): Option => new Option('--json', 'write newline-delimited JSON events')
