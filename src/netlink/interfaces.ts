/** Links and addresses that come, change and go: rtnetlink's messages, compared with what is known already. */

import * as k from '../data/kernel.js'
import {
  AF_UNSPEC,
  NETLINK_ROUTE,
  RTM_DELADDR,
  RTM_DELLINK,
  RTM_NEWADDR,
  RTM_NEWLINK,
} from '../data/kernel.js'
import { address, type InterfaceAddress } from '../protocols/netlink/address.js'
import { decodeMessage } from '../protocols/netlink/decoder.js'
import { type Link, link } from '../protocols/netlink/link.js'
import { Rtnetlink } from './rtnetlink.js'
import { Subscription, type WatchOptions } from './subscription.js'

/** What happened to it: `before` is what was known of it until then, where it was. */
type Happened<T> =
  | { readonly event: 'added'; readonly value: T }
  | { readonly event: 'changed'; readonly value: T; readonly before: T }
  | { readonly event: 'removed'; readonly value: T }

/**
 * A link or an address of one that came ('added'), is not as it was ('changed') or is gone ('removed'), or that messages were lost:
 * what has changed meanwhile follows, found by asking anew.
 */
export type InterfaceChange =
  | ({ readonly kind: 'link' } & Happened<Link>)
  | ({ readonly kind: 'address' } & Happened<InterfaceAddress>)
  | { readonly kind: 'lost'; readonly event: 'lost' }

/** Options of `watchInterfaces`. */
export interface WatchInterfacesOptions extends WatchOptions {
  /** Begin with those that are there, as 'added'. */
  readonly initial?: boolean | undefined
}

type Raw =
  | { readonly kind: 'link'; readonly gone: boolean; readonly value: Link }
  | { readonly kind: 'address'; readonly gone: boolean; readonly value: InterfaceAddress }

/**
 * The links of the network namespace and their addresses, as they come, change and go from now on. Counters, timers and the ages
 * of addresses are no changes. `break`, `close()` or the signal end it; full buffers do not.
 *
 *     for await (const change of watchInterfaces()) console.log(change.kind, change.event)
 */
export function watchInterfaces(options: WatchInterfacesOptions = {}): InterfaceWatch {
  return new InterfaceWatch(options)
}

/** What `watchInterfaces` gives. */
export class InterfaceWatch implements AsyncIterableIterator<InterfaceChange>, Disposable {
  readonly #heard: Subscription<Raw>
  readonly #rt: Rtnetlink
  readonly #signal: AbortSignal | undefined
  readonly #waiting: InterfaceChange[] = []
  readonly #known: Map<string, InterfaceChange & { readonly value: Link | InterfaceAddress }> = new Map()
  /** Everything as it was when this began; undefined when it has been taken up. */
  #start: Promise<Raw[]> | undefined
  #initial: boolean
  #turn: Promise<unknown> = Promise.resolve()
  #done = false

  constructor(options: WatchInterfacesOptions = {}) {
    this.#signal = options.signal
    this.#initial = options.initial === true
    const groups = [k.RTNLGRP_LINK, k.RTNLGRP_IPV4_IFADDR, k.RTNLGRP_IPV6_IFADDR]
    this.#heard = new Subscription(NETLINK_ROUTE, groups, ({ type, body }) => rawOf(type, body), options)
    try {
      this.#rt = new Rtnetlink()
    } catch (error) {
      this.#heard.close()
      throw error
    }
    this.#start = this.#list()
    // Who never asks for the first one is not to be told of its failure.
    this.#start.catch(() => {})
  }

  /** The next change. */
  next(): Promise<IteratorResult<InterfaceChange, undefined>> {
    const turn = this.#turn.then(() => this.#next())
    this.#turn = turn.catch(() => {})
    return turn
  }

  async #next(): Promise<IteratorResult<InterfaceChange, undefined>> {
    try {
      if (this.#start !== undefined) {
        this.#replace(await this.#start)
        this.#start = undefined
        if (!this.#initial) this.#waiting.length = 0
      }
      for (;;) {
        const value = this.#waiting.shift()
        if (value !== undefined) return { done: false, value }
        const { done, value: heard } = await this.#heard.next()
        if (done) return this.return()
        if ('kind' in heard) this.#take(heard)
        else {
          this.#waiting.push({ kind: 'lost', event: 'lost' })
          this.#replace(await this.#list())
        }
      }
    } catch (error) {
      if (this.#done) return { done: true, value: undefined }
      // A loop that ends so calls nothing more.
      this.close()
      throw error
    }
  }

  async #list(): Promise<Raw[]> {
    const links = await this.#rt.links.list({}, { signal: this.#signal })
    const addresses = await this.#rt.addresses.list({}, { signal: this.#signal })
    return [
      ...links.map((value) => ({ kind: 'link', gone: false, value }) as const),
      ...addresses.map((value) => ({ kind: 'address', gone: false, value }) as const),
    ]
  }

  /** Takes what there is for all there is. */
  #replace(all: readonly Raw[]): void {
    const there = new Set(all.map(keyOf))
    // An address goes before its link.
    for (const [key, { kind, value }] of [...this.#known].reverse())
      if (!there.has(key)) this.#take({ kind, gone: true, value } as Raw)
    for (const each of all) this.#take(each)
  }

  #take(raw: Raw): void {
    const { kind, gone, value } = raw
    const key = keyOf(raw)
    const before = this.#known.get(key)?.value
    if (gone) {
      if (before === undefined) return
      this.#known.delete(key)
      this.#waiting.push({ kind, event: 'removed', value } as InterfaceChange)
      return
    }
    const change = (
      before === undefined ? { kind, event: 'added', value } : { kind, event: 'changed', value, before }
    ) as InterfaceChange & { value: Link | InterfaceAddress }
    this.#known.set(key, { kind, event: 'added', value } as typeof change)
    if (before === undefined || !isSame(before, value)) this.#waiting.push(change)
  }

  /** Ends it: `break` does. */
  return(): Promise<IteratorResult<InterfaceChange, undefined>> {
    this.close()
    return Promise.resolve({ done: true, value: undefined })
  }

  /** Closes the sockets; the loop ends. */
  close(): void {
    this.#done = true
    this.#heard.close()
    this.#rt.close()
  }

  /** `close`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Itself. */
  [Symbol.asyncIterator](): this {
    return this
  }
}

function rawOf(type: number, body: Uint8Array): Raw | undefined {
  if (type === RTM_NEWADDR || type === RTM_DELADDR)
    return { kind: 'address', gone: type === RTM_DELADDR, value: decodeMessage(body, address) }
  if (type !== RTM_NEWLINK && type !== RTM_DELLINK) return undefined
  const value: Link = decodeMessage(body, link)
  // Bridges tell of their ports, and wireless drivers of events, by messages that are not the link's own.
  if (value.family !== AF_UNSPEC || value.wireless !== undefined) return undefined
  return { kind: 'link', gone: type === RTM_DELLINK, value }
}

function keyOf({ kind, value }: Raw): string {
  if (kind === 'link') return `link ${value.ifindex}`
  return `address ${value.ifindex} ${value.family} ${value.local ?? value.address}/${value.prefixlen} ${value.address}`
}

/** What always changes, or tells of the message alone. */
const VOLATILE = new Set([
  ...['stats', 'stats64', 'infoXstats', 'icmp6stats', 'event', 'change', 'cacheinfo'],
  ...['helloTimer', 'tcnTimer', 'topologyChangeTimer', 'gcTimer'],
  ...['messageAgeTimer', 'forwardDelayTimer', 'holdTimer'],
])

function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  for (const name of names)
    if (!VOLATILE.has(name) && !isSame((a as never)[name], (b as never)[name])) return false
  return true
}
