/** What programs tell: events, for people as lines and with `--json` as newline-delimited JSON. */
import { printable } from './text.js'

/** `event` names it; `text` is the line for people. The rest is for machines. */
export interface Event {
  readonly event: string
  readonly text: string
  /** `text` is to be written as it is, no line added: it is safe already. */
  readonly whole?: boolean
  readonly [field: string]: unknown
}

/** Where events go. A promise asks a fast teller to wait. */
export type Report = (event: Event) => void | Promise<void>

/** One line for an error: its message, and what can be done where we know. */
export function explain(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  const line = printable(String(message ?? error)).replaceAll('\n', ' ')
  const advice = code === undefined ? undefined : hints[code]
  return advice === undefined ? line : `${line}: ${advice}`
}

const hints: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is taken; 'ss -lntup' (or -x for unix sockets) shows by whom",
  EADDRNOTAVAIL: 'no interface has this address',
  EACCES: 'permission denied; ports under 1024 need CAP_NET_BIND_SERVICE',
  ECONNREFUSED: 'nobody listens there',
  ENOENT: 'there is no such socket',
  EPIPE: 'the peer hears no more',
  ECONNRESET: 'the peer has cut the connection',
}
