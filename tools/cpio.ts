/** The kernel's initial file system as a cpio archive (newc). Written here, so that neither root nor cpio is needed. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** What a tree holds: a file's bytes, or where a link points. */
export type Entry = { readonly data: Buffer; readonly executable?: boolean } | { readonly link: string }

/** Files by their paths from the root, without a leading slash. */
export type Tree = Map<string, Entry>

const DIRECTORY = 0o040755
const FILE = 0o100644
const EXECUTABLE = 0o100755
const LINK = 0o120777

/** The archive, with the folders that the paths imply. The kernel takes several, one behind the other. */
export function archive(tree: Tree): Buffer {
  const parts: Buffer[] = []
  const folders = new Set<string>()
  for (const [path, entry] of tree) {
    for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) {
      const folder = path.slice(0, at)
      if (!folders.has(folder)) parts.push(record(folder, DIRECTORY))
      folders.add(folder)
    }
    if ('link' in entry) parts.push(record(path, LINK, Buffer.from(entry.link)))
    else parts.push(record(path, entry.executable ? EXECUTABLE : FILE, entry.data))
  }
  parts.push(record('TRAILER!!!', 0))
  return Buffer.concat(parts)
}

function record(path: string, mode: number, data: Buffer = Buffer.alloc(0)): Buffer {
  const name = `${path}\0`
  // Inode (0: no hard links), mode, uid, gid, links, mtime, size, four device numbers, the name's length, no checksum.
  const fields = [0, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, Buffer.byteLength(name), 0]
  const head = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}`
  return Buffer.concat([padded(Buffer.from(head)), padded(data)])
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)])
}

/** Puts the file or folder `from` into the tree as `to`. */
export function add(tree: Tree, from: string, to: string): void {
  const stat = statSync(from)
  if (!stat.isDirectory()) tree.set(to, { data: readFileSync(from), executable: (stat.mode & 0o100) !== 0 })
  else for (const name of readdirSync(from)) add(tree, join(from, name), `${to}/${name}`)
}
