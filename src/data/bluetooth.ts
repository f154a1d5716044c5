/**
 * What include/net/bluetooth has for programs: the kernel keeps those headers to itself, and libbluetooth copies them by
 * hand, as is done here.
 */

export const BTPROTO_L2CAP = 0
export const BTPROTO_HCI = 1
export const BTPROTO_SCO = 2
export const BTPROTO_RFCOMM = 3
export const BTPROTO_BNEP = 4
export const BTPROTO_CMTP = 5
export const BTPROTO_HIDP = 6
export const BTPROTO_AVDTP = 7
export const BTPROTO_ISO = 8

/** Level of the options of HCI sockets; it is IP's as well. */
export const SOL_HCI = 0
export const SOL_L2CAP = 6
export const SOL_SCO = 17
export const SOL_RFCOMM = 18

/** Any adapter, or any peer. */
export const BDADDR_ANY = '00:00:00:00:00:00'
/** The machine itself. */
export const BDADDR_LOCAL = '00:00:00:FF:FF:FF'

export const BDADDR_BREDR = 0
export const BDADDR_LE_PUBLIC = 1
export const BDADDR_LE_RANDOM = 2

export const BT_SECURITY_SDP = 0
export const BT_SECURITY_LOW = 1
export const BT_SECURITY_MEDIUM = 2
export const BT_SECURITY_HIGH = 3
export const BT_SECURITY_FIPS = 4
export const BT_VOICE_TRANSPARENT = 3
export const BT_VOICE_CVSD_16BIT = 0x60

export const L2CAP_LM_MASTER = 1
export const L2CAP_LM_AUTH = 2
export const L2CAP_LM_ENCRYPT = 4
export const L2CAP_LM_TRUSTED = 8
export const L2CAP_LM_RELIABLE = 16
export const L2CAP_LM_SECURE = 32
export const RFCOMM_LM_MASTER = 1
export const RFCOMM_LM_AUTH = 2
export const RFCOMM_LM_ENCRYPT = 4
export const RFCOMM_LM_TRUSTED = 8
export const RFCOMM_LM_RELIABLE = 16
export const RFCOMM_LM_SECURE = 32

/** No device: of sockets of HCI that are about all of them. */
export const HCI_DEV_NONE = 0xffff
export const HCI_CHANNEL_RAW = 0
export const HCI_CHANNEL_USER = 1
export const HCI_CHANNEL_MONITOR = 2
export const HCI_CHANNEL_CONTROL = 3
export const HCI_CHANNEL_LOGGING = 4
