/** ENFILE: the whole machine is out of open files. Only a machine of the test's own can be brought to that. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { hoarding } from '../kernel/hoarding.js'
import { node } from '../kernel/matrix.js'

const MOST = '/proc/sys/fs/file-max'
/** The limit is not for those with CAP_SYS_ADMIN. */
const limited = ['setpriv', '--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin']

describe('out of files', () => {
  let most = ''
  before(() => {
    most = readFileSync(MOST, 'latin1')
    const [open] = readFileSync('/proc/sys/fs/file-nr', 'latin1').split('\t').map(Number)
    // Enough for another Node to begin with.
    writeFileSync(MOST, `${(open as number) + 400}`)
  })
  after(() => writeFileSync(MOST, most))

  for (const when of ['waiting', 'later'])
    it(`accept rejects ENFILE and the connection is not lost (${when})`, async () => {
      const { code, stdout, stderr } = await node(hoarding, { args: [when], before: limited, limit: 90_000 })
      assert.deepEqual([stdout, stderr, code], ['ENFILE accept ENFILE true\n', '', 0])
    })

  it('connections() goes on by itself', async () => {
    const { code, stdout, stderr } = await node(hoarding, {
      args: ['iterating'],
      before: limited,
      limit: 90_000,
    })
    const [during, then] = stdout.split('\n')
    assert.equal(JSON.parse(during ?? '').accepted, false)
    assert.deepEqual([then, stderr, code], ['true', '', 0])
  })
})
