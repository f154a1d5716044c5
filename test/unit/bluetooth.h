/*
 * Bluetooth's structs and numbers for programs. The kernel has no header of them for programs: libbluetooth's where it is
 * installed, else what include/net/bluetooth says, written down again.
 */
#if defined(__has_include) && !defined(__EXPORTED_HEADERS__)
#if __has_include(<bluetooth/bluetooth.h>)
#define WITH_LIBBLUETOOTH
#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <bluetooth/l2cap.h>
#include <bluetooth/rfcomm.h>
#include <bluetooth/sco.h>
#endif
#endif
#ifndef WITH_LIBBLUETOOTH
#include <linux/types.h>
typedef struct { __u8 b[6]; } __attribute__((packed)) bdaddr_t;
struct sockaddr_hci { sa_family_t hci_family; unsigned short hci_dev, hci_channel; };
struct sockaddr_l2 { sa_family_t l2_family; __le16 l2_psm; bdaddr_t l2_bdaddr; __le16 l2_cid; __u8 l2_bdaddr_type; };
struct sockaddr_rc { sa_family_t rc_family; bdaddr_t rc_bdaddr; __u8 rc_channel; };
struct sockaddr_sco { sa_family_t sco_family; bdaddr_t sco_bdaddr; };
struct hci_filter { __u32 type_mask; __u32 event_mask[2]; __le16 opcode; };
struct bt_security { __u8 level, key_size; };
struct l2cap_options { __u16 omtu, imtu, flush_to; __u8 mode, fcs, max_tx; __u16 txwin_size; };
struct l2cap_conninfo { __u16 hci_handle; __u8 dev_class[3]; };
struct rfcomm_conninfo { __u16 hci_handle; __u8 dev_class[3]; };
struct sco_conninfo { __u16 hci_handle; __u8 dev_class[3]; };
enum { SOL_HCI = 0, SOL_L2CAP = 6, SOL_SCO = 17, SOL_RFCOMM = 18 };
#define HCI_FILTER 2
#define BT_SECURITY 4
#define BT_DEFER_SETUP 7
#define BT_FLUSHABLE 8
#define BT_POWER 9
#define BT_VOICE 11
#define BT_SNDMTU 12
#define BT_RCVMTU 13
#define BT_PHY 14
#define BT_MODE 15
#define BT_PKT_STATUS 16
#define L2CAP_OPTIONS 1
#define L2CAP_CONNINFO 2
#define L2CAP_LM 3
#define RFCOMM_CONNINFO 2
#define RFCOMM_LM 3
#define SCO_OPTIONS 1
#define SCO_CONNINFO 2
#ifndef SOL_BLUETOOTH
#define SOL_BLUETOOTH 274
#endif
#endif
