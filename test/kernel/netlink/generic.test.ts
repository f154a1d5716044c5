/** Generic netlink beside genl(8), by the families that every kernel has. */
import { needs, sh } from '../usage/namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CTRL_CMD_GETFAMILY, CTRL_CMD_NEWFAMILY } from 'berkeley'
import { GenericNetlink } from 'berkeley/netlink'
import { needsProgram } from '../../support/needs.js'

const controller = {
  familyId: [1, 'u16'],
  familyName: [2, 'string'],
  version: [3, 'u32'],
} as const

describe('generic netlink', needs, () => {
  it('has the families, commands and groups that genl lists', needsProgram('genl'), async () => {
    using generic = new GenericNetlink()
    const families = await generic.families()
    const text = sh('genl ctrl list')
    const listed = [
      ...text.matchAll(
        /Name: (\S+)\n\s*ID: 0x(\w+)\s+Version: 0x(\w+)\s+header size: (\d+)\s+max attribs: (\d+)/g,
      ),
    ]
    assert.ok(listed.length >= 2)
    assert.deepEqual(
      families.map(({ name, id, version, hdrsize, maxattr }) => [name, id, version, hdrsize, maxattr]),
      listed.map(([, name, id, version, size, most]) => [
        ...[name, Number.parseInt(id as string, 16), Number.parseInt(version as string, 16)],
        ...[Number(size), Number(most)],
      ]),
    )
    const groups = [...text.matchAll(/#\d+:\s+ID-0x(\w+)\s+name: (\S+)/g)].map(([, id, name]) => [
      name,
      Number.parseInt(id as string, 16),
    ])
    assert.deepEqual(
      families.flatMap(({ mcastGroups }) => mcastGroups.map(({ name, id }) => [name, id])).sort(),
      groups.sort(),
    )
    const ops = [...text.matchAll(/#\d+:\s+ID-0x(\w+) *\n/g)].length
    assert.equal(families.flatMap((family) => family.ops).length, ops)
  })

  it('finds a family by its name, and speaks to it', async () => {
    using generic = new GenericNetlink()
    const found = await generic.family('nlctrl')
    assert.deepEqual([found.id, found.name, found.mcastGroups[0]?.name], [16, 'nlctrl', 'notify'])
    await assert.rejects(generic.family('no such family'), { code: /ENOENT|EINVAL|ERANGE/ } as never)
    await assert.rejects(generic.family('nobody'), { code: 'ENOENT', name: 'NetlinkError' })
    const [answer] = await generic.request('nlctrl', {
      cmd: CTRL_CMD_GETFAMILY,
      table: controller,
      attributes: { familyName: 'nlctrl' },
    })
    assert.deepEqual(
      [answer?.cmd, answer?.attributes.familyId, answer?.attributes.version],
      [CTRL_CMD_NEWFAMILY, 16, 2],
    )
    const all = await generic.dump('nlctrl', { cmd: CTRL_CMD_GETFAMILY, table: controller })
    assert.deepEqual(
      all.map(({ attributes }) => attributes.familyName),
      (await generic.families()).map(({ name }) => name),
    )
  })

  it('joins groups by their names', async () => {
    using generic = new GenericNetlink()
    const watch = await generic.watch('nlctrl', controller, { groups: ['notify'] })
    const waiting = watch.next()
    watch.close()
    assert.deepEqual(await waiting, { done: true, value: undefined })
    await assert.rejects(generic.watch('nlctrl', controller, { groups: ['none'] }), { code: 'ENOENT' })
  })
})
