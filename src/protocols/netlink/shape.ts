/**
 * How netlink lays out its messages, as data: a message is a struct and attributes behind it, an attribute a row of its
 * number, its name (the key) and its shape. TypeScript's types follow from the rows; nothing else knows an attribute.
 *
 *     { mtu: [4, 'u32'], cacheinfo: [6, { used: 'u32', expires: 's32' }], proplist: [52, [ … ]] }
 *
 * A shape is the name of a value (values.ts), a struct (fields and their values, in the order of C; those that begin
 * with `_` are padding), a table of attributes inside the attribute, or a list: attributes of one shape inside the attribute,
 * whose numbers count them, or are all the same: `['string', 53]`.
 */
import type { Fixed, Values } from './values.js'

/** Fields of a fixed size, one behind the other: padding is written out. */
export interface Struct {
  readonly [field: string]: keyof Fixed
}

/** Attributes by their names: number and shape. */
export interface Table {
  readonly [name: string]: readonly [type: number, shape: Shape]
}

/** What the bytes of an attribute are. */
export type Shape = keyof Values | Struct | Table | List

/** Attributes of one shape; `type` is the number of each, where they are not counted from 1 on. */
export type List = readonly [Shape] | readonly [Shape, type: number]

/** A kind of message: the struct at its front, and the attributes behind that. */
export interface MessageShape {
  /** What it is, for errors: 'link'. */
  readonly name: string
  readonly header: Struct
  readonly attributes: Table
}

/** An attribute that no row is about: its number with the flags (NLA_F_*) and its bytes. */
export interface UnknownAttribute {
  readonly type: number
  readonly data: Uint8Array
}

/** The fields of a struct; those that a running kernel of another age does not have are missing when it is read. */
export type StructValue<S extends Struct> = {
  readonly [K in keyof S as K extends `_${string}` ? never : K]: Fixed[S[K]]
}

/** The values of a table's attributes, each there or not. What has no row is in `unknown`. */
export type TableValue<T extends Table> = {
  readonly [K in keyof T]?: ShapeValue<T[K][1]> | undefined
} & { readonly unknown?: readonly UnknownAttribute[] | undefined }

/** The value of a shape. */
export type ShapeValue<S> = S extends keyof Values
  ? Values[S]
  : S extends readonly [infer E, ...(readonly number[])]
    ? readonly ShapeValue<E>[]
    : S extends Struct
      ? StructValue<S>
      : S extends Table
        ? TableValue<S>
        : never

/** A message: its header's fields and its attributes in one object. Of one name in both the attribute counts: it is the wider. */
export type MessageValue<M extends MessageShape> = Omit<StructValue<M['header']>, keyof M['attributes']> &
  Pick<StructValue<M['header']>, keyof M['attributes'] & keyof StructValue<M['header']>> &
  TableValue<Omit<M['attributes'], keyof M['header']>>

export function isStruct(shape: Struct | Table): shape is Struct {
  for (const name in shape) return typeof shape[name] === 'string'
  return false
}

export function isList(shape: Exclude<Shape, string>): shape is List {
  return Array.isArray(shape)
}
