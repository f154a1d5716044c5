/** The package as a stranger gets it: packed, and installed where there is no compiler, no network and no checkout. */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'

export const root: string = fileURLToPath(new URL('../../..', import.meta.url))

const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A folder that is gone when the file's tests are done. */
export function temporary(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'berkeley-package-')))
  folders.push(folder)
  return folder
}

/** Sees to it that the binaries are there, and the source's. It takes the cross compilers only where they are not. */
export function prebuild(): void {
  const tool = join(root, 'build', 'tools', 'prebuild.js')
  execFileSync(process.execPath, [tool], { stdio: ['ignore', 'inherit', 'inherit'] })
}

/** Packs the package, and what it depends on, into `folder`; the paths of the tarballs, its own first. */
export function pack(folder: string): string[] {
  const npm = (...args: string[]): string =>
    execFileSync('npm', [...args, '--silent', '--pack-destination', folder], { cwd: root, encoding: 'utf8' })
  prebuild()
  npm('pack')
  npm('pack', './node_modules/commander')
  const tarballs = readdirSync(folder).filter((name) => name.endsWith('.tgz'))
  return tarballs.sort().map((name) => join(folder, name))
}

export interface Project {
  readonly folder: string
  /** PATH has node, npm and a shell, and nothing that compiles; HOME is empty, and npm has no settings. */
  readonly env: NodeJS.ProcessEnv
}

/** An empty project with the package installed in it, without scripts and without the registry. */
export function project(): Project {
  const folder = temporary()
  const path = join(folder, '.path')
  const packed = join(folder, '.packed')
  for (const each of [path, packed]) mkdirSync(each)
  symlinkSync(process.execPath, join(path, 'node'))
  for (const name of ['npm', 'npx', 'sh'])
    symlinkSync(realpathSync(execFileSync('which', [name], { encoding: 'utf8' }).trim()), join(path, name))
  const env = {
    PATH: path,
    HOME: join(folder, '.home'),
    npm_config_offline: 'true',
    npm_config_update_notifier: 'false',
  }
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  const done = spawnSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...pack(packed)], {
    cwd: folder,
    env,
    encoding: 'utf8',
  })
  if (done.status !== 0) throw new Error(`npm install failed: ${done.stderr}`)
  cpSync(join(root, 'test', 'smoke', 'smoke.js'), join(folder, 'smoke.mjs'))
  return { folder, env }
}
