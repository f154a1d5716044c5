/** AF_XDP as far as it goes without rings: the kernel reads the address, and then misses them. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { AF_XDP, type Given, ifNametoindex, SOCK_RAW, SystemError, socket, type XdpAddress } from 'berkeley'
import { needsRoot } from '../support/needs.js'

it('bind wants an interface that there is, and then rings', needsRoot(), (t) => {
  let made: ReturnType<typeof socket<XdpAddress>>
  try {
    made = socket(AF_XDP, SOCK_RAW)
  } catch (error) {
    if (!(error instanceof SystemError) || error.code !== 'EAFNOSUPPORT') throw error
    t.skip('this kernel is without AF_XDP (EAFNOSUPPORT)')
    return
  }
  using _ = made
  const refused = (address: Given<XdpAddress>, code: string): void =>
    assert.throws(
      () => made.bind(address),
      (error) => {
        assert.ok(error instanceof SystemError)
        const local = { family: 'xdp', flags: 0, sharedUmemFd: 0, ...address }
        assert.deepEqual([error.code, error.local], [code, local])
        return true
      },
    )
  const ifindex = ifNametoindex('lo')
  refused({ ifindex: 0x7fffffff, queueId: 0 }, 'ENODEV')
  refused({ ifindex, queueId: 0 }, 'EINVAL')
  refused({ ifindex, queueId: 0, flags: 0x8000 }, 'EINVAL')
})
