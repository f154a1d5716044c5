/** Which binary a process is given, by what is mapped into it. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { platformOf, supported } from '#sys/platform.js'
import { targets } from '../../tools/binaries.js'

/** /proc/self/maps with these files in it. */
const maps = (...files: string[]): string =>
  ['/usr/bin/node', ...files, '[stack]']
    .map((file, i) => `7f41c0${i}00000-7f41c0${i}28000 r--p 00000000 fe:00 ${1000 + i}        ${file}\n`)
    .join('')

const glibc = maps('/usr/lib/x86_64-linux-gnu/libc.so.6', '/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2')

describe('the platform', () => {
  it('is glibc where nothing else is mapped', () => {
    for (const text of [
      glibc,
      '',
      maps('/lib/libc-2.31.so', '/lib/ld-2.31.so'),
      maps(
        '/usr/lib/locale/C.utf8/LC_CTYPE',
        '/home/ld-musl-x86_64/libc.so.6',
        '/srv/libc.so/x',
        '/opt/musl-libc.so',
      ),
    ])
      assert.equal(platformOf({ platform: 'linux', arch: 'x64', maps: text }), 'linux-x64-glibc')
  })

  it('is musl where its loader is mapped, however a distribution calls it', () => {
    for (const file of [
      '/lib/ld-musl-x86_64.so.1', // Alpine
      '/lib/libc.musl-x86_64.so.1',
      '/usr/lib/libc.so', // Void
      '/usr/lib/x86_64-linux-musl/libc.so', // Debian
      '/lib/ld-musl-aarch64.so.1 (deleted)', // replaced under a running process
    ])
      assert.equal(
        platformOf({ platform: 'linux', arch: 'arm64', maps: maps(file) }),
        'linux-arm64-musl',
        file,
      )
  })

  it('is named as it is where there is no binary for it', () => {
    for (const host of [
      { platform: 'linux', arch: 'riscv64', maps: '' },
      { platform: 'darwin', arch: 'arm64', maps: '' },
      { platform: 'win32', arch: 'x64', maps: '' },
    ])
      assert.ok(!supported.includes(platformOf(host)), platformOf(host))
  })

  it('is this process’s', () => {
    const real = readFileSync('/proc/self/maps', 'latin1')
    const header = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
    const libc = header.header.glibcVersionRuntime === undefined ? 'musl' : 'glibc'
    const { platform, arch } = process
    assert.equal(platformOf({ platform, arch, maps: real }), `linux-${arch}-${libc}`)
  })

  it('is supported where a binary is made', () => {
    assert.deepEqual(
      targets.map(({ name }) => name),
      supported,
    )
  })
})
