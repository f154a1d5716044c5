/**
 * The kernel headers that tools/constants.ts reads: those of one pinned series, from Debian's package of them, or an
 * unpacked copy of it that BERKELEY_HEADERS names. The series is pinned and not the package's version: mirrors drop
 * old versions, and what the kernel promises to programs stays as it is within a series.
 */
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

export const series = '6.12'

/** The machines this library runs on: the compiler's name for each, and the kernel's. */
export const machines: Readonly<Record<string, string>> = { x86_64: 'x86', aarch64: 'arm64' }

/**
 * Headers that the kernel keeps to itself, though programs need what they say: libcs copy it by hand. Their #defines
 * and enums are taken, and the structs named here. As C they are internal/…, beside the headers for programs.
 */
const internal: Readonly<Record<string, readonly string[]>> = {
  'linux/socket.h': ['sockaddr', 'linger', 'user_msghdr', 'mmsghdr', 'cmsghdr', 'ucred'],
  'linux/net.h': [],
  'net/tcp_states.h': [],
}

/** What is kept of the package: an eighth of it. */
const needed: readonly string[] = [
  'Makefile',
  'include/uapi',
  ...Object.keys(internal).map((name) => `include/${name}`),
  ...Object.values(machines).map((name) => `arch/${name}/include/uapi`),
]

/**
 * What the headers for programs include, but is not among them: the kernel's own, in place of which the compiler's
 * flags define its few words as nothing, and the libc's.
 */
const shims: Readonly<Record<string, string>> = {
  'linux/compiler.h': '',
  'linux/compiler_types.h': '',
  'limits.h': '#define INT_MAX __INT_MAX__\n#define INT_MIN (-INT_MAX - 1)\n',
  'sys/socket.h': '#include <linux/socket.h>\n#include <internal/linux/socket.h>\n',
  'netinet/in.h': '#include <linux/in.h>\n#include <linux/in6.h>\n',
}

/** What the structs of linux/socket.h stand on, and then what other headers expect a program's libc to have defined. */
const socketPrologue = `#include <linux/socket.h>
#include <linux/stddef.h>
#include <linux/types.h>
#define DECLARE_FLEX_ARRAY(type, name) __DECLARE_FLEX_ARRAY(type, name)
#include <linux/time.h>
typedef __kernel_sa_family_t sa_family_t;
typedef __u8 uint8_t;
typedef __u16 uint16_t;
typedef __u32 uint32_t;
`

/** The top of the headers' tree, fetched when it is not there yet. Throws an Error of one line. */
export function findHeaders(): string {
  const there = headersAtHand()
  if (there !== undefined) return there
  fetchHeaders(cachePath())
  return checked(cachePath(), 'the cache')
}

/** The same where nothing need be fetched. */
export function headersAtHand(): string | undefined {
  const given = process.env.BERKELEY_HEADERS
  if (given) return checked(given, 'BERKELEY_HEADERS')
  return existsSync(cachePath()) ? checked(cachePath(), 'the cache') : undefined
}

function cachePath(): string {
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  return join(caches, 'berkeley', `headers-${series}`)
}

/** The tree at `path`, or under it where the package puts it; it must be of the series. */
function checked(path: string, what: string): string {
  const sources = join(path, 'usr', 'src')
  const packaged = existsSync(sources) ? readdirSync(sources).filter((name) => name.endsWith('-common')) : []
  for (const top of [path, ...packaged.map((name) => join(sources, name))]) {
    if (!existsSync(join(top, 'include', 'uapi', 'linux', 'socket.h'))) continue
    const makefile = readFileSync(join(top, 'Makefile'), 'utf8')
    const version = ['VERSION', 'PATCHLEVEL'].map(
      (name) => new RegExp(`^${name} = (\\d+)$`, 'm').exec(makefile)?.[1],
    )
    if (version.join('.') === series) return top
    throw new Error(`expected headers of Linux ${series} in ${what} (${top}), not of ${version.join('.')}`)
  }
  throw new Error(
    `expected the headers of Linux ${series} in ${what}: no include/uapi/linux/socket.h in ${path}`,
  )
}

/** Downloads the newest package of the series, and keeps what is needed of it as `cache`. */
function fetchHeaders(cache: string): void {
  mkdirSync(dirname(cache), { recursive: true })
  const work = mkdtempSync(`${cache}-`)
  try {
    let got = false
    for (const stale of [false, true]) {
      // Lists that are missing or old name no package, or one that the mirror has dropped. Only root can renew them.
      if (stale) run('apt-get', ['-q', 'update'], work)
      const name = newestPackage(work)
      got = name !== undefined && run('apt-get', ['-q', 'download', name], work) !== undefined
      if (got) break
    }
    const hint = `as root: apt-get update; or set BERKELEY_HEADERS to an unpacked linux-headers-${series}.*-common`
    if (!got) throw new Error(`no package linux-headers-${series}.*-common to be had with apt-get (${hint})`)
    const deb = readdirSync(work).find((name) => name.endsWith('.deb')) ?? ''
    if (run('dpkg-deb', ['-x', deb, 'tree'], work) === undefined)
      throw new Error(`dpkg-deb could not unpack ${deb}`)
    const top = checked(join(work, 'tree'), 'the package')
    for (const path of needed) {
      mkdirSync(dirname(join(work, 'needed', path)), { recursive: true })
      renameSync(join(top, path), join(work, 'needed', path))
    }
    // Another run may have been faster; its tree is as good.
    if (!existsSync(cache)) renameSync(join(work, 'needed'), cache)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function newestPackage(work: string): string | undefined {
  const names = run('apt-cache', ['pkgnames', `linux-headers-${series}.`], work)?.split('\n') ?? []
  const sublevel = (name: string): number =>
    Number(/^linux-headers-\d+\.\d+\.(\d+)\+deb\d+-common$/.exec(name)?.[1])
  return names.filter((name) => sublevel(name) >= 0).sort((a, b) => sublevel(b) - sublevel(a))[0]
}

/** What a command prints, or undefined when it fails. */
function run(command: string, args: readonly string[], cwd: string): string | undefined {
  const done = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 28,
  })
  return done.status === 0 ? done.stdout : undefined
}

/**
 * What to give the compiler so that it sees the headers of `top` as a program on `machine` does, and nothing else. In
 * place of a copy as `make headers_install` makes it: macros and a few small headers in `work` have the same effect.
 */
export function compilerFlags(top: string, machine: string, work: string): string[] {
  const own = join(top, 'arch', machines[machine] ?? machine, 'include', 'uapi')
  const uapi = join(top, 'include', 'uapi')
  const files = new Map(Object.entries(shims))
  for (const name of readdirSync(join(uapi, 'asm-generic')))
    if (!existsSync(join(own, 'asm', name))) files.set(`asm/${name}`, `#include <asm-generic/${name}>\n`)
  for (const [name, structs] of Object.entries(internal))
    files.set(`internal/${name}`, extract(readFileSync(join(top, 'include', name), 'utf8'), name, structs))
  for (const [name, text] of files) {
    const path = join(work, machine, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  // Any compiler for a 64-bit machine will do for all of them: types have the same sizes, and only names differ.
  const others = Object.keys(machines).map((name) => `-U__${name}__`)
  const empty = ['__user', '__force', '__attribute_const__'].map((word) => `-D${word}=`)
  const folders = [join(work, machine), own, uapi].map((folder) => `-I${folder}`)
  return [
    '-nostdinc',
    '-Werror',
    '-D__EXPORTED_HEADERS__',
    ...others,
    `-D__${machine}__`,
    ...empty,
    ...folders,
  ]
}

/** The #defines, enums and named structs of a header that cannot be compiled outside of the kernel. */
function extract(header: string, name: string, structs: readonly string[]): string {
  const text = header.replace(/\/\*[\s\S]*?\*\//g, ' ')
  const defines = new Map<string, string | undefined>()
  for (const [line, word = ''] of text.matchAll(/^[ \t]*#[ \t]*define[ \t]+(\w+)(?:.*\\\n)*.*$/gm)) {
    // What is defined twice depends on how the kernel is built, so no program can use it.
    defines.set(word, defines.has(word) ? undefined : line)
  }
  const enums = text.match(/^enum\b[^;{}]*\{[^}]*\};/gm) ?? []
  const bodies = structs.map((struct) => {
    const found = new RegExp(`^struct ${struct} \\{\\n[\\s\\S]*?^\\};`, 'm').exec(text)
    if (found === null) throw new Error(`no struct ${struct} in include/${name}`)
    return found[0]
  })
  const prologue = structs.length > 0 ? socketPrologue : ''
  const lines = [...defines.values()].filter((line) => line !== undefined)
  return `#pragma once\n${prologue}${[...lines, ...enums, ...bodies].join('\n')}\n`
}

/** What the preprocessor prints with -dD (all lines, and the #defines), by the header that each line is from. */
export function splitByHeader(output: string, flags: readonly string[]): Map<string, string> {
  const folders = flags.filter((flag) => flag.startsWith('-I')).map((flag) => `${flag.slice(2)}/`)
  const texts = new Map<string, string>()
  let header = ''
  for (const line of output.split('\n')) {
    const path = /^# \d+ "(.*)"/.exec(line)?.[1]
    if (path === undefined) texts.set(header, `${texts.get(header) ?? ''}${line}\n`)
    else header = path.slice(folders.find((folder) => path.startsWith(folder))?.length ?? 0)
  }
  return texts
}

/** The macros without parameters that stand for something, and the enumerators, in the order of a header's text. */
export function namesIn(text: string): string[] {
  const found: [at: number, name: string][] = []
  for (const { index, 1: name = '' } of text.matchAll(/^#define (\w+) +\S/gm)) found.push([index, name])
  // Blanked and not removed: the places stay the same.
  const code = text.replace(/^#.*$/gm, (line) => ' '.repeat(line.length))
  for (const { index: start, 0: whole, 1: body = '' } of code.matchAll(/\benum\b[^;{}()]*\{([^}]*)\}/g))
    for (const { index, 1: name = '' } of body.matchAll(/(?<=^|,)\s*(\w+)/g))
      found.push([start + whole.indexOf('{') + 1 + index, name])
  return [...new Set(found.sort(([a], [b]) => a - b).map(([, name]) => name))]
}

/** A struct's members as C designates them: 'a', and 'a.b' for b of the struct or union a within. Without __padding. */
export interface Members {
  readonly fields: string[]
  readonly bits: string[]
}

const attribute = /__attribute__\s*\(\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\)/g

/** Finds a struct in preprocessed text without #defines. */
export function membersOf(code: string, tag: string): Members {
  const start = new RegExp(`\\bstruct ${tag}\\s*\\{`).exec(code)
  if (start === null) throw new Error(`no struct ${tag} in the headers`)
  const body = code.slice(start.index + start[0].length).replace(attribute, '')
  // An array without a length has no size: it is padding, and what stands before it says where it begins.
  const sized = body.replace(/\w+\s*\[\s*\]/g, '__rest')
  const tokens = sized.replace(/\[[^\]]*\]/g, '').matchAll(/\w+|[{};:,]/g)
  const next = (): string => {
    const { value, done } = tokens.next()
    if (done) throw new Error(`struct ${tag} does not end`)
    return value[0]
  }
  return untilBrace()

  function untilBrace(): Members {
    const members: Members = { fields: [], bits: [] }
    for (let token = next(); token !== '}'; token = next()) {
      // One declaration: the last word before a comma, a width or the end is a name. An inner struct can do without.
      let name = ''
      let inner: Members | undefined
      let list = members.fields
      for (; token !== ';'; token = next()) {
        if (token === '{') {
          inner = untilBrace()
          name = ''
        } else if (token === ':') {
          next()
          list = members.bits
        } else if (token === ',') add()
        else name = token
      }
      add()

      function add(): void {
        const prefix = name === '' ? '' : `${name}.`
        if (name !== '' && !name.startsWith('__')) list.push(name)
        for (const field of inner?.fields ?? []) members.fields.push(prefix + field)
        for (const field of inner?.bits ?? []) members.bits.push(prefix + field)
        list = members.fields
      }
    }
    return members
  }
}
