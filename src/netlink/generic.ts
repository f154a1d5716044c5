/** Generic netlink: families by name, their commands, and their multicast groups by name. */
import { SystemError } from '../data/errors.js'
import { checkInteger } from '../data/integer.js'
import * as k from '../data/kernel.js'
import { decodeMessage } from '../protocols/netlink/decoder.js'
import { encodeMessage } from '../protocols/netlink/encoder.js'
import { family as controller, type FamilyMessage, genericHeader } from '../protocols/netlink/generic.js'
import type { Table, TableValue } from '../protocols/netlink/shape.js'
import { NetlinkConnection, type RequestOptions } from './connection.js'
import type { NetlinkOptions } from './port.js'
import { Subscription, type WatchOptions } from './subscription.js'

/** A family of generic netlink: what the kernel tells of it. */
export interface GenericFamily {
  readonly name: string
  /** The type of its messages. */
  readonly id: number
  readonly version: number
  /** Bytes of its own header behind genlmsghdr. */
  readonly hdrsize: number
  /** The largest number of its attributes. */
  readonly maxattr: number
  /** Its commands, with GENL_* flags. */
  readonly ops: readonly { readonly id: number; readonly flags: number }[]
  readonly mcastGroups: readonly { readonly name: string; readonly id: number }[]
}

/** A message of a family: its command, and its attributes as a table has them. */
export interface GenericMessage<T extends Table> {
  readonly cmd: number
  readonly version: number
  readonly attributes: TableValue<T>
}

/** A command to a family: `cmd` and the attributes that `table` has. */
export interface GenericCommand<T extends Table> {
  readonly cmd: number
  readonly table: T
  readonly attributes?: TableValue<T> | undefined
  /** NLM_F_*, as a `NetlinkRequest` has them. */
  readonly flags?: number | undefined
}

/**
 * Generic netlink: `family('nl80211')` finds a family, `request` and `dump` speak to it in attributes that a table lays out,
 * `watch` hears its multicast groups. Families with a header of their own (`hdrsize`) need `connection`.
 */
export class GenericNetlink implements Disposable {
  readonly connection: NetlinkConnection
  readonly #known: Map<string, GenericFamily> = new Map()

  constructor(options?: NetlinkOptions) {
    this.connection = new NetlinkConnection(k.NETLINK_GENERIC, options)
  }

  /** The family of this name, asked for once. ENOENT where the kernel has none, or has its module not loaded. */
  async family(name: string, options?: RequestOptions): Promise<GenericFamily> {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const body = encodeMessage({ cmd: k.CTRL_CMD_GETFAMILY, familyName: name }, controller)
    const [answer] = await this.connection.request({ ...ASKED, body }, options)
    if (answer === undefined) throw new SystemError(k.ENOENT, { syscall: ASKED.name })
    const found = familyOf(decodeMessage(answer.body, controller))
    this.#known.set(name, found)
    return found
  }

  /** All families. */
  async families(options?: RequestOptions): Promise<GenericFamily[]> {
    const body = encodeMessage({ cmd: k.CTRL_CMD_GETFAMILY }, controller)
    const answers = await this.connection.dump({ ...ASKED, body }, options)
    return answers.map((each) => familyOf(decodeMessage(each.body, controller)))
  }

  /** A command, and what the family answers. @throws NetlinkError when it refuses; ENOENT without such a family. */
  async request<T extends Table>(
    name: string,
    command: GenericCommand<T>,
    options?: RequestOptions,
  ): Promise<GenericMessage<T>[]> {
    const asked = await this.#asked(name, command, options)
    return (await this.connection.request(asked, options)).map(({ body }) =>
      messageOf(body, name, command.table),
    )
  }

  /** A command that asks for everything (NLM_F_DUMP), again where it changed meanwhile. Fails as `request`. */
  async dump<T extends Table>(
    name: string,
    command: GenericCommand<T>,
    options?: RequestOptions,
  ): Promise<GenericMessage<T>[]> {
    const asked = await this.#asked(name, command, options)
    return (await this.connection.dump(asked, options)).map(({ body }) =>
      messageOf(body, name, command.table),
    )
  }

  /**
   * What the family sends to these groups, all of its groups when they are left out, from the moment the promise resolves. ENOENT
   * for a group that it does not have; EPERM for one that needs a privilege.
   */
  async watch<T extends Table>(
    name: string,
    table: T,
    options: WatchOptions & { readonly groups?: readonly string[] | undefined } = {},
  ): Promise<Subscription<GenericMessage<T>>> {
    const { id, mcastGroups } = await this.family(name, options)
    const wanted = options.groups ?? mcastGroups.map((group) => group.name)
    const groups = wanted.map((group) => {
      const found = mcastGroups.find((each) => each.name === group)
      if (found === undefined) throw new SystemError(k.ENOENT, { syscall: `group ${group} of ${name}` })
      return found.id
    })
    return new Subscription(
      k.NETLINK_GENERIC,
      groups,
      ({ type, body }) => (type === id ? messageOf(body, name, table) : undefined),
      options,
    )
  }

  /** Closes the socket; what waits fails with ECANCELED. */
  close(): void {
    this.connection.close()
  }

  /** `close`. */
  [Symbol.dispose](): void {
    this.close()
  }

  async #asked<T extends Table>(
    name: string,
    { cmd, table, attributes = {}, flags }: GenericCommand<T>,
    options: RequestOptions | undefined,
  ): Promise<{ type: number; flags: number | undefined; name: string; body: Uint8Array }> {
    const { id, version, hdrsize } = await this.family(name, options)
    if (hdrsize > 0) throw new TypeError(`${name} has a header of its own: use the connection`)
    const shape = { name, header: genericHeader, attributes: table }
    const header = encodeMessage(
      { cmd: checkInteger(cmd, 'cmd', 0, 255), version },
      { ...shape, attributes: {} },
    )
    const rest = encodeMessage(attributes, { ...shape, header: {} })
    const body = new Uint8Array(header.length + rest.length)
    body.set(header)
    body.set(rest, header.length)
    return { type: id, flags, name: `${name} command ${cmd}`, body }
  }
}

const ASKED = { type: k.GENL_ID_CTRL, name: 'CTRL_CMD_GETFAMILY' }

function familyOf(message: FamilyMessage): GenericFamily {
  const { familyName = '', familyId = 0, version = 0, hdrsize = 0, maxattr = 0, ops, mcastGroups } = message
  return {
    name: familyName,
    id: familyId,
    ...{ version, hdrsize, maxattr },
    ops: (ops ?? []).map(({ id = 0, flags = 0 }) => ({ id, flags })),
    mcastGroups: (mcastGroups ?? []).map(({ name = '', id = 0 }) => ({ name, id })),
  }
}

/** An attribute may be called `cmd` or `version`: header and attributes are read apart. */
function messageOf<T extends Table>(body: Uint8Array, name: string, table: T): GenericMessage<T> {
  const { cmd, version } = decodeMessage(body, { name, header: genericHeader, attributes: {} })
  const attributes = decodeMessage(body, { name, header: skipped, attributes: table })
  return { cmd, version, attributes: attributes as unknown as TableValue<T> }
}

const skipped = { _header: 'u32' } as const
