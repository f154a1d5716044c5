#!/usr/bin/env node
/** The command line: arguments, output, signals, exit codes. The only place that ends the process. */
import { readFileSync } from 'node:fs'
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { ParseError } from '../data/errors.js'
import { ChatServer, connectChat } from './chat.js'
import { Console } from './console.js'
import { type EchoMode, echoModes, echoPorts, serveEcho } from './echo.js'
import { type Endpoint, isDatagram, parseEndpoint } from './endpoint.js'
import { explain } from './report.js'
import { type Serving, serve } from './serve.js'
import type { Talk, TalkEnd } from './talk.js'
import { queryTime, serveTime } from './time.js'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

const ENDPOINTS = `
Endpoints: tcp://host:port  udp://host:port  unix:/path  unix-dgram:/path  unix-seqpacket:/path  @name (abstract);
[::1]:80, host:port and a bare port mean tcp, a bare port 127.0.0.1, the host * every address.`

const FAILED = 1
const USAGE = 2

/** How long output may take to be read when the user wants the program to end. */
const LAST_WORDS_MS = 1000

function endpoint(text: string): Endpoint {
  try {
    return parseEndpoint(text)
  } catch (error) {
    if (error instanceof ParseError) throw new InvalidArgumentError(error.message)
    throw error
  }
}

function place(description: string, usual: string): Argument {
  return new Argument('[endpoint]', description).argParser(endpoint).default(parseEndpoint(usual), usual)
}

function integer(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^-?\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`expected an integer from ${least} to ${most}`)
    return value
  }
}

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

const json = (): Option => new Option('--json', 'write newline-delimited JSON events')
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
