/** The benchmark finds out who is wrong: contenders that lie fail, and honest ones do not. */
import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Failed } from '../../bench/child.js'
import { compile } from '../../bench/compile.js'
import { type Contender, contenders } from '../../bench/contenders.js'
import { type Cores, measure } from '../../bench/run.js'
import { form } from '../../bench/workload.js'
import { workloads } from '../../bench/workloads.js'
import { needsProgram } from '../support/needs.js'

const cores: Cores = [0, availableParallelism() > 1 ? 1 : 0]
const smoke = form('smoke')

const liar = (lie: string): Contender => ({
  name: `liar (${lie})`,
  title: 'a liar',
  side: 'other',
  roles: {},
  command: () => ({
    program: process.execPath,
    args: [fileURLToPath(new URL('liar.js', import.meta.url))],
    env: { BERKELEY_LIE: lie },
  }),
})

const run = (name: string, contender: Contender) => {
  const workload = workloads.find((each) => each.name === name)
  assert.ok(workload !== undefined, name)
  compile()
  return measure(workload, contender, smoke, cores)
}

describe('the judge of the benchmark', needsProgram('cc'), () => {
  for (const [name, lies] of Object.entries({
    'tcp-echo-50': ['byte', 'more', 'crash'],
    'udp-echo-64': ['byte', 'more', 'crash'],
    'unix-seqpacket-echo': [],
    'udp-receive-64': ['byte', 'more', 'crash'],
    'tcp-bulk-to-64k': ['byte', 'more'],
    'tcp-bulk-from-64k': ['byte', 'more'],
    'tcp-memory': ['crash'],
  })) {
    for (const lie of lies)
      it(`${name}: finds ${lie}`, async () => {
        await assert.rejects(run(name, liar(lie)), Failed)
      })
    it(`${name}: believes C`, async () => {
      const c = contenders.find((each) => each.name === 'c') as Contender
      const figures = await run(name, c)
      assert.ok(figures.messages > 0 && figures.seconds > 0 && figures.cpu > 0)
      assert.ok(figures.loadIdle >= 0 && figures.loadIdle <= 1)
      // Each datagram arrived, or the kernel has counted it.
      if (figures.dropped !== undefined) assert.equal(figures.lost, figures.dropped)
    })
  }

  it('believes an echo that tells the truth in the liar', async () => {
    const figures = await run('tcp-echo-50', liar('nothing'))
    assert.ok(figures.messages > 0)
  })
})
