/** The own number of a machine among virtual ones: vsock(7). */
import { closeSync, openSync } from 'node:fs'
import { SystemError } from '../data/errors.js'
import { IOCTL_VM_SOCKETS_GET_LOCAL_CID } from '../data/kernel.js'
import { native } from '../sys/binding.js'

const DEVICE = '/dev/vsock'

/**
 * IOCTL_VM_SOCKETS_GET_LOCAL_CID: the context identifier of this machine, which its hypervisor has given to it;
 * VMADDR_CID_HOST on the host itself, VMADDR_CID_LOCAL or VMADDR_CID_ANY where there is neither.
 *
 * @throws SystemError ENOENT without /dev/vsock, which the kernel module vsock makes; EACCES
 */
export function vsockLocalCid(): number {
  const fd = opened()
  try {
    const value = new Uint8Array(4)
    const result = native.ioctl(fd, IOCTL_VM_SOCKETS_GET_LOCAL_CID, value)
    if (result < 0)
      throw new SystemError(result, { syscall: 'ioctl', option: 'IOCTL_VM_SOCKETS_GET_LOCAL_CID' })
    return new DataView(value.buffer).getUint32(0, true)
  } finally {
    closeSync(fd)
  }
}

function opened(): number {
  try {
    return openSync(DEVICE, 'r')
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException
    if (errno === undefined) throw error
    throw new SystemError(errno, { syscall: 'open', hint: `${DEVICE}, which the kernel module vsock makes` })
  }
}
