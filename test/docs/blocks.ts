/** The pages of the documentation, and the code blocks in them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root: string = fileURLToPath(new URL('../../..', import.meta.url))

export interface Block {
  /** The page and the line: 'docs-from-python-md-12'. */
  readonly name: string
  readonly page: string
  readonly language: string
  readonly code: string
  /** A Python block directly above, which does the same. */
  readonly twin?: Block
}

/** The pages, relative to the root. */
export const pages: readonly string[] = ['.', 'docs']
  .filter((folder) => existsSync(join(root, folder)))
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name)))
  .filter((path) => path.endsWith('.md'))

/** The blocks of a page in the languages that are tested, in their order. */
export function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, page), 'utf8')
  const blocks: Block[] = []
  let above = { end: -1, block: undefined as Block | undefined }
  for (const { index, 0: all, 1: language = '', 2: code = '' } of text.matchAll(
    /^```(ts|js|python)\n(.*?)^```$/gms,
  )) {
    const line = text.slice(0, index).split('\n').length
    const adjacent = text.slice(above.end, index).trim() === ''
    const twin =
      adjacent && language !== 'python' && above.block?.language === 'python' ? above.block : undefined
    const block = {
      name: `${page.replace(/\W+/g, '-')}-${line}`,
      page,
      language,
      code,
      ...(twin === undefined ? {} : { twin }),
    }
    blocks.push(block)
    above = { end: index + all.length, block }
  }
  return blocks
}
