/**
 * The tests of the addon on a build of it with AddressSanitizer and UndefinedBehaviorSanitizer:
 * `node build/tools/sanitize.js`. That build is in build/asan/; the normal one stays as it is. Any report fails.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodedir } from './nodedir.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'build', 'asan')
const reports = join(folder, 'reports')
const addon = join(folder, 'build', 'Release', 'berkeley.node')

/** All of the tier that is about the addon, and what leans on it hardest of the next. */
const wanted = [
  /^addon\/.*\.test\.js$/,
  /^kernel\/(accept|blocking|connection|datagram|lifetime|message|names|stream|waiting|worker)\.test\.js$/,
]

/** Milliseconds for the tests of one wake-up. */
const PATIENCE = 400_000

function fail(why: string): never {
  process.stderr.write(`sanitize: ${why}\n`)
  process.exit(1)
}

function build(): void {
  const native = join(root, 'native')
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(folder)) if (/\.(c|h|gyp)$/.test(name)) rmSync(join(folder, name))
  for (const name of readdirSync(native))
    if (/\.(c|h|gyp)$/.test(name)) copyFileSync(join(native, name), join(folder, name))
  const gyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js')
  const built = spawnSync(
    process.execPath,
    [
      gyp,
      'rebuild',
      '-C',
      folder,
      '--loglevel=warn',
      `--nodedir=${nodedir()}`,
      '--',
      '-Dsanitize=address,undefined',
    ],
    { encoding: 'utf8' },
  )
  if (built.status !== 0) fail(`the addon did not build\n${built.stdout}${built.stderr}`)
}

/** Where the compiler keeps the sanitizer's library: it must be in the process before anything allocates. */
function library(): string {
  const found = spawnSync('cc', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).stdout?.trim()
  if (!found?.includes('/') || !existsSync(found)) fail('the compiler has no libasan.so')
  return found
}

const preload = library()
build()
rmSync(reports, { recursive: true, force: true })
mkdirSync(reports)
// Children, too, write what they have to say to files: a test may not show its child's words.
const log = `log_path=${join(reports, 'report')}`
const env = {
  ...process.env,
  BERKELEY_ADDON: addon,
  BERKELEY_TEST_ROUNDS: '5',
  LD_PRELOAD: preload,
  // Node frees little of what it has when it ends, and V8's heap hides the pointers to the rest: as leaks these
  // are all its own. What the addon could leak, the tests count: descriptors, handles and references.
  ASAN_OPTIONS: `detect_leaks=0:${log}`,
  UBSAN_OPTIONS: `print_stacktrace=1:${log}`,
}

// A run that had quietly loaded another build would find nothing.
const loaded = spawnSync(
  process.execPath,
  [
    '--input-type=module',
    '-e',
    "await import('berkeley'); console.log((await import('node:fs')).readFileSync('/proc/self/maps', 'utf8'))",
  ],
  { cwd: root, env, encoding: 'utf8' },
)
for (const path of [addon, 'libasan'])
  if (!loaded.stdout.includes(path)) fail(`${path} is not loaded:\n${loaded.stderr}`)

const tests = join(root, 'build', 'test')
const files = ['addon', 'kernel']
  .filter((tier) => existsSync(join(tests, tier)))
  .flatMap((tier) => readdirSync(join(tests, tier)).map((name) => `${tier}/${name}`))
  .filter((name) => wanted.some((pattern) => pattern.test(name)))
if (files.length === 0) fail('no tests are built')

for (const engine of ['uv', 'thread']) {
  const begun = performance.now()
  const run = spawnSync(
    process.execPath,
    ['--expose-gc', '--test', '--test-reporter=spec', ...files.map((name) => join(tests, name))],
    {
      cwd: root,
      env: { ...env, BERKELEY_ENGINE: engine },
      encoding: 'utf8',
      timeout: PATIENCE,
      maxBuffer: 1 << 28,
    },
  )
  const found = readdirSync(reports).map((name) => readFileSync(join(reports, name), 'utf8'))
  if (found.length > 0) fail(`${found.length} reports, the first of them:\n${found[0]}`)
  if (run.error !== undefined) fail(`${engine}: ${run.error.message}\n${run.stdout.slice(-4000)}`)
  if (run.status !== 0)
    fail(`${engine}: the tests failed\n${run.stdout.slice(-8000)}${run.stderr.slice(-4000)}`)
  const passed = /pass (\d+)/.exec(run.stdout)?.[1]
  const seconds = Math.round((performance.now() - begun) / 1000)
  process.stdout.write(
    `sanitize: ${engine}: ${passed} tests of ${files.length} files, no report (${seconds} s)\n`,
  )
}
