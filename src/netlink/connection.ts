/** A netlink socket that asks: requests and their answers, one after the other. */
import { checkInteger } from '../data/integer.js'
import {
  AF_NETLINK,
  EINTR,
  MSG_TRUNC,
  NETLINK_ADD_MEMBERSHIP,
  NETLINK_EXT_ACK,
  NETLINK_GET_STRICT_CHK,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_MULTI,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_NOOP,
  SO_RCVBUF,
  SOCK_RAW,
} from '../data/constants.js'
import { DecodeError, SystemError } from '../data/errors.js'
import type { NetlinkAddress } from '../data/address/address.js'
import { decodeNetlink, encodeNetlink, type NetlinkMessage, outcomeOf } from '../protocols/netlink/message.js'
import { socket } from '../socket/open.js'
import type { Socket } from '../socket/socket.js'
import { NetlinkError } from './error.js'
