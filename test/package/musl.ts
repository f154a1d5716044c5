/**
 * Bun's musl build, on any machine of its architecture. npm has it, but not the libstdc++ for musl that it needs, nor
 * does Debian: a stand-in is linked from what Debian has, with just the symbols that this Bun asks for.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { cached } from '../../tools/cache.js'
import { debianTree } from '../../tools/debian.js'
import { installed } from '../../tools/registry.js'
import { root } from './project.js'

const version = '1.4.5'

export interface MuslBun {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** To be added to the environment. */
  readonly env: Readonly<Record<string, string>>
}

/** Installs and links what is not in the cache yet. */
export function muslBun(): MuslBun {
  const binary = join(installed(`@oven/bun-linux-x64-musl@${version}`), '@oven/bun-linux-x64-musl/bin/bun')
  const musl = join(debianTree('amd64', ['musl', 'musl-dev']), 'lib', 'x86_64-linux-musl', 'libc.so')
  const libraries = cached(['libstdc++-musl', version], (folder) => link(binary, musl, folder))
  return {
    name: `Bun ${version} for musl`,
    // musl's library is its program loader too: musl need not be installed.
    command: musl,
    args: [binary],
    env: { LD_LIBRARY_PATH: libraries },
  }
}

function link(binary: string, musl: string, folder: string): void {
  mkdirSync(folder, { recursive: true })
  symlinkSync(musl, join(folder, 'libc.musl-x86_64.so.1'))
  const gcc = 'x86_64-linux-gnu-gcc'
  const print = (what: string): string =>
    execFileSync(gcc, [`-print-file-name=${what}`], { encoding: 'utf8' }).trim()
  const archive = join(
    debianTree('amd64', ['libstdc++-12-pic']),
    'usr/lib/gcc/x86_64-linux-gnu/12/libstdc++_pic.a',
  )
  execFileSync(gcc, [
    ...['-shared', '-fPIC', '-O2', '-nostdlib', '-Wl,--gc-sections', '-Wl,-soname,libstdc++.so.6'],
    ...['-o', join(folder, 'libstdc++.so.6'), join(root, 'test/package/libstdc.c')],
    ...wanted(binary).map((name) => `-Wl,-u,${name}`),
    ...[archive, '-Wl,--start-group', print('libgcc.a'), print('libgcc_eh.a'), '-Wl,--end-group'],
    ...[`-L${folder}`, '-l:libc.musl-x86_64.so.1'],
  ])
}

/** The symbols of C++ that the program asks for: undefined ones, and those of data it copies. */
function wanted(binary: string): string[] {
  const read = (what: string): string =>
    execFileSync('readelf', ['--wide', what, binary], { encoding: 'utf8', maxBuffer: 1 << 28 })
  const found = [
    ...read('--dyn-syms').matchAll(/ UND (\w+)/g),
    ...read('--relocs').matchAll(/R_\w+_COPY +\w+ +(\w+)/g),
  ].map(([, name = '']) => name)
  return [...new Set(found)].filter(
    (name) => /^(?:_Z|__cxa_|__gxx_|__dynamic_cast)/.test(name) && name !== '__cxa_finalize',
  )
}
