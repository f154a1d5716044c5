/** What a kernel lacks when it refuses a socket or an option, in words for an error to end with. */
import { absent, type FamilyRow, families, type SocketKind } from './families.js'
import * as k from './kernel.js'
import { familyName, typeName } from './names.js'

/** The row of an AF_* number; undefined for one without sockets. */
export function familyRow(af: number): FamilyRow | undefined {
  return families.find((row) => row.af === af)
}

/** What brings something: a module to load, or an option to build the kernel with. */
function remedy({
  module,
  config,
}: {
  readonly module?: string
  readonly config?: string
}): string | undefined {
  if (module !== undefined)
    return `load the kernel module ${module}${config === undefined ? '' : ` (${config})`}`
  return config === undefined ? undefined : `the kernel must be built with ${config}`
}

/** 'AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP'. */
export function kindName(af: number, { type, protocol, name }: SocketKind): string {
  const parts = [familyName(af), typeName(type)]
  if (name !== undefined || protocol !== 0) parts.push(name ?? `protocol ${protocol}`)
  return parts.join(', ')
}

/** The row of what socket(2) was asked for. IPv4 and IPv6 have one protocol of their own where 0 was given. */
function kindOf(row: FamilyRow, type: number, protocol: number): SocketKind | undefined {
  const fits = row.kinds.filter((kind) => kind.type === type)
  const exact = fits.find((kind) => kind.protocol === protocol)
  return exact ?? (protocol === 0 && type !== k.SOCK_RAW ? fits[0] : undefined)
}

/** Why socket(2) or socketpair(2) has failed with this errno, either sign; undefined where its name says it all. */
export function lackOf(errno: number, af: number, type: number, protocol: number): string | undefined {
  const row = familyRow(af)
  const kind = row && kindOf(row, type, protocol)
  switch (Math.abs(errno)) {
    case k.EAFNOSUPPORT:
      if (row === undefined) return `${familyName(af)}: ${absent[af] ?? 'no family has this number'}`
      return `${familyName(af)}: ${remedy(row) ?? 'this kernel has none'}`
    case k.EPROTONOSUPPORT:
    case k.ESOCKTNOSUPPORT:
    case k.EPROTOTYPE:
    case k.ENODEV: {
      if (row === undefined) return undefined
      if (kind === undefined) return misfit(row, type, protocol)
      const what = remedy(kind)
      return what === undefined ? undefined : `${kindName(af, kind)}: ${what}`
    }
    case k.EPERM:
    case k.EACCES: {
      // Rights are asked for before the rest is looked at: they are those of a kind like it.
      const like = kind ?? row?.kinds.find((each) => each.type === type) ?? row?.kinds[0]
      const needs = like?.needs
      const what = kindName(af, kind ?? { type, protocol })
      return needs === undefined
        ? `${what}: refused by a seccomp filter or a security module`
        : `${what} needs ${needs}`
    }
    default:
      return undefined
  }
}

/** What would go together, where no kernel combines a type and a protocol. */
function misfit(row: FamilyRow, type: number, protocol: number): string {
  const list = (words: readonly (string | undefined)[]): string =>
    [...new Set(words)].filter((word) => word !== undefined).join(', ')
  const fits = row.kinds.filter((kind) => kind.type === type)
  const family = familyName(row.af)
  if (fits.length === 0) return `${family} has ${list(row.kinds.map((kind) => typeName(kind.type)))}`
  const same = row.kinds.filter((kind) => kind.protocol === protocol && kind.name !== undefined)
  if (same.length > 0)
    return `${family}, ${same[0]?.name} goes with ${list(same.map((kind) => typeName(kind.type)))}`
  if (protocol === 0 && type === k.SOCK_RAW && fits.length < row.kinds.length)
    return `${family}, SOCK_RAW wants a protocol other than 0`
  const protocols = list(fits.map(({ name }) => name))
  return `${family}, ${typeName(type)} goes with ${protocols === '' ? 'protocol 0' : protocols}`
}

interface OptionLack {
  readonly level: number
  readonly options: readonly number[]
  readonly hint: string
}

const XFRM = 'the kernel must be built with CONFIG_XFRM'

/** Options that the kernel refuses with ENOPROTOOPT where a module or a build option is missing. */
const optionLacks: readonly OptionLack[] = [
  {
    level: k.SOL_SOCKET,
    options: [k.SO_BUSY_POLL, k.SO_PREFER_BUSY_POLL, k.SO_BUSY_POLL_BUDGET, k.SO_INCOMING_NAPI_ID],
    hint: 'the kernel must be built with CONFIG_NET_RX_BUSY_POLL',
  },
  {
    level: k.SOL_SOCKET,
    options: [k.SO_PEERSEC],
    hint: 'a security module that labels sockets must be active: SELinux, AppArmor or Smack',
  },
  {
    level: k.IPPROTO_IP,
    options: [k.SO_ORIGINAL_DST],
    hint: 'load the kernel module nf_conntrack (CONFIG_NF_CONNTRACK)',
  },
  { level: k.IPPROTO_IP, options: [k.IP_IPSEC_POLICY, k.IP_XFRM_POLICY], hint: XFRM },
  { level: k.IPPROTO_IPV6, options: [k.IPV6_IPSEC_POLICY, k.IPV6_XFRM_POLICY], hint: XFRM },
  {
    level: k.IPPROTO_IPV6,
    options: [k.SO_ORIGINAL_DST],
    hint: 'load the kernel modules nf_conntrack and ip6_tables (CONFIG_NF_CONNTRACK)',
  },
  {
    level: k.IPPROTO_TCP,
    options: [k.TCP_MD5SIG, k.TCP_MD5SIG_EXT],
    hint: 'the kernel must be built with CONFIG_TCP_MD5SIG',
  },
  {
    level: k.IPPROTO_TCP,
    options: [k.TCP_AO_ADD_KEY, k.TCP_AO_DEL_KEY, k.TCP_AO_INFO, k.TCP_AO_GET_KEYS, k.TCP_AO_REPAIR],
    hint: 'the kernel must be built with CONFIG_TCP_AO, since Linux 6.7',
  },
  {
    level: k.SOL_TLS,
    options: [k.TLS_TX, k.TLS_RX, k.TLS_TX_ZEROCOPY_RO, k.TLS_RX_EXPECT_NO_PAD],
    hint: "TCP_ULP must be set to 'tls' first",
  },
]

/** Why getsockopt(2) or setsockopt(2) has failed with this errno, either sign; `value` is what was to be set. */
export function lackOfOption(
  errno: number,
  level: number,
  option: number,
  value?: Uint8Array,
): string | undefined {
  const code = Math.abs(errno)
  if (code === k.ENOPROTOOPT)
    return optionLacks.find((row) => row.level === level && row.options.includes(option))?.hint
  // Two options name a module by their value.
  if (code !== k.ENOENT || level !== k.IPPROTO_TCP || value === undefined) return undefined
  const name = /^[\w-]{1,15}/.exec(String.fromCharCode(...value.subarray(0, 16)))?.[0]
  if (name === undefined) return undefined
  if (option === k.TCP_ULP) return `load the kernel module ${name}`
  return option === k.TCP_CONGESTION ? `load the kernel module tcp_${name}` : undefined
}
