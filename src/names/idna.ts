/** Internationalized names, as Python sends them: their ASCII form, RFC 5890 §2.3.2.1, is what the databases hold. */
import { domainToASCII } from 'node:url'
import { GaiError } from '../data/errors.js'
import { EAI_IDN_ENCODE } from '../data/netdb.js'

/** The name as libc is to see it. Throws GaiError EAI_IDN_ENCODE for what has no ASCII form. */
export function asciiName(name: string): string {
  // An address with the name of an interface behind '%' is none.
  if (/^\p{ASCII}*$/u.test(name) || name.includes(':')) return name
  const ascii = domainToASCII(name)
  if (ascii === '') throw new GaiError(EAI_IDN_ENCODE, name, null)
  return ascii
}
