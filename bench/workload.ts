/** What a workload, a form and a sample are. */

export type Kind = 'tcp' | 'udp' | 'unix' | 'unix-seqpacket' | 'unix-dgram'

/**
 * What the contender does: answer with what comes (echo), take bulk (sink), give it (source), accept and close (accept), take
 * datagrams (receive), send them (send), go back and forth blocking (roundtrip), or only start (startup).
 */
export type Role = 'echo' | 'sink' | 'source' | 'accept' | 'receive' | 'send' | 'roundtrip' | 'startup'

export interface Task {
  readonly role: Role
  readonly kind: Kind
  /** Bytes of a message. */
  readonly size?: number
  /** Bytes of one read, or of one write of a source. */
  readonly read?: number
}

/**
 * served: the contender is a server, the peer loads it. flooded: the same, of what the kernel may drop. driven: the contender
 * does the work, the peer answers or takes it. held: the peer keeps connections. spawned: the peer starts the contender.
 */
export type Shape = 'served' | 'flooded' | 'driven' | 'held' | 'spawned'

export interface Workload {
  readonly name: string
  readonly title: string
  readonly shape: Shape
  readonly task: Task
  /** The C program at the other end, and its arguments beside kind, at, size and those of the form. */
  readonly peer: string
  readonly args?: Readonly<Record<string, string | number>>
  /** What is counted: messages, MB (of a million bytes), … */
  readonly unit: 'message' | 'MB' | 'packet' | 'connection' | 'round trip' | 'start'
  /** Part of the short form, and of the smoke form. */
  readonly short?: boolean
  readonly smoke?: boolean
}

export interface Form {
  readonly name: 'smoke' | 'short' | 'long'
  readonly rounds: number
  /** Milliseconds before the measuring begins, and of it. */
  readonly warm: number
  readonly ms: number
  /** Least number of messages of a run. */
  readonly count: number
  /** Connections that are held, programs that are started. */
  readonly held: number
  readonly starts: number
  /** Milliseconds for a process to come to rest before its memory is read. */
  readonly rest: number
  /** Receivers look at every byte, not at the ends of each read alone. */
  readonly whole: boolean
}

export function form(name: Form['name'], rounds?: number): Form {
  if (name === 'smoke')
    return {
      name,
      rounds: rounds ?? 1,
      warm: 20,
      ms: 50,
      count: 1,
      held: 50,
      starts: 1,
      rest: 50,
      whole: true,
    }
  if (name === 'short')
    return {
      name,
      rounds: rounds ?? 5,
      warm: 200,
      ms: 400,
      count: 1,
      held: 2000,
      starts: 5,
      rest: 300,
      whole: false,
    }
  const many = rounds ?? 7
  // A million messages over the rounds, so that a tick of 10 ms is little.
  const count = Math.ceil(1_000_000 / many)
  return {
    name,
    rounds: many,
    warm: 500,
    ms: 2000,
    count,
    held: 10_000,
    starts: 20,
    rest: 1000,
    whole: false,
  }
}

/** One contender's run in one round. */
export interface Sample {
  readonly workload: string
  readonly contender: string
  readonly round: number
  /** Its place in the round, from 0. */
  readonly place: number
  readonly messages: number
  readonly bytes: number
  readonly seconds: number
  /** Seconds of the contender's processor time as /proc/PID/stat splits them, in ticks of 10 ms. */
  readonly user: number
  readonly system: number
  /** The same, both together, to the nanosecond (/proc/PID/schedstat). */
  readonly cpu: number
  /** The processor time of the load. */
  readonly loadCpu: number
  /** Shares of the time: one of the two had to wait while others had its core, the hypervisor took a core away. */
  readonly disturbed: number
  readonly stolen: number
  /** The share of the time that the load slept. */
  readonly loadIdle: number
  /** Datagrams that did not arrive, and those the kernel's counter tells of, where it counts each. */
  readonly lost?: number
  readonly dropped?: number
  /** Bytes of resident memory that the held connections took. */
  readonly memory?: number
}

export interface Metric {
  readonly name: 'rate' | 'cpu' | 'user' | 'memory' | 'time'
  readonly unit: string
  readonly better: 'higher' | 'lower'
  /** How many of the unit's times make a second. */
  readonly scale: number
  of(sample: Sample): number
}

/** How many units a sample has. */
export function units(workload: Workload, sample: Sample): number {
  return workload.unit === 'MB' ? sample.bytes / 1e6 : sample.messages
}

/** What is told of a workload; the first is what it is about. */
export function metrics(workload: Workload): readonly Metric[] {
  const { unit, shape } = workload
  const [scale, second] = shape === 'spawned' ? [1e3, 'ms'] : [1e6, 'µs']
  const per = (name: 'cpu' | 'user'): Metric => ({
    name,
    unit: `${second}/${unit}`,
    better: 'lower',
    scale,
    of: (sample) => (sample[name] / units(workload, sample)) * scale,
  })
  const cpu = per('cpu')
  const user = per('user')
  if (shape === 'held')
    return [
      {
        name: 'memory',
        unit: 'bytes/connection',
        better: 'lower',
        scale: 1,
        of: (sample) => (sample.memory ?? 0) / sample.messages,
      },
    ]
  if (shape === 'spawned') {
    const ms = (sample: Sample): number => (sample.seconds / sample.messages) * scale
    return [{ name: 'time', unit: 'ms/start', better: 'lower', scale, of: ms }, cpu, user]
  }
  const many = unit === 'MB' ? 'MB' : `${unit}s`
  const rate = (sample: Sample): number => units(workload, sample) / sample.seconds
  return [{ name: 'rate', unit: `${many}/s`, better: 'higher', scale: 1, of: rate }, cpu, user]
}
