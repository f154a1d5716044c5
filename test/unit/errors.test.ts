/** The errors' shapes: programs match on `code`, and Node's own errors have these fields. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { getSystemErrorName, inspect } from 'node:util'
import type { Address } from '#data/address/address.js'
import {
  DecodeError,
  errnoName,
  GaiError,
  HostError,
  ParseError,
  SystemError,
  TimeoutError,
} from '#data/errors.js'
import { ECONNREFUSED, ETIMEDOUT, errnoNames } from '#data/kernel.js'
import { golden, needsC } from './golden.js'

const local: Address = { family: 'inet', host: '127.0.0.1', port: 40000 }
const remote: Address = { family: 'inet6', host: '::1', port: 80 }
const path: Address = { family: 'unix', path: '/run/x\x1b.sock' }

describe('errnoName', () => {
  it('names either sign, and numbers what has no name', () => {
    assert.equal(errnoName(ECONNREFUSED), 'ECONNREFUSED')
    assert.equal(errnoName(-ECONNREFUSED), 'ECONNREFUSED')
    assert.equal(errnoName(-4095), 'E4095')
    assert.equal(errnoName(0), 'E0')
  })

  it('calls every errno as glibc does', needsC, () => {
    const numbers = Object.keys(errnoNames)
    assert.ok(numbers.length > 130, `${numbers.length} names`)
    const answers = golden(numbers.map((number) => `errno ${number}`))
    assert.deepEqual(
      numbers.map((number) => errnoName(Number(number))),
      // The kernel and POSIX, and so we, say EDEADLK and EAGAIN, too; glibc may not know the newest.
      answers.map((name, i) => (name === '-' ? errnoName(Number(numbers[i])) : name)),
    )
    assert.ok(answers.filter((name) => name !== '-').length > 130)
  })

  it('calls what Node has a name for as Node does', () => {
    // libuv's list leaves many out, and calls EOPNOTSUPP by its other name.
    for (const name of [
      'EACCES',
      'EADDRINUSE',
      'EAGAIN',
      'EBADF',
      'ECANCELED',
      'ECONNRESET',
      'EPIPE',
      'ETIMEDOUT',
    ]) {
      const number = Number(Object.entries(errnoNames).find(([, each]) => each === name)?.[0])
      assert.equal(getSystemErrorName(-number), name)
    }
  })
})

describe('SystemError', () => {
  it('has the shape of Node’s', () => {
    const error = new SystemError(-ECONNREFUSED, { syscall: 'connect', local, remote, hint: 'try later' })
    assert.ok(error instanceof Error)
    assert.equal(error.name, 'SystemError')
    assert.equal(error.code, 'ECONNREFUSED')
    assert.equal(error.errno, -ECONNREFUSED)
    assert.equal(error.syscall, 'connect')
    assert.equal(error.local, local)
    assert.equal(error.remote, remote)
    assert.equal(error.address, '::1')
    assert.equal(error.port, 80)
    for (const part of ['connect', 'ECONNREFUSED', '[::1]:80', 'try later'])
      assert.ok(error.message.includes(part), part)
    assert.ok(error.stack?.startsWith('SystemError: connect'))
  })

  it('has the same errno for either sign', () => {
    assert.equal(new SystemError(ECONNREFUSED, { syscall: 'x' }).errno, -ECONNREFUSED)
    assert.equal(new SystemError(-ECONNREFUSED, { syscall: 'x' }).errno, -ECONNREFUSED)
  })

  it('leaves out what is not known: no field, not an undefined one', () => {
    const error = new SystemError(1, {
      syscall: 'socket',
      local: undefined,
      remote: undefined,
      option: undefined,
    })
    assert.deepEqual(Object.keys(error).sort(), ['code', 'errno', 'syscall'])
    assert.equal(error.address, undefined)
    assert.equal(error.port, undefined)
    assert.equal(error.code, 'EPERM')
  })

  it('falls back on the own address, and on a path without a port', () => {
    const bound = new SystemError(98, { syscall: 'bind', local })
    assert.equal(bound.code, 'EADDRINUSE')
    assert.equal(bound.address, '127.0.0.1')
    assert.equal(bound.port, 40000)
    const unix = new SystemError(2, { syscall: 'connect', remote: path, local })
    assert.equal(unix.address, '/run/x\\u{1b}.sock')
    assert.equal(unix.port, undefined)
    assert.doesNotMatch(unix.message, /\p{Cc}/u)
  })

  it('names the option', () => {
    const error = new SystemError(92, { syscall: 'setsockopt', option: 'SO_MARK' })
    assert.equal(error.code, 'ENOPROTOOPT')
    assert.equal(error.option, 'SO_MARK')
    assert.ok(error.message.includes('SO_MARK'))
  })

  it('is itself for an errno that nobody knows', () => {
    const error = new SystemError(-4095, { syscall: 'ioctl' })
    assert.equal(error.code, 'E4095')
    assert.equal(error.errno, -4095)
  })

  it('shows its fields to inspect', () => {
    const shown = inspect(new SystemError(111, { syscall: 'connect', remote }))
    for (const part of ['SystemError', 'ECONNREFUSED', "syscall: 'connect'", '::1'])
      assert.ok(shown.includes(part), part)
  })
})

describe('TimeoutError', () => {
  it('is a SystemError with ETIMEDOUT', () => {
    const error = new TimeoutError(ETIMEDOUT, { syscall: 'recv', local }, 250)
    assert.ok(error instanceof SystemError)
    assert.equal(error.name, 'TimeoutError')
    assert.equal(error.code, 'ETIMEDOUT')
    assert.equal(error.errno, -ETIMEDOUT)
    assert.equal(error.syscall, 'recv')
    assert.equal(error.address, '127.0.0.1')
    assert.ok(error.message.includes('250'))
    assert.ok(!(new SystemError(ETIMEDOUT, { syscall: 'recv' }) instanceof TimeoutError))
  })
})

describe('HostError', () => {
  it('has the code of h_errno, and what was asked', () => {
    const { name, code, errno, host, syscall } = new HostError(1, 'nowhere.invalid', 'gethostbyname')
    assert.deepEqual(
      { name, code, errno, host, syscall },
      {
        name: 'HostError',
        code: 'HOST_NOT_FOUND',
        errno: 1,
        host: 'nowhere.invalid',
        syscall: 'gethostbyname',
      },
    )
    const codes = [2, 3, 4, 77].map((errno) => new HostError(errno, '::1', 'gethostbyaddr').code)
    assert.deepEqual(codes, ['TRY_AGAIN', 'NO_RECOVERY', 'NO_DATA', 'H_77'])
    assert.ok(new HostError(1, 'x', 'gethostbyaddr') instanceof Error)
  })
})

describe('GaiError', () => {
  it('has getaddrinfo’s code', () => {
    const error = new GaiError(-2, 'nowhere.invalid', null)
    assert.ok(error instanceof Error && !(error instanceof SystemError))
    assert.deepEqual(
      { ...error, name: error.name },
      {
        code: 'EAI_NONAME',
        errno: -2,
        syscall: 'getaddrinfo',
        host: 'nowhere.invalid',
        service: null,
        name: 'GaiError',
      },
    )
    assert.equal(new GaiError(-3, 'x', 'http').code, 'EAI_AGAIN')
    assert.equal(new GaiError(-3, null, 'http').service, 'http')
    assert.equal(new GaiError(-9, null, null).host, null)
    assert.equal(new GaiError(-105, 'x', null).code, 'EAI_IDN_ENCODE')
    assert.equal(new GaiError(-2, 'x', '1', 'getnameinfo').syscall, 'getnameinfo')
    assert.equal(new GaiError(-777, 'x', null).code, 'EAI_777')
  })
})

describe('DecodeError and ParseError', () => {
  it('say what was expected, and where', () => {
    const cut = new DecodeError('ERR_TRUNCATED', 'sockaddr_in', 5)
    assert.deepEqual(
      [cut.name, cut.code, cut.what, cut.offset],
      ['DecodeError', 'ERR_TRUNCATED', 'sockaddr_in', 5],
    )
    assert.ok(cut.message.includes('sockaddr_in') && cut.message.includes('5'))
    assert.equal(new DecodeError('ERR_MALFORMED', 'x', 0).code, 'ERR_MALFORMED')
    const parse = new ParseError('tcp://[::1', 10, "']'")
    assert.ok(parse instanceof SyntaxError)
    assert.deepEqual(
      [parse.name, parse.code, parse.input, parse.at],
      ['ParseError', 'ERR_PARSE', 'tcp://[::1', 10],
    )
    assert.doesNotMatch(new ParseError('\x1b', 0, 'text').message, /\p{Cc}/u)
  })
})
