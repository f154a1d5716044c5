/** The interfaces of a namespace: what is told of them, and what they are set to, as ip(8) and python3 see it. */
import { needs, sh } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { before, describe, it } from 'node:test'
import {
  type Address,
  ARPHRD_ETHER,
  ARPHRD_LOOPBACK,
  formatAddress,
  getifaddrs,
  IFF_BROADCAST,
  IFF_LOOPBACK,
  IFF_NOARP,
  IFF_POINTOPOINT,
  IFF_UP,
  ifconfig,
  ifNameindex,
  ifNametoindex,
} from 'berkeley'

before(() => {
  if (needs.skip !== false) return
  sh(`
    ip link add wire type veth peer name other
    ip addr add 10.3.0.1/24 brd 10.3.0.255 dev wire
    ip addr add 10.4.0.1/16 dev wire
    ip link set wire up
    ip link set other up
    ip addr add fd03::1/64 dev wire nodad
    ip tuntap add point mode tun
    ip addr add 10.5.0.1 peer 10.5.0.2 dev point
  `)
})

interface IpAddress {
  readonly family: string
  readonly local: string
  readonly prefixlen: number
  readonly broadcast?: string
  readonly address?: string
}
interface IpLink {
  readonly ifindex: number
  readonly ifname: string
  readonly flags: readonly string[]
  readonly mtu: number
  readonly txqlen?: number
  readonly address?: string
  readonly broadcast?: string
  readonly addr_info: readonly IpAddress[]
}

/** What ip-address(8) says of all interfaces, or of one. */
const ip = (name = ''): IpLink[] => JSON.parse(sh(`ip -j addr show ${name}`))
const colons = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/..(?=.)/g, '$&:')
const hostOf = (address: Address | null): string | null =>
  address !== null && 'host' in address ? address.host : null

/** How many bits of a mask are set. */
const length = (mask: Address | null): number => {
  assert.ok(mask?.family === 'inet' || mask?.family === 'inet6')
  const parts = mask.family === 'inet' ? mask.host.split('.').map(Number) : words(mask.host)
  return parts.reduce((sum, part) => sum + part.toString(2).replaceAll('0', '').length, 0)
}
const words = (host: string): number[] => host.split(':').map((word) => Number.parseInt(word || '0', 16))

describe('getifaddrs', needs, () => {
  it('has every address that ip-address(8) has', () => {
    const listed = ip().flatMap(({ ifname, addr_info }) =>
      addr_info.map(({ local, prefixlen, broadcast, address }) => ({
        name: ifname,
        host: local,
        prefix: prefixlen,
        broadcast: broadcast ?? null,
        destination: address ?? null,
      })),
    )
    assert.ok(listed.length >= 7)
    const found = getifaddrs().flatMap(({ name, address, netmask, broadcast, destination }) =>
      address === null || address.family === 'packet'
        ? []
        : [
            {
              name,
              host: hostOf(address) as string,
              prefix: name === 'point' && address.family === 'inet' ? 32 : length(netmask),
              broadcast: hostOf(broadcast),
              destination: address.family === 'inet' ? hostOf(destination) : null,
            },
          ],
    )
    const sorted = <T extends { name: string; host: string }>(list: T[]): T[] =>
      list.sort((a, b) => `${a.name} ${a.host}`.localeCompare(`${b.name} ${b.host}`))
    assert.deepEqual(sorted(found), sorted(listed))
  })

  it('has the hardware of each interface, and the link of an address that needs it', () => {
    const all = getifaddrs()
    for (const { ifindex, ifname, address, broadcast } of ip()) {
      const entry = all.find((each) => each.name === ifname && each.address?.family === 'packet')
      assert.equal(entry === undefined, address === undefined, ifname)
      if (entry?.address?.family !== 'packet') continue
      assert.equal(entry.address.ifindex, ifindex)
      assert.equal(colons(entry.address.addr), address)
      if (entry.broadcast?.family === 'packet') assert.equal(colons(entry.broadcast.addr), broadcast)
    }
    const local = all.find(({ name, address }) => name === 'wire' && hostOf(address)?.startsWith('fe80:'))
    assert.ok(local?.address?.family === 'inet6')
    assert.equal(local.address.scopeId, ifNametoindex('wire'))
    const lo = all.find(({ address }) => hostOf(address) === '127.0.0.1')
    assert.equal((lo?.flags ?? 0) & (IFF_LOOPBACK | IFF_UP), IFF_LOOPBACK | IFF_UP)
    for (const { address } of all) if (address !== null) assert.ok(formatAddress(address).length > 0)
  })
})

/** What python3 asks the kernel of an interface by the same request. */
function python(name: string, expression: string): string {
  const script = `import fcntl, socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
def ask(request): return fcntl.ioctl(s, request, struct.pack('40s', b'${name}'))
print(${expression})`
  const { stdout, stderr } = spawnSync('python3', ['-c', script], { encoding: 'utf8' })
  assert.equal(stderr, '')
  return stdout.trim()
}

describe('ifconfig', needs, () => {
  it('reads what an interface is set to', () => {
    const wire = ifconfig('wire')
    const [link] = ip('wire') as [IpLink]
    const { index, mtu, txqlen, addr, hatype } = wire
    assert.deepEqual(
      [index, mtu, txqlen, colons(addr), hatype],
      [link.ifindex, link.mtu, link.txqlen, link.address, ARPHRD_ETHER],
    )
    const { address, netmask, broadcast, destination } = wire
    assert.deepEqual(
      { address, netmask, broadcast, destination },
      { address: '10.3.0.1', netmask: '255.255.255.0', broadcast: '10.3.0.255', destination: null },
    )
    assert.equal(python('wire', `struct.unpack_from('H', ask(0x8913), 16)[0]`), String(wire.flags))
    assert.equal(wire.flags & (IFF_UP | IFF_BROADCAST), IFF_UP | IFF_BROADCAST)
    const other = ifconfig('other')
    assert.deepEqual(
      [other.address, other.netmask, other.broadcast, other.destination],
      [null, null, null, null],
    )
    const point = ifconfig('point')
    assert.equal(point.flags & IFF_POINTOPOINT, IFF_POINTOPOINT)
    assert.deepEqual([point.address, point.destination, point.addr.length], ['10.5.0.1', '10.5.0.2', 0])
    const lo = ifconfig('lo')
    assert.deepEqual([lo.hatype, lo.addr.length, lo.address], [ARPHRD_LOOPBACK, 6, '127.0.0.1'])
  })

  it('sets all of it', () => {
    const addr = Uint8Array.of(2, 1, 2, 3, 4, 5)
    const { flags } = ifconfig('other')
    const set = ifconfig('other', {
      addr,
      mtu: 1234,
      txqlen: 77,
      address: '10.6.1.1',
      netmask: '255.255.252.0',
      broadcast: '10.6.3.254',
      flags: flags | IFF_NOARP,
    })
    assert.deepEqual(set, ifconfig('other'))
    assert.deepEqual([set.mtu, set.txqlen, set.address, set.netmask], [1234, 77, '10.6.1.1', '255.255.252.0'])
    assert.equal(set.flags, flags | IFF_NOARP)
    const [link] = ip('other') as [IpLink]
    assert.deepEqual([link.mtu, link.txqlen, link.address], [1234, 77, colons(addr)])
    assert.ok(link.flags.includes('NOARP'))
    const own = link.addr_info.find(({ family }) => family === 'inet')
    assert.deepEqual([own?.local, own?.prefixlen, own?.broadcast], ['10.6.1.1', 22, '10.6.3.254'])
    assert.equal(python('other', `socket.inet_ntoa(ask(0x8915)[20:24])`), '10.6.1.1')
    assert.equal(python('other', `struct.unpack_from('i', ask(0x8921), 16)[0]`), '1234')

    const gone = ifconfig('other', { address: null, flags: flags & ~IFF_UP })
    assert.deepEqual([gone.address, gone.netmask, gone.broadcast], [null, null, null])
    assert.ok(!(ip('other')[0] as IpLink).flags.includes('UP'))
    assert.equal(ifconfig('point', { destination: '10.5.0.9' }).destination, '10.5.0.9')
  })

  it('renames it, and goes on by the new name', () => {
    const index = ifNametoindex('other')
    const { flags } = ifconfig('other')
    const renamed = ifconfig('other', { flags: flags | IFF_UP, mtu: 1300, name: 'third' })
    assert.deepEqual([renamed.name, renamed.index, renamed.mtu], ['third', index, 1300])
    assert.deepEqual(
      ifNameindex().filter(({ name }) => name === 'other' || name === 'third'),
      [{ index, name: 'third' }],
    )
    assert.equal(renamed.flags & IFF_UP, IFF_UP)
    assert.throws(() => ifconfig('third', { name: 'wire' }), { code: 'EEXIST' })
    ifconfig('third', { name: 'other' })
  })

  it('says what was wrong', () => {
    assert.throws(() => ifconfig('nowhere'), { code: 'ENODEV' })
    assert.throws(() => ifconfig('nowhere', { mtu: 1500 }), { code: 'ENODEV' })
    assert.throws(() => ifconfig('wire', { mtu: 1 }), { code: 'EINVAL' })
    assert.throws(() => ifconfig('other', { netmask: '255.0.0.0' }), { code: 'EADDRNOTAVAIL' })
    for (const name of [5, null, undefined, {}, Symbol('n')])
      assert.throws(() => ifconfig(name as string), TypeError)
    for (const name of ['', 'sixteen bytes 16', 'a\0b', 'é'.repeat(8)])
      assert.throws(() => ifconfig(name), RangeError)
    for (const changes of [null, 5, { mtu: '1500' }, { flags: 1.5 }, { addr: 'aa:bb' }, { address: 'x' }])
      assert.throws(() => ifconfig('wire', changes as object), TypeError)
    for (const changes of [{ mtu: -1 }, { flags: 65536 }, { txqlen: 2 ** 31 }, { addr: new Uint8Array(15) }])
      assert.throws(() => ifconfig('wire', changes), RangeError)
    assert.throws(() => ifconfig('wire', { name: '' }), RangeError)
    // Nothing is changed where anything is no value at all.
    const { mtu } = ifconfig('wire')
    assert.throws(() => ifconfig('wire', { mtu: 1000, netmask: 'x' }), TypeError)
    assert.equal(ifconfig('wire').mtu, mtu)
  })

  it('needs the privilege to set anything', () => {
    const script = `import { ifconfig } from 'berkeley'
process.setgid(65534)
process.setuid(65534)
console.log(ifconfig('wire').mtu)
try { ifconfig('wire', { mtu: 1400 }) } catch (error) { console.log(error.code) }`
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
    assert.deepEqual(run.stdout.split('\n'), [String(ifconfig('wire').mtu), 'EPERM', ''], run.stderr)
  })
})
