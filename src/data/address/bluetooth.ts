/**
 * AF_BLUETOOTH: a struct for each protocol, and nothing in them that says which. Their lengths do: sockaddr_hci has 6 bytes,
 * sockaddr_sco 8, sockaddr_rc 10 and sockaddr_l2 14.
 */
import { DecodeError } from '../errors.js'
import { checkInteger } from '../integer.js'
import { AF_BLUETOOTH } from '../kernel.js'
import type { AddressCodec, BluetoothAddress } from './address.js'

const HCI = 6
const SCO = 8
const RFCOMM = 10
const L2CAP = 14

/** sockaddr_sco and sockaddr_rc have the device's address first, sockaddr_l2 its port before that. */
const DEVICE = 2
const L2CAP_DEVICE = 4

export const bluetooth: AddressCodec<BluetoothAddress> = {
  af: AF_BLUETOOTH,
  family: 'bluetooth',

  encode(address) {
    const { deviceId, bdaddr, psm, cid = 0, bdaddrType = 0, channel } = address
    if (deviceId !== undefined) {
      checkInteger(deviceId, 'deviceId', 0, 0xffff)
      checkInteger(channel ?? 0, 'channel', 0, 0xffff)
      return filled(HCI, (view) => {
        view.setUint16(2, deviceId, true)
        view.setUint16(4, channel ?? 0, true)
      })
    }
    const device = parseBdaddr(bdaddr)
    if (psm !== undefined) {
      checkInteger(psm, 'psm', 0, 0xffff)
      checkInteger(cid, 'cid', 0, 0xffff)
      checkInteger(bdaddrType, 'bdaddrType', 0, 255)
      return filled(L2CAP, (view, bytes) => {
        view.setUint16(2, psm, true)
        bytes.set(device, L2CAP_DEVICE)
        view.setUint16(10, cid, true)
        view.setUint8(12, bdaddrType)
      })
    }
    if (channel !== undefined) checkInteger(channel, 'channel', 0, 255)
    return filled(channel === undefined ? SCO : RFCOMM, (view, bytes) => {
      bytes.set(device, DEVICE)
      if (channel !== undefined) view.setUint8(8, channel)
    })
  },

  decode(sockaddr) {
    const view = new DataView(sockaddr.buffer, sockaddr.byteOffset, sockaddr.byteLength)
    const family = 'bluetooth'
    switch (sockaddr.length) {
      case HCI:
        return Object.freeze({ family, deviceId: view.getUint16(2, true), channel: view.getUint16(4, true) })
      case SCO:
        return Object.freeze({ family, bdaddr: formatBdaddr(sockaddr, DEVICE) })
      case RFCOMM:
        return Object.freeze({ family, bdaddr: formatBdaddr(sockaddr, DEVICE), channel: view.getUint8(8) })
      case L2CAP:
        return Object.freeze({
          family,
          bdaddr: formatBdaddr(sockaddr, L2CAP_DEVICE),
          psm: view.getUint16(2, true),
          cid: view.getUint16(10, true),
          bdaddrType: view.getUint8(12),
        })
      default:
        throw new DecodeError('ERR_MALFORMED', 'sockaddr of AF_BLUETOOTH', sockaddr.length)
    }
  },
}

function filled(size: number, fill: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, AF_BLUETOOTH, true)
  fill(view, bytes)
  return bytes
}

/** The text begins with the last of the six bytes. */
function parseBdaddr(text: unknown): Uint8Array {
  if (typeof text !== 'string' || !/^[\da-f]{2}(:[\da-f]{2}){5}$/i.test(text))
    throw new TypeError(`expected a bdaddr '01:23:45:67:89:AB', not ${String(text)}`)
  return Uint8Array.from(text.split(':').reverse(), (byte) => Number.parseInt(byte, 16))
}

function formatBdaddr(bytes: Uint8Array, at: number): string {
  return Array.from(bytes.subarray(at, at + 6), (byte) => byte.toString(16).padStart(2, '0').toUpperCase())
    .reverse()
    .join(':')
}
