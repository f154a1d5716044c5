/** The binaries, as a linker sees them: they must load wherever the runtimes do, and show nothing but their entrance. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { before, describe, it } from 'node:test'
import { binaryOf, targets } from '../../tools/binaries.js'
import { prebuild } from './project.js'

/** What the oldest glibc that Node's own binaries run on has. */
const NEWEST = [2, 28]

const machines: Readonly<Record<string, string>> = {
  x86_64: 'Advanced Micro Devices X86-64',
  aarch64: 'AArch64',
}

before(prebuild)

const readelf = (...args: string[]): string =>
  execFileSync('readelf', ['--wide', ...args], { encoding: 'utf8' })

for (const target of targets)
  describe(target.name, () => {
    let libraries: string[] = []
    let symbols: { name: string; version: string | undefined; defined: boolean }[] = []
    before(() => {
      const binary = binaryOf(target)
      libraries = [...readelf('--dynamic', binary).matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(
        ([, name = '']) => name,
      )
      symbols = [
        ...readelf('--dyn-syms', binary).matchAll(
          /^ *\d+: .* (?:GLOBAL|WEAK) +\w+ +(\w+) (\w+)(?:@+(\S+))?/gm,
        ),
      ].map(([, section, name = '', version]) => ({ name, version, defined: section !== 'UND' }))
    })

    it('is for its machine', () => {
      const header = readelf('--file-header', binaryOf(target))
      assert.equal(/Machine: +(.*)/.exec(header)?.[1], machines[target.machine])
      assert.match(header, /Class: +ELF64\n/)
    })

    it('needs its libc and nothing else', () => {
      assert.deepEqual(libraries, [
        target.libc === 'glibc' ? 'libc.so.6' : `libc.musl-${target.machine}.so.1`,
      ])
      const versions = symbols.flatMap(({ version }) => version ?? [])
      if (target.libc === 'musl') assert.deepEqual(versions, [])
      else assert.ok(versions.length > 0)
      for (const version of versions) {
        const [major = 0, minor = 0] = (/^GLIBC_(\d+)\.(\d+)(?:\.\d+)?$/.exec(version) ?? [])
          .slice(1)
          .map(Number)
        assert.ok(major === NEWEST[0] && minor <= (NEWEST[1] as number), version)
      }
    })

    it('takes Node-API from its host, and nothing of libuv or C++', () => {
      const names = symbols.filter(({ defined }) => !defined).map(({ name }) => name)
      assert.ok(names.includes('napi_create_function'))
      // libuv is looked up by name, on Node alone.
      for (const name of names) assert.doesNotMatch(name, /^(?:uv_|_Z|napi_get_uv_event_loop)/)
    })

    it('shows its entrance', () => {
      const names = symbols.filter(({ defined }) => defined).map(({ name }) => name)
      assert.deepEqual(names.sort(), ['napi_register_module_v1', 'node_api_module_get_api_version_v1'])
    })

    it('is hardened: nothing writable is executable, no relocation stays open', () => {
      const text = readelf('--program-headers', '--dynamic', binaryOf(target))
      assert.match(text, /GNU_RELRO/)
      assert.match(text, /BIND_NOW|FLAGS_1.*NOW/)
      assert.doesNotMatch(text, /\bRWE\b/)
    })
  })
