/** What rtnetlink has of one kind: links, addresses, routes, … The kind is data, and what is done with it is the same for all. */
import * as k from '../data/kernel.js'
import { decodeMessage } from '../protocols/netlink/decoder.js'
import { encodeMessage } from '../protocols/netlink/encoder.js'
import type { MessageShape } from '../protocols/netlink/shape.js'
import type { NetlinkConnection, RequestOptions } from './connection.js'
import { Subscription, type WatchOptions } from './subscription.js'

/** What is known of a kind of thing: its messages, its groups, and what `ip` fills in as well. */
export interface Kind<T> {
  readonly shape: MessageShape
  /** RTM_NEW…; RTM_DEL… and RTM_GET… are the next two. */
  readonly type: number
  /** How those end: 'LINK'. */
  readonly object: string
  readonly groups: readonly number[]
  /** What is not given when one is made, asked for or taken away. */
  readonly made?: ((given: Partial<T>) => Partial<T>) | undefined
  readonly asked?: ((given: Partial<T>) => Partial<T>) | undefined
  readonly gone?: Partial<T> | undefined
  /** NLM_F_* of setting. */
  readonly set: number
}

/** Options of `add` and `set`. */
export interface ChangeOptions extends RequestOptions {
  /** NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_APPEND in place of what the call has. */
  readonly flags?: number | undefined
}

/** What `watch` tells: one that is new or has changed ('new'), one that is gone ('delete'), or that some was lost. */
export type Change<T> = { readonly event: 'new' | 'delete'; readonly value: T } | { readonly event: 'lost' }

const verbs = ['NEW', 'DEL', 'GET'] as const

/** The things of one kind. What may be written is a part of what is read: what is left out is the kernel's choice, or 0. */
export class Things<T extends object> {
  readonly #kind: Kind<T>
  readonly #connection: NetlinkConnection

  constructor(kind: Kind<T>, connection: NetlinkConnection) {
    this.#kind = kind
    this.#connection = connection
  }

  /**
   * All of them; the kernel leaves out what differs from `filter`, of what it can filter by (EINVAL for the rest): of links
   * `master` and `linkinfo: { infoKind }`, of addresses `family` and `ifindex`, of routes `family`, `table`, `protocol`, `type` and
   * `oif`, of neighbours `family`, `neighIfindex` and `master`, of rules `family`. Never a half-changed list.
   */
  async list(filter: Partial<T> = {}, options?: RequestOptions): Promise<T[]> {
    const messages = await this.#connection.dump(this.#asked(2, filter), options)
    return messages.filter(({ type }) => type === this.#kind.type).map(({ body }) => this.#read(body))
  }

  /** The one that `key` names (a link's `ifindex` or `ifname`; of routes: the one to `dst`). ENODEV, ENOENT, ENETUNREACH; EOPNOTSUPP of rules. */
  async get(key: Partial<T>, options?: RequestOptions): Promise<T> {
    const messages = await this.#connection.request(
      this.#asked(2, { ...this.#kind.asked?.(key), ...key }),
      options,
    )
    const found = messages.find(({ type }) => type === this.#kind.type)
    if (found === undefined) throw new Error(`no answer to ${this.#asked(2, {}).name}`)
    return this.#read(found.body)
  }

  /** Makes one. EEXIST where it is there; EPERM without CAP_NET_ADMIN. */
  async add(given: Partial<T>, options: ChangeOptions = {}): Promise<void> {
    const flags = options.flags ?? k.NLM_F_CREATE | k.NLM_F_EXCL
    const whole = { ...this.#kind.made?.(given), ...given }
    await this.#connection.request({ ...this.#asked(0, whole), flags }, options)
  }

  /** The NLM_F_* of setting one. */
  protected get setting(): number {
    return this.#kind.set
  }

  /** Takes away the one that looks like `key`, of several the first. ENODEV, ESRCH, EADDRNOTAVAIL or ENOENT where there is none. */
  async delete(key: Partial<T>, options?: RequestOptions): Promise<void> {
    await this.#connection.request(this.#asked(1, { ...this.#kind.gone, ...key }), options)
  }

  /**
   * Each change from now on: the socket listens when this returns. A full buffer is told as `lost`, and the loop goes on;
   * `rcvbuf` makes room. `break`, `close` or the signal end it.
   */
  watch(options?: WatchOptions): Subscription<Change<T>> {
    const { type, groups } = this.#kind
    return new Subscription<Change<T>>(
      k.NETLINK_ROUTE,
      groups,
      (message) =>
        message.type === type || message.type === type + 1
          ? { event: message.type === type ? 'new' : 'delete', value: this.#read(message.body) }
          : undefined,
      options,
    )
  }

  /** A request of RTM_NEW, DEL or GET: 0, 1 or 2. */
  #asked(verb: 0 | 1 | 2, value: Partial<T>): { type: number; name: string; body: Uint8Array } {
    const { type, object, shape } = this.#kind
    return { type: type + verb, name: `RTM_${verbs[verb]}${object}`, body: encodeMessage(value, shape) }
  }

  #read(body: Uint8Array): T {
    return decodeMessage(body, this.#kind.shape) as unknown as T
  }
}

/** Things that can be changed as they are. */
export class SettableThings<T extends object> extends Things<T> {
  /**
   * Changes one: a link that is there, by its `ifindex` or `ifname` (ENODEV without it); any other is made where it is not, or put
   * in the place of the one that it would meet.
   */
  set(given: Partial<T>, options: ChangeOptions = {}): Promise<void> {
    return this.add(given, { flags: this.setting, ...options })
  }
}
