/** The messages of ICMP, ICMPv6 and IGMP: what stands behind type, code and checksum depends on the type. */
import type { Reader, Writer } from './bytes.js'
import { ip4, ip6, readIp4, readIp6 } from './text.js'

/** How one kind of message is read and written. */
export interface Form<M extends { readonly kind: string }> {
  readonly kind: M['kind']
  /** The numbers in the header's `type` that have it. */
  readonly types: readonly number[]
  /** Whether the beginning of another packet stands behind it. */
  readonly quotes?: boolean
  read(r: Reader): M
  write(w: Writer, message: M): void
}

/** A number of so many bytes, or an address. */
type Field = 1 | 2 | 4 | 'ip4' | 'ip6'
type Layout<M> = { readonly [F in Exclude<keyof M, 'kind'>]-?: Field }

/** The form of a message that is one field after the other, in the order of `layout`. */
export function form<M extends { readonly kind: string }>(
  kind: M['kind'],
  types: readonly number[],
  layout: Layout<M>,
  quotes = false,
): Form<M> {
  const fields = Object.entries(layout) as [string, Field][]
  return {
    kind,
    types,
    quotes,
    read(r) {
      const message: Record<string, number | string> = { kind }
      for (const [name, field] of fields) message[name] = readers[field](r)
      return message as unknown as M
    },
    write(w, message) {
      const values = message as unknown as Readonly<Record<string, number | string | undefined>>
      for (const [name, field] of fields) {
        // What nobody uses need not be given.
        const value = values[name] ?? (/^(?:unused|reserved)/.test(name) ? 0 : values[name])
        if (field === 'ip4' || field === 'ip6') w.put((field === 'ip4' ? ip4 : ip6)(value as string, name))
        else if (field === 1) w.u8(value as number, name)
        else if (field === 2) w.u16(value as number, name)
        else w.u32(value as number, name)
      }
    },
  }
}

const readers: { readonly [F in Field]: (r: Reader) => number | string } = {
  1: (r) => r.u8(),
  2: (r) => r.u16(),
  4: (r) => r.u32(),
  ip4: readIp4,
  ip6: readIp6,
}

/** A message of which nothing is known: all of it is payload. */
export interface Unknown {
  readonly kind: 'unknown'
}

/** Forms by type. A type without one gives `unknown`. */
export class Forms<M extends { readonly kind: string }> {
  readonly #forms = new Map<number, Form<M>>()

  constructor(forms: readonly Form<M>[]) {
    for (const each of forms) for (const type of each.types) this.#forms.set(type, each)
  }

  read(type: number, r: Reader): M | Unknown {
    return this.#forms.get(type)?.read(r) ?? { kind: 'unknown' }
  }

  /** @throws TypeError for a message that the type does not have. */
  write(type: number, w: Writer, message: M | Unknown): void {
    if (message.kind === 'unknown') return
    const found = this.#forms.get(type)
    if (found === undefined || found.kind !== message.kind)
      throw new TypeError(`type ${type} has no message ${message.kind}`)
    found.write(w, message as M)
  }

  quotes(type: number): boolean {
    return this.#forms.get(type)?.quotes === true
  }
}
