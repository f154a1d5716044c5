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
export const BT_FLUSHABLE_OFF = 0
export const BT_FLUSHABLE_ON = 1
export const BT_POWER_FORCE_ACTIVE_OFF = 0
export const BT_POWER_FORCE_ACTIVE_ON = 1
export const BT_CHANNEL_POLICY_BREDR_ONLY = 0
export const BT_CHANNEL_POLICY_BREDR_PREFERRED = 1
export const BT_VOICE_TRANSPARENT = 3
export const BT_VOICE_CVSD_16BIT = 0x60
export const BT_VOICE_TRANSPARENT_16BIT = 0x63
export const BT_MODE_BASIC = 0
export const BT_MODE_ERTM = 1
export const BT_MODE_STREAMING = 2
export const BT_MODE_LE_FLOWCTL = 3
export const BT_MODE_EXT_FLOWCTL = 4

/** Bits of BT_PHY. */
export const BT_PHY_BR_1M_1SLOT = 0x1
export const BT_PHY_BR_1M_3SLOT = 0x2
export const BT_PHY_BR_1M_5SLOT = 0x4
export const BT_PHY_EDR_2M_1SLOT = 0x8
export const BT_PHY_EDR_2M_3SLOT = 0x10
export const BT_PHY_EDR_2M_5SLOT = 0x20
export const BT_PHY_EDR_3M_1SLOT = 0x40
export const BT_PHY_EDR_3M_3SLOT = 0x80
export const BT_PHY_EDR_3M_5SLOT = 0x100
export const BT_PHY_LE_1M_TX = 0x200
export const BT_PHY_LE_1M_RX = 0x400
export const BT_PHY_LE_2M_TX = 0x800
export const BT_PHY_LE_2M_RX = 0x1000
export const BT_PHY_LE_CODED_TX = 0x2000
export const BT_PHY_LE_CODED_RX = 0x4000

/** Options of SOL_BLUETOOTH without a type here: they go by number and bytes. */
export const BT_CHANNEL_POLICY = 10
export const BT_ISO_QOS = 17
export const BT_CODEC = 19
/** Options of SOL_HCI, likewise: ints that are not 0 to have the direction or the time of each packet beside it. */
export const HCI_DATA_DIR = 1
export const HCI_TIME_STAMP = 3

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
