/** `listFamilies` on a kernel that has nearly all of them: what the table says a module brings is there with the module. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Event, listFamilies } from 'berkeley/programs'

/** Debian builds no such modules, or other machines have them. */
const notBuilt = ['AF_CAIF', 'AF_MCTP', 'AF_ISDN', 'AF_X25', 'AF_IUCV']

/** Kinds that need more than a module: a device, a group, a switch, or what the guest's tree of modules leaves out. */
const refused: Readonly<Record<string, string>> = {
  'AF_INET SOCK_DGRAM IPPROTO_ICMP': 'EACCES',
  'AF_INET6 SOCK_DGRAM IPPROTO_ICMPV6': 'EACCES',
  'AF_VSOCK SOCK_DGRAM 0': 'ENODEV',
  'AF_BLUETOOTH SOCK_RAW BTPROTO_CMTP': 'EPROTONOSUPPORT',
  'AF_BLUETOOTH SOCK_RAW BTPROTO_HIDP': 'EPROTONOSUPPORT',
  'AF_BLUETOOTH SOCK_SEQPACKET BTPROTO_ISO': 'EPROTONOSUPPORT',
}

describe('the families of a full kernel', () => {
  it('are there, with all their kinds', async () => {
    const events: Event[] = []
    const summary = await listFamilies([], (event) => {
      events.push(event)
    })
    const of = (event: string): Event[] => events.filter((each) => each.event === event)
    assert.deepEqual(
      of('family')
        .filter(({ has }) => has !== true)
        .map(({ family }) => family),
      notBuilt,
    )
    const missing = of('kind').filter(({ opens }) => opens !== true)
    assert.deepEqual(
      Object.fromEntries(
        missing.map(({ family, type, protocol, code }) => [`${family} ${type} ${protocol}`, code]),
      ),
      refused,
    )
    assert.equal(summary.families, of('family').length - notBuilt.length)
    assert.equal(summary.kinds, of('kind').length - missing.length)
    for (const { reason } of missing) assert.equal(typeof reason, 'string')
  })
})
