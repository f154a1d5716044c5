import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import '../support/leaks.js'
import { berkeley, beside } from './program.js'

/** The pages of help.txt: each begins with the line `$ berkeley … --help`. */
const pages = readFileSync(beside('help.txt'), 'utf8')
  .split(/^\$ /m)
  .slice(1)
  .map((page) => {
    const at = page.indexOf('\n')
    return { command: page.slice(0, at), text: page.slice(at + 1) }
  })

describe('help', { concurrency: 4 }, () => {
  for (const { command, text } of pages)
    test(command, async () => {
      await using help = berkeley(command.split(' ').slice(1))
      await help.exits(0)
      assert.equal(help.out, text)
      assert.equal(help.err, '')
    })

  test('every command that a page names has a page', () => {
    const known = new Set(pages.map(({ command }) => command.replace(/^berkeley ?| ?--help$/g, '')))
    for (const { command, text } of pages) {
      const at = command.replace(/^berkeley ?| ?--help$/g, '')
      const list = text.split('\nCommands:\n')[1]?.split('\n\n')[0] ?? ''
      for (const [, name] of list.matchAll(/^ {2}(\w+)/gm)) assert.ok(known.has(`${at} ${name}`.trim()), name)
    }
    assert.ok(known.size >= 9, `${known.size} pages`)
  })

  test('--version is that of package.json', async () => {
    await using version = berkeley(['--version'])
    await version.exits(0)
    const { version: expected } = JSON.parse(readFileSync(beside('../../package.json'), 'utf8')) as {
      version: string
    }
    assert.equal(version.out, `${expected}\n`)
  })

  const usage: readonly (readonly [string, string[]])[] = [
    ['an unknown command', ['blah']],
    ['an unknown option', ['serve', '--blah']],
    ['an unknown transport', ['chat', 'connect', 'foo://x']],
    ['a port that is none', ['chat', 'listen', 'tcp://127.0.0.1:65536']],
    ['a host without a port', ['time', 'query', 'udp://localhost']],
    ['an endpoint with a newline', ['echo', 'serve', 'tcp://a\nb']],
    ['an empty path', ['chat', 'listen', 'unix:']],
    ['an unknown mode', ['echo', 'serve', '1234', '--mode', 'blah']],
    ['a time-out that is no number', ['time', 'query', '--timeout', '1e3']],
    ['an offset out of range', ['serve', '--offset', '55001']],
    ['one argument too many', ['chat', 'listen', '1', '2']],
  ]
  for (const [what, args] of usage)
    test(`${what} is one line on stderr and exit code 2`, async () => {
      await using program = berkeley(args)
      await program.exits(2)
      assert.match(program.err, /^berkeley: [^\n]+\n$/)
      assert.equal(program.out, '')
    })
})
