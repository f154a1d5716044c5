/** AF_VSOCK as a level. Nothing is connected here: outside of a machine made for it, that would leave to the hypervisor. */
import assert from 'node:assert/strict'
import * as b from 'berkeley'
import { refuses, type Trial, tried } from './trial.js'

const {
  SO_VM_SOCKETS_BUFFER_SIZE: SIZE,
  SO_VM_SOCKETS_BUFFER_MIN_SIZE: LEAST,
  SO_VM_SOCKETS_BUFFER_MAX_SIZE: MOST,
} = b

export const trials: Readonly<Record<string, Trial>> = {
  SO_VM_SOCKETS_BUFFER_SIZE: tried('vsock', (made) => {
    const value = made.getsockopt(SIZE) - 4096
    made.setsockopt(SIZE, value)
    assert.equal(made.getsockopt(SIZE), value)
    refuses(() => made.setsockopt(SIZE.level, SIZE.option, 1), 'EINVAL')
  }),
  SO_VM_SOCKETS_BUFFER_MIN_SIZE: tried('vsock', (made) => {
    made.setsockopt(LEAST, 8192)
    assert.equal(made.getsockopt(LEAST), 8192)
    made.setsockopt(SIZE, 5000)
    assert.equal(made.getsockopt(SIZE), 8192)
  }),
  SO_VM_SOCKETS_BUFFER_MAX_SIZE: tried('vsock', (made) => {
    made.setsockopt(MOST, 2 ** 33)
    assert.equal(made.getsockopt(MOST), 2 ** 33)
    made.setsockopt(SIZE, 2 ** 34)
    assert.equal(made.getsockopt(SIZE), 2 ** 33)
  }),
  SO_VM_SOCKETS_CONNECT_TIMEOUT: tried('vsock', (made) => {
    const first = made.getsockopt(b.SO_VM_SOCKETS_CONNECT_TIMEOUT)
    made.setsockopt(b.SO_VM_SOCKETS_CONNECT_TIMEOUT, 5500)
    assert.equal(made.getsockopt(b.SO_VM_SOCKETS_CONNECT_TIMEOUT), 5500)
    made.setsockopt(b.SO_VM_SOCKETS_CONNECT_TIMEOUT, 0)
    assert.equal(made.getsockopt(b.SO_VM_SOCKETS_CONNECT_TIMEOUT), first)
  }),
}
