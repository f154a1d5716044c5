/**
 * A test file that imports this before all else runs in a network namespace of its own, with nothing but loopback in it,
 * and may change whatever it likes there: routes, limits, other namespaces beside it. It all goes with the process.
 */
import { spawnSync } from 'node:child_process'
import { needsProgram, needsRoot } from '../../support/needs.js'

const MARK = 'BERKELEY_TEST_NAMESPACE'
// A private /run is where `ip netns` keeps its names.
const SETUP = 'mount -t tmpfs none /run && mkdir /run/netns && ip link set lo up && exec "$@"'

const root = needsRoot()
/** The options for `test()`: skips with the reason where no namespace can be made. */
export const needs: { skip: false | string } = root.skip
  ? root
  : needsProgram('unshare', 'setpriv', 'mount', 'ip', 'tc', 'ss', 'python3')

if (needs.skip === false && process.env[MARK] === undefined) {
  // The same file once more, inside; what it prints goes where this one's would have gone.
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  const { status } = spawnSync(
    'setpriv',
    ['--pdeathsig', 'KILL', 'unshare', '--net', '--mount', 'sh', '-c', SETUP, 'sh', ...again],
    { stdio: 'inherit', env: { ...process.env, [MARK]: '1' } },
  )
  process.exit(status ?? 1)
}

// An address of IPv6 is there a little later than the kernel says: `own6 ADDRESS` waits for it, 5 s at most.
const OWN6 = `own6() {
  i=0
  until ip $2 $3 -6 route get "$1" 2>&1 | grep -q '^local'; do
    i=$((i + 1)); test $i -lt 500; sleep 0.01
  done
}`

/** Runs commands of the shell, which have to go well. */
export function sh(commands: string): string {
  const run = spawnSync('sh', ['-ec', `${OWN6}\n${commands}`], { encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`${commands}\n${run.stderr}`)
  return run.stdout
}

/** The command that runs another one in the namespace of this name. */
export const inside = (name: string): readonly string[] => ['ip', 'netns', 'exec', name]

/**
 * A second namespace, 'far', and the link to it: `near` here and `far` there, each with an address of both families.
 * Nobody looks for duplicates of addresses, so that they may be used at once.
 */
export function link(): void {
  sh(`
    ip netns add far
    ip link add near type veth peer name far netns far
    sysctl -qw net.ipv6.conf.near.accept_dad=0
    ip netns exec far sysctl -qw net.ipv6.conf.far.accept_dad=0
    ip link set near up
    ip -n far link set far up
    ip -n far link set lo up
    ip addr add 10.1.0.1/24 brd + dev near
    ip addr add fd01::1/64 dev near nodad
    ip -n far addr add 10.1.0.2/24 brd + dev far
    ip -n far addr add fd01::2/64 dev far nodad
    own6 fd01::1
    own6 fd01::2 -n far
  `)
}

/** Whatever is sent over loopback is lost from now on, until the end of the block. */
export function silence(): Disposable {
  sh('tc qdisc add dev lo root blackhole')
  return { [Symbol.dispose]: () => void sh('tc qdisc del dev lo root') }
}
