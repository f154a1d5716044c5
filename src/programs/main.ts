#!/usr/bin/env node
/** The command line: arguments, output, signals, exit codes. The only place that ends the process. */
import { readFileSync } from 'node:fs'
import { Argument, Command, CommanderError, Option } from 'commander'
import { ParseError } from '../data/errors.js'
import { ENDPOINTS, endpoint, integer, json, place } from './arguments.js'
import { ChatServer, connectChat } from './chat.js'
import { Console } from './console.js'
import { type EchoMode, echoModes, echoPorts, serveEcho } from './echo.js'
import {
  type Endpoint,
  hasMessages,
  isDatagram,
  parseEndpoint,
  parseSource,
  type Source,
} from './endpoint.js'
import { listFamilies } from './families.js'
import { connectTo, listenOn, type NetcatOptions, type NetcatSummary } from './netcat.js'
import { explain } from './report.js'
import { type Serving, serve } from './serve.js'
import { StandardStreams } from './streams.js'
import type { Talk, TalkEnd } from './talk.js'
import { queryTime, serveTime } from './time.js'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

const FAILED = 1
const USAGE = 2

/** How long output may take to be read when the user wants the program to end. */
const LAST_WORDS_MS = 1000

/**
 * Settles when the user wants the program to end: Ctrl-C, a signal to terminate, the terminal's hang-up. To be called
 * before anything is open that must be closed; a second signal ends the program at once.
 */
function interrupted(): Promise<void> {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  return new Promise((resolve) => {
    const stop = (): void => {
      for (const signal of signals) process.off(signal, stop)
      // Output that nobody reads must not keep us.
      setTimeout(() => process.exit(), LAST_WORDS_MS).unref()
      resolve()
    }
    for (const signal of signals) process.on(signal, stop)
  })
}

interface Common {
  readonly json?: boolean
}

const eol = (): Option =>
  new Option('--eol <how>', 'what ends a typed line on a stream; none for peers that read bare messages')
    .choices(['lf', 'none'])
    .default('lf')

const program = new Command('berkeley')
  .description('The Berkeley sockets of Linux: chat, time and echo services over every kind of socket.')
  .version(version, '-V, --version')
  .helpOption('-h, --help', 'show this help')
  .helpCommand(false)
  .showHelpAfterError(false)
  .exitOverride()
  .configureOutput({
    outputError: (text, write) =>
      write(
        `${text
          .trim()
          .replace(/^error: /, 'berkeley: ')
          .replaceAll('\n', ' ')}\n`,
      ),
  })

program
  .command('serve')
  .description('every service at once on loopback, and a line to try each with')
  .addHelpText(
    'after',
    `
What is typed goes to whoever talks in the chats; q ends those talks. The end of the input does not end serve; Ctrl-C does.
A port that is taken is named, and the others start.`,
  )
  .addOption(json())
  .addOption(eol())
  .option('--host <host...>', 'listen there instead of 127.0.0.1 and ::1')
  .option('--offset <n>', 'add n to every port', integer(-9000, 55000), 0)
  .action(async (options: Common & { host?: string[]; offset: number; eol: string }) => {
    const stop = interrupted()
    const console = new Console(options.json === true)
    const serving = await serve({
      hosts: options.host,
      offset: options.offset,
      eol: options.eol === 'none' ? '' : '\n',
      report: console.report,
    })
    if (serving.listening === 0) throw new Error('nothing could be started')
    await console.report({ event: 'ready', listening: serving.listening, text: 'Ctrl-C ends all of it.' })
    speak(console, serving)
    await stop
    const talks = serving.chats.map((chat) => chat.talk?.ended)
    serving.close()
    // What is told of their end comes first.
    await Promise.all(talks)
    console.close()
    await console.report({ event: 'closed', text: 'closed' })
  })

/** The server's side of the chats: lines go to every talk that is under way. */
function speak(console: Console, serving: Serving): void {
  const talks = (): Talk[] => serving.chats.map((chat) => chat.talk).filter((talk) => talk !== undefined)
  console.read(
    async (line) => {
      const present = talks()
      if (present.length === 0 && line !== '')
        await console.report({ event: 'alone', text: 'nobody is in the chats at the moment' })
      for (const talk of present) await talk.say(line)
    },
    async () => {},
  )
}

const chat = program
  .command('chat')
  .description('one-to-one chat: tcp, udp, unix, unix-dgram, seqpacket')
  .helpCommand(false)

chat
  .command('listen')
  .description('wait for one caller; further ones hear that it is busy')
  .addArgument(place('where to listen', 'tcp://127.0.0.1:9527'))
  .addHelpText('after', ENDPOINTS)
  .addOption(json())
  .addOption(eol())
  .action(async (where: Endpoint, options: Common & { eol: string }) => {
    const stop = interrupted()
    const console = new Console(options.json === true)
    const server = new ChatServer({ report: console.report, eol: options.eol === 'none' ? '' : '\n' })
    await server.listen(where)
    // What is typed before somebody calls waits for them.
    console.read(
      async (line) => (await server.first).say(line),
      async () => (await server.first).finish(isDatagram(where)),
    )
    const ended = server.first.then((talk) => talk.ended)
    await conclude(console, stop, ended, () => server.close())
  })

chat
  .command('connect')
  .description('call a chat')
  .addArgument(place('whom to call', 'tcp://127.0.0.1:9527'))
  .addHelpText('after', ENDPOINTS)
  .addOption(json())
  .addOption(eol())
  .action(async (where: Endpoint, options: Common & { eol: string }) => {
    const stop = interrupted()
    const giveUp = new AbortController()
    void stop.then(() => giveUp.abort())
    const console = new Console(options.json === true)
    const talk = await connectChat(where, {
      report: console.report,
      eol: options.eol === 'none' ? '' : '\n',
      signal: giveUp.signal,
    })
    console.read(
      (line) => talk.say(line),
      () => talk.finish(isDatagram(where)),
    )
    await conclude(console, stop, talk.ended, () => talk.end('quit'))
  })

/** Until the talk is over or the user has had enough. A lost connection is a failure, a peer that leaves is not. */
async function conclude(
  console: Console,
  stop: Promise<void>,
  ended: Promise<TalkEnd>,
  close: () => void,
): Promise<void> {
  const how = await Promise.race([ended, stop])
  close()
  console.close()
  if (how === 'lost') process.exitCode = FAILED
}

const time = program.command('time').description('the machine-room time service').helpCommand(false)

time
  .command('serve')
  .description("answer each strftime format with this machine's local time")
  .addArgument(place('where to listen', 'udp://127.0.0.1:9527'))
  .addHelpText(
    'after',
    `${ENDPOINTS}\nA request is a strftime(3) format, an empty one means '%y-%m-%d %x'; answers have at most 512 bytes.`,
  )
  .addOption(json())
  .action(async (where: Endpoint, options: Common) => {
    const console = new Console(options.json === true)
    await runService(console, () => serveTime([where], console.report))
  })

time
  .command('query')
  .description('ask a time service')
  .addArgument(place('whom to ask', 'udp://127.0.0.1:9527'))
  .argument('[format]', "strftime(3); empty for the service's own")
  .addHelpText('after', ENDPOINTS)
  .addOption(json())
  .option('--timeout <ms>', 'milliseconds to wait for each of three tries', integer(1, 600_000), 1000)
  .action(async (where: Endpoint, format: string | undefined, options: Common & { timeout: number }) => {
    const console = new Console(options.json === true)
    const { answer, rttMs } = await queryTime(where, { format, timeout: options.timeout })
    await console.report({ event: 'answer', answer, rttMs, text: answer })
  })

const echo = program.command('echo').description('the echo services').helpCommand(false)

echo
  .command('serve')
  .description('plain (RFC 862), upper (one message, then close) or timestamp (ctime in front of each chunk)')
  .argument(
    '[endpoint]',
    `where to listen; by mode, 127.0.0.1 ${echoModes.map((mode) => `${echoPorts[mode]} (${mode})`).join(', ')}`,
    endpoint,
  )
  .addHelpText('after', ENDPOINTS)
  .addOption(json())
  .addOption(new Option('--mode <mode>', 'what comes back').choices(echoModes).default('plain'))
  .action(async (where: Endpoint | undefined, options: Common & { mode: EchoMode }) => {
    const console = new Console(options.json === true)
    const { mode } = options
    const place = where ?? parseEndpoint(String(echoPorts[mode]))
    await runService(console, () => serveEcho([place], mode, console.report))
  })

interface NetcatFlags extends Common {
  readonly exec?: string
  readonly hex?: boolean
  readonly timeout?: number
  readonly ipv4?: boolean
  readonly ipv6?: boolean
  readonly crlf?: boolean
  readonly bare?: boolean
  readonly sendOnly?: boolean
  readonly recvOnly?: boolean
  readonly verbose?: boolean
}

/** What both ends of the netcat can do. */
function netcat(command: Command, more: readonly Option[], examples: string): Command {
  const all = [
    new Option('-e, --exec <command>', 'a shell command, which has the connection as its input and output'),
    ...more,
    new Option('--hex', 'write a hex dump of both directions instead, > sent, < received').conflicts('json'),
    json(),
    new Option('-v, --verbose', 'tell on standard error what happens'),
    new Option('--timeout <ms>', 'milliseconds to connect, and for which nothing may come or go').argParser(
      integer(1, 0x7fffffff),
    ),
    new Option('-4, --ipv4', 'IPv4 only').conflicts('ipv6'),
    new Option('-6, --ipv6', 'IPv6 only'),
    new Option('--crlf', 'send CR LF for each newline'),
    new Option('--bare', 'send each line by itself and without its newline').conflicts('crlf'),
    new Option('--send-only', 'drop what comes, end with the input').conflicts(['recvOnly', 'exec']),
    new Option('--recv-only', 'read no input, end with the peer').conflicts('exec'),
  ]
  for (const option of all) command.addOption(option)
  return command.addHelpText('after', `${ENDPOINTS}\n\n${examples}`)
}

/** Runs one end of the netcat until it is over or the user has had enough. */
async function runNetcat(
  command: Command,
  where: Endpoint,
  flags: NetcatFlags,
  start: (options: NetcatOptions) => Promise<NetcatSummary>,
): Promise<NetcatSummary> {
  if ((flags.ipv4 || flags.ipv6) && !('host' in where))
    command.error('error: --ipv4 and --ipv6 are for tcp and udp')
  const giveUp = new AbortController()
  void interrupted().then(() => giveUp.abort())
  // Whatever ends the program: socket files and commands do not stay.
  process.once('exit', () => giveUp.abort())
  const { crlf, bare, timeout, exec } = flags
  const streams = new StandardStreams({ ...flags, messages: hasMessages(where) })
  try {
    const summary = await start({
      input: streams.input,
      output: streams.output,
      trace: streams.trace,
      report: streams.report,
      exec,
      direction: flags.sendOnly ? 'send' : flags.recvOnly ? 'receive' : 'both',
      crlf,
      bare,
      timeout,
      family: flags.ipv4 ? 'inet' : flags.ipv6 ? 'inet6' : undefined,
      signal: giveUp.signal,
    })
    await streams.report({ event: 'summary', ...summary, text: '' })
    return summary
  } finally {
    streams.close()
  }
}

netcat(
  program
    .command('listen')
    .description('netcat: wait for a caller, standard input to it, what comes to standard output')
    .addArgument(new Argument('<endpoint>', 'where to listen').argParser(endpoint)),
  [new Option('-k, --keep-open', 'serve the next caller after each; with --exec all at once')],
  `The end of the input is told to the peer, and its end is waited for. Of udp and unix-dgram everybody is heard until Ctrl-C;
input goes to whoever sent the last datagram, a line each, and --exec is run for each datagram. On a terminal, control
characters that come are shown and not obeyed.

  berkeley listen 9000 > file                  berkeley listen -v udp://:15001
  berkeley listen -k 9000 --exec 'tr a-z A-Z'  berkeley listen unix:/tmp/s --hex`,
).action(async (where: Endpoint, flags: NetcatFlags & { keepOpen?: boolean }, command: Command) => {
  const { keepOpen } = flags
  const { failed } = await runNetcat(command, where, flags, (options) =>
    listenOn(where, { ...options, keepOpen }),
  )
  if (failed > 0 && !keepOpen && !isDatagram(where)) process.exitCode = FAILED
})

netcat(
  program
    .command('connect')
    .description('netcat: connect, standard input to the peer, what comes to standard output')
    .addArgument(new Argument('<endpoint>', 'whom to connect to').argParser(endpoint)),
  [
    new Option(
      '--source <address>',
      'the own end: host, host:port or :port, of unix sockets a path or @name',
    ),
  ],
  `The end of the input is told to the peer, and its end is waited for. To udp and unix-dgram each line is a datagram, and the
end is when the input has ended and nothing has come for a second, or the --timeout. On a terminal, control characters
that come are shown and not obeyed.

  berkeley connect 9000 < file                 echo hello | berkeley connect udp://127.0.0.1:15001
  berkeley connect example.com:80 --crlf       berkeley connect unix:/tmp/s --exec 'cat -n'`,
).action(async (where: Endpoint, flags: NetcatFlags & { source?: string }, command: Command) => {
  const source = flags.source === undefined ? undefined : sourceOf(flags.source, where, command)
  const { failed } = await runNetcat(command, where, flags, (options) =>
    connectTo(where, { ...options, source }),
  )
  if (failed > 0) process.exitCode = FAILED
})

function sourceOf(text: string, where: Endpoint, command: Command): Source {
  try {
    return parseSource(text, where)
  } catch (error) {
    if (error instanceof ParseError) command.error(`error: --source: ${error.message}`)
    throw error
  }
}

program
  .command('families')
  .description('what sockets this kernel has, each family, type and protocol tried')
  .argument('[family...]', 'these alone: AF_TIPC, tipc or 30')
  .addHelpText(
    'after',
    `
A socket of each kind is opened and closed. Where the system loads kernel modules by itself, that loads them; name the
families to try few. What is refused comes with the errno and the module or build option that would bring it.`,
  )
  .addOption(json())
  .action(async (names: string[], options: Common, command: Command) => {
    const console = new Console(options.json === true)
    try {
      await listFamilies(names, console.report)
    } catch (error) {
      if (error instanceof RangeError) command.error(`error: ${error.message}`)
      throw error
    }
  })

async function runService(console: Console, start: () => Promise<{ close(): void }>): Promise<void> {
  const stop = interrupted()
  const service = await start()
  await stop
  service.close()
  await console.report({ event: 'closed', text: 'closed' })
}

// A reader of our output that has gone (`| head`) ends the program without a word.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})
// What nobody reads need not be told.
process.stderr.on('error', () => {})

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE
  // The user did not want to wait for a connection any longer: no failure.
  else if ((error as Error).name !== 'AbortError') {
    process.stderr.write(`berkeley: ${explain(error)}\n`)
    process.exitCode = FAILED
  }
}
