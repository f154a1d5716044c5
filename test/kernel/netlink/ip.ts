/** What ip(8) says, which has code of its own. */
import assert from 'node:assert/strict'
import { sh } from '../usage/namespace.js'

export type Json = Readonly<Record<string, unknown>>
/** What ip prints. */
export const ip = (command: string): Json[] =>
  JSON.parse(sh(`ip -details -json ${command}`) || '[]') as Json[]
/** The only one that it prints. */
export const one = (command: string): Json => {
  const found = ip(command).filter((each) => Object.keys(each).length > 0)
  assert.equal(found.length, 1, command)
  return found[0] as Json
}
/** The fields of `all` that `some` has. */
export const pick = (all: object, some: object): object =>
  Object.fromEntries(Object.keys(some).map((name) => [name, (all as Json)[name]]))
