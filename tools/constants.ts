/**
 * Writes src/data/kernel.ts, the kernel's numbers, from its headers: `node build/tools/constants.js`; with `--check`
 * it only compares. The headers say which names there are, the compiler says what they stand for.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import {
  compilerFlags,
  findHeaders,
  type Members,
  machines,
  membersOf,
  namesIn,
  series,
  splitByHeader,
} from './headers.js'

/**
 * Each header, and which of its macros and enumerators to take: `*` is the rest of a name, `!` leaves a name out.
 * What is not a constant must be left out, the compiler says so. `internal/` is explained in headers.ts.
 */
const wanted: Readonly<Record<string, string>> = {
  // The flags left out are for the kernel's own senders: it takes none of them from programs.
  'internal/linux/socket.h':
    'AF_* PF_* SOMAXCONN MSG_* SCM_* SOL_* !MSG_SENDPAGE_* !MSG_NO_SHARED_FRAGS !MSG_SPLICE_PAGES !MSG_INTERNAL_*',
  // Other names that begin with SOCK_ are bits of the kernel's own struct socket.
  'internal/linux/net.h':
    'SOCK_STREAM SOCK_DGRAM SOCK_RAW SOCK_RDM SOCK_SEQPACKET SOCK_DCCP SOCK_PACKET SOCK_TYPE_MASK SOCK_CLOEXEC SOCK_NONBLOCK SHUT_*',
  'linux/socket.h': 'SOCK_*',
  'asm-generic/socket.h': 'SOL_* SO_* SCM_*',
  'linux/net_tstamp.h': 'SOF_* HWTSTAMP_*',
  'linux/errqueue.h': 'SO_EE_* SCM_*',
  'linux/in.h': 'IPPROTO_* INADDR_* IP_* MCAST_*',
  'linux/in6.h': 'IPPROTO_* IPV6_*',
  'linux/ip.h': 'IPTOS_* IPOPT_*',
  'linux/ipv6.h': 'IPV6_*',
  'linux/netfilter_ipv4.h': 'SO_ORIGINAL_DST',
  'linux/icmp.h': 'ICMP_*',
  'linux/icmpv6.h': 'ICMPV6_*',
  'linux/tcp.h': 'TCP_* TCPI_* TFO_*',
  'internal/net/tcp_states.h': 'TCP_* TCPF_* !TCP_ACTION_FIN',
  'linux/mptcp.h': 'MPTCP_* !MPTCP_PM_*',
  'linux/tls.h': 'TLS_*',
  'linux/udp.h': 'UDP_*',
  'linux/sctp.h': 'SCTP_* SPP_* MSG_NOTIFICATION',
  'linux/dccp.h': 'DCCP_SOCKOPT_* DCCP_SCM_*',
  'linux/un.h': 'UNIX_PATH_MAX SIOC*',
  'linux/uio.h': 'UIO_MAXIOV UIO_FASTIOV',
  'linux/if.h': 'IFF_* IF_OPER_* IFNAMSIZ IFALIASZ ALTIFNAMSIZ',
  'linux/if_arp.h': 'ARPHRD_*',
  'linux/if_ether.h': 'ETH_*',
  'linux/if_packet.h': 'PACKET_* TPACKET_* TP_*',
  'linux/sock_diag.h': 'SK_MEMINFO_* SOCK_* SKNLGRP_*',
  'linux/filter.h': 'BPF_* SKF_*',
  'linux/bpf_common.h': 'BPF_*',
  'linux/if_xdp.h': 'XDP_* XSK_*',
  'linux/netlink.h': 'NETLINK_* NLM_* NLMSG_* NLMSGERR_* NLA_*',
  'linux/rtnetlink.h': 'RTM_* RTMGRP_* RTNLGRP_* RTN_* RTPROT_* RT_SCOPE_* RT_TABLE_* RTA_* RTAX_* RTNH_*',
  'linux/if_link.h': 'IFLA_*',
  'linux/if_tunnel.h': 'IFLA_*',
  'linux/if_addr.h': 'IFA_*',
  'linux/veth.h': 'VETH_*',
  'linux/neighbour.h': 'NDA_* NUD_* NTF_*',
  'linux/fib_rules.h': 'FIB_RULE_* FRA_* FR_ACT_*',
  'linux/lwtunnel.h': 'LWTUNNEL_ENCAP_*',
  'linux/genetlink.h': 'GENL_* CTRL_*',
  'linux/inet_diag.h': 'INET_DIAG_* TCPDIAG_GETSOCK DCCPDIAG_GETSOCK',
  'linux/unix_diag.h': 'UDIAG_* UNIX_DIAG_*',
  'linux/packet_diag.h': 'PACKET_SHOW_* PACKET_DIAG_*',
  'linux/netlink_diag.h': 'NDIAG_* NETLINK_DIAG_*',
  'linux/vm_sockets.h': 'VMADDR_* SO_VM_* SOL_* VM_SOCKETS_* IOCTL_* VSOCK_*',
  'linux/if_alg.h': 'ALG_*',
  'linux/tipc.h': 'TIPC_* SIOC*',
  'linux/qrtr.h': 'QRTR_*',
  'linux/rds.h': 'RDS_* RDS6_* SO_* SIOC*',
  'linux/kcm.h': 'KCM_* KCMPROTO_* SIOC*',
  'linux/can.h': 'CAN_* CANFD_* CANXL_* SOL_*',
  'linux/can/error.h': 'CAN_ERR_*',
  'linux/can/raw.h': 'CAN_* SOL_* SCM_*',
  'linux/can/bcm.h': 'CAN_* TX_* RX_* SETTIMER STARTTIMER',
  'linux/can/isotp.h': 'CAN_* SOL_*',
  'linux/can/j1939.h': 'J1939_* SO_* SOL_* SCM_*',
  'asm-generic/poll.h': 'POLL* !POLLREMOVE !POLLFREE !POLL_BUSY_LOOP',
  'linux/eventpoll.h': 'EPOLL* !EPOLL_PACKED !EPOLL_IOC_*',
  'asm-generic/fcntl.h': 'F_* FD_CLOEXEC O_NONBLOCK O_CLOEXEC',
  'linux/fcntl.h': 'F_*',
  'asm-generic/ioctls.h': 'FIONREAD FIONBIO FIOASYNC TIOCINQ TIOCOUTQ',
  'asm-generic/sockios.h': 'FIO* SIOC*',
  'linux/sockios.h': 'SIOC*',
  'asm-generic/errno-base.h': 'E*',
  'asm-generic/errno.h': 'E*',
}

/** Structs to lay out, by the name that programs know them by when the kernel's is another. */
const structs: Readonly<Record<string, string>> = {
  ...itself('sockaddr_in sockaddr_in6 sockaddr_un sockaddr_ll sockaddr_nl sockaddr_vm sockaddr_can'),
  ...itself('sockaddr_tipc sockaddr_alg sockaddr_xdp sockaddr_qrtr'),
  sockaddr_storage: '__kernel_sockaddr_storage',
  ...itself('iovec'),
  msghdr: 'user_msghdr',
  ...itself('mmsghdr cmsghdr linger ucred __kernel_sock_timeval __kernel_timespec __kernel_old_timeval'),
  ...itself('scm_timestamping scm_ts_pktinfo so_timestamping sock_txtime sock_extended_err'),
  ...itself('in_pktinfo in6_pktinfo ip_mreq ip_mreqn ip_mreq_source ipv6_mreq group_req group_source_req'),
  ...itself('ip_msfilter group_filter ip6_mtuinfo in6_flowlabel_req icmp_filter icmp6_filter'),
  ...itself('tcp_info tcp_md5sig tcp_repair_opt tcp_repair_window tcp_zerocopy_receive'),
  ...itself('tcp_ao_add tcp_ao_del tcp_ao_info_opt tcp_ao_getsockopt tcp_ao_repair'),
  ...itself('sock_filter sock_fprog dmabuf_token dmabuf_cmsg'),
  ...itself('mptcp_info mptcp_subflow_data mptcp_subflow_addrs mptcp_full_info'),
  ...itself('fanout_args tpacket_stats tpacket_rollover_stats'),
  ...itself('sctp_initmsg sctp_sndrcvinfo sctp_sndinfo sctp_rcvinfo sctp_nxtinfo sctp_prinfo sctp_authinfo'),
  ...itself('sctp_event_subscribe sctp_event sctp_rtoinfo sctp_assocparams sctp_setpeerprim sctp_prim'),
  ...itself('sctp_paddrparams sctp_authkey sctp_authkeyid sctp_sack_info sctp_assoc_value sctp_stream_value'),
  ...itself('sctp_paddrinfo sctp_status sctp_assoc_stats sctp_paddrthlds sctp_paddrthlds_v2 sctp_prstatus'),
  ...itself('sctp_default_prinfo sctp_add_streams sctp_udpencaps sctp_probeinterval'),
  ...itself('sctp_assoc_change sctp_paddr_change sctp_remote_error sctp_send_failed sctp_send_failed_event'),
  ...itself('sctp_shutdown_event sctp_adaptation_event sctp_pdapi_event sctp_authkey_event'),
  ...itself('sctp_sender_dry_event sctp_stream_reset_event sctp_assoc_reset_event sctp_stream_change_event'),
  ...itself('xdp_statistics rds_rx_trace_so rds_cmsg_rx_trace rds_zcopy_cookies'),
  ...itself('packet_mreq tpacket_auxdata nlmsghdr nlattr rtattr can_filter pollfd'),
  ...itself('can_frame canfd_frame canxl_frame can_raw_vcid_options bcm_timeval bcm_msg_head'),
  ...itself('can_isotp_options can_isotp_fc_options can_isotp_ll_options j1939_filter'),
  ...itself('tipc_socket_addr tipc_service_addr tipc_service_range tipc_group_req tipc_subscr tipc_event'),
}

function itself(names: string): Record<string, string> {
  return Object.fromEntries(names.split(' ').map((name) => [name, name]))
}

/** What is printed of a name: N a number, S a size, F a field's [offset, size], B a bit-field's [byte, bit, width]. */
const printers = `
int printf(const char *, ...);
static void bits(const char *name, const unsigned char *bytes) {
  int from = 0, width = 0;
  while (!(bytes[from / 8] >> from % 8 & 1)) from++;
  while (bytes[(from + width) / 8] >> (from + width) % 8 & 1) width++;
  printf("%s [%d, %d, %d]\\n", name, from / 8, from % 8, width);
}
#define offsetof(type, field) __builtin_offsetof(type, field)
_Static_assert(sizeof(long) == 8, "a compiler for a 64-bit machine");
#define N(name) { enum { constant = (name) }; \\
  printf(#name " %s%llu\\n", (name) < 0 ? "-" : "", (name) < 0 ? -(unsigned long long)(name) : (unsigned long long)(name)); }
#define S(name, type) printf(#name " %d\\n", (int)sizeof(type));
#define F(name, type, field) \\
  printf(#name "." #field " [%d, %d]\\n", (int)offsetof(type, field), (int)sizeof(((type *)0)->field));
#define B(name, type, field) { static union { type of; unsigned char bytes[sizeof(type) + 1]; } all; \\
  all.of.field = -1; bits(#name "." #field, all.bytes); }
`

interface Answer {
  /** The names of each header, and the members of each struct: what there is. */
  readonly names: ReadonlyMap<string, readonly string[]>
  readonly layouts: ReadonlyMap<string, Members>
  /** What each is, by its name or `struct.member`. */
  readonly values: ReadonlyMap<string, string>
}

/** What the headers say to a program on `machine`. */
function ask(top: string, machine: string, work: string): Answer {
  const flags = compilerFlags(top, machine, work)
  const source = join(work, `${machine}.c`)
  writeFileSync(join(work, 'printers.h'), printers)
  // asm/ is the machine's own; where it has nothing of its own, that includes asm-generic/.
  const includes = Object.keys(wanted).map((header) => `#include <${header.replace('asm-generic/', 'asm/')}>`)
  writeFileSync(source, includes.join('\n'))
  const texts = splitByHeader(run('cc', [...flags, '-E', '-dD', source]), flags)
  const names = wantedNames(texts)
  const code = [...texts.values()].join('\n').replace(/^#.*$/gm, '')
  const layouts = new Map(Object.entries(structs).map(([name, tag]) => [name, membersOf(code, tag)]))

  const calls = [...names.values()].flat().map((name) => `N(${name})`)
  for (const [name, { fields, bits }] of layouts) {
    calls.push(`S(${name}, struct ${structs[name]})`)
    for (const field of fields) calls.push(`F(${name}, struct ${structs[name]}, ${field})`)
    for (const field of bits) calls.push(`B(${name}, struct ${structs[name]}, ${field})`)
  }
  const program = [...includes, '#include "printers.h"', 'int main(void) {', ...calls, '}\n']
  writeFileSync(source, program.join('\n'))
  run('cc', [...flags, '-Wfatal-errors', '-o', join(work, `${machine}.out`), source])
  const values = new Map<string, string>()
  for (const [, name = '', value = ''] of run(join(work, `${machine}.out`), []).matchAll(/^(\S+) (.+)$/gm))
    values.set(name, value)
  return { names, layouts, values }
}

function run(command: string, args: readonly string[]): string {
  const done = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 })
  if (done.status === 0) return done.stdout
  throw new Error(`${command} failed: ${done.error?.message ?? done.stderr}`)
}

/** The wanted names of each header, in its order; a name that several headers have is the first one's. */
function wantedNames(texts: ReadonlyMap<string, string>): Map<string, string[]> {
  const names = new Map<string, string[]>()
  const seen = new Set<string>()
  for (const [header, row] of Object.entries(wanted)) {
    const there = namesIn(texts.get(header) ?? '')
    const words = row.split(' ').map((word) => ({
      word,
      takes: !word.startsWith('!'),
      pattern: new RegExp(`^${word.replace('!', '').replace('*', '.*')}$`),
    }))
    // A misspelled word, or a name that the next series moved, must not pass in silence.
    for (const { word, takes, pattern } of words)
      if (takes && !there.some((name) => pattern.test(name))) throw new Error(`no ${word} in ${header}`)
    const fits = (name: string, takes: boolean): boolean =>
      words.some((word) => word.takes === takes && word.pattern.test(name))
    const chosen = there.filter((name) => fits(name, true) && !fits(name, false) && !seen.has(name))
    for (const name of chosen) seen.add(name)
    names.set(header, chosen)
  }
  return names
}

/** The text of src/data/kernel.ts, as biome would format it. */
function generate(): string {
  const top = findHeaders()
  const work = mkdtempSync(join(tmpdir(), 'berkeley-'))
  try {
    const [first, ...others] = Object.keys(machines).map((machine) => ask(top, machine, work))
    if (first === undefined) throw new Error('no machines')
    for (const { values } of others) {
      const all = [...new Set([...first.values.keys(), ...values.keys()])]
      const differing = all.filter((name) => first.values.get(name) !== values.get(name))
      if (differing.length > 0) throw new Error(`not the same on every machine: ${differing.join(' ')}`)
    }
    return write(first)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function write({ names, layouts, values }: Answer): string {
  const value = (name: string): string => {
    const text = values.get(name)
    if (text === undefined || (/^-?\d+$/.test(text) && !Number.isSafeInteger(Number(text))))
      throw new Error(`${name} is ${text}: no number that TypeScript can hold`)
    return text
  }
  const lines = [`// Generated by \`npm run constants\` from the headers of Linux ${series}. Do not edit.`]
  for (const [header, group] of names) {
    const path = `include/${header.startsWith('internal/') ? '' : 'uapi/'}${header.replace('internal/', '')}`
    lines.push('', `// ${path}`, ...group.map((name) => `export const ${name} = ${value(name)}`))
  }

  // Of several names for one number the header's first is the one that people know: EAGAIN, EDEADLK.
  const errnos = new Map<string, string>()
  for (const name of [...names].flatMap(([header, group]) => (header.includes('errno') ? group : [])))
    if (!errnos.has(value(name))) errnos.set(value(name), name)
  lines.push('', '/** The name of each errno value. */')
  lines.push('export const errnoNames: Readonly<Record<number, string>> = {')
  lines.push(...[...errnos].map(([number, name]) => `  ${number}: '${name}',`), '}')

  lines.push('', '/** Structs in bytes: fields are [offset, size], bit-fields [byte, lowest bit, width]. */')
  lines.push('export const layouts = {')
  for (const [struct, { fields, bits }] of layouts) {
    const members = (list: readonly string[]): string[] =>
      list.map((name) => `      ${/\W/.test(name) ? `'${name}'` : name}: ${value(`${struct}.${name}`)},`)
    lines.push(`  ${struct}: {`, `    size: ${value(struct)},`, '    fields: {', ...members(fields), '    },')
    if (bits.length > 0) lines.push('    bits: {', ...members(bits), '    },')
    lines.push('  },')
  }
  return `${[...lines, '} as const'].join('\n')}\n`
}

/** The first lines that only one of two texts has. */
function changes(before: string, after: string): string[] {
  const [old, now] = [before.split('\n'), after.split('\n')]
  const [hadLines, hasLines] = [new Set(old), new Set(now)]
  const gone = old.filter((line) => !hasLines.has(line)).map((line) => `- ${line}`)
  const come = now.filter((line) => !hadLines.has(line)).map((line) => `+ ${line}`)
  const all = [...gone, ...come]
  return all.length > 20 ? [...all.slice(0, 20), `and ${all.length - 20} more`] : all
}

try {
  const { values: options } = parseArgs({ options: { check: { type: 'boolean' } } })
  const target = fileURLToPath(new URL('../../src/data/kernel.ts', import.meta.url))
  const text = generate()
  if (options.check !== true) writeFileSync(target, text)
  else {
    const old = existsSync(target) ? readFileSync(target, 'utf8') : ''
    const wrong = 'src/data/kernel.ts is not what the headers say (npm run constants writes it)'
    if (old !== text) throw new Error([wrong, ...changes(old, text)].join('\n'))
  }
} catch (error) {
  process.stderr.write(`constants: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
