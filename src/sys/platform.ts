/** Which of the package's binaries a process can load. */

/** What there is a binary for, as its folder in prebuilds/ is called. */
export const supported: readonly string[] = [
  'linux-x64-glibc',
  'linux-arm64-glibc',
  'linux-x64-musl',
  'linux-arm64-musl',
]

/** What a binary depends on. `maps` is the text of the process's own /proc/self/maps, '' where there is none. */
export interface Host {
  readonly platform: string
  readonly arch: string
  readonly maps: string
}

/** `linux-x64-glibc` and the like: it need not be among the `supported`. */
export function platformOf({ platform, arch, maps }: Host): string {
  if (platform !== 'linux') return `${platform}-${arch}`
  return `linux-${arch}-${usesMusl(maps) ? 'musl' : 'glibc'}`
}

/**
 * Whether this very process runs on musl: its loader, which is its libc, is mapped into it. Files in /lib tell of the
 * machine only, and one that runs on glibc may have musl installed beside it. glibc's own file is libc.so.6.
 */
function usesMusl(maps: string): boolean {
  return /\/(?:ld-musl-[^/\n]*|libc\.musl-[^/\n]*|libc\.so)(?: \(deleted\))?$/m.test(maps)
}
