import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { reachOf } from '../../src/adapters/kubernetes/reach.ts'
import type { Release } from '../../src/adapters/kubernetes/release.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { AnyContract, Inputs } from '../../src/runtime/contract.ts'
import { parseInputs, quietContext } from '../../test/fakes/context.ts'
import { releaseWith } from '../../test/fakes/release.ts'
import { serving } from '../../test/fakes/serving.ts'
import { contract as ofDemote } from '../demote/contract.ts'
import { post as afterDemote } from '../demote/post.ts'
import { contract as ofPromote } from './contract.ts'
import { post as afterPromote } from './post.ts'
import type { Reached } from './proving.ts'

type Post<C extends AnyContract> = (
  state: { held?: string },
  inputs: Inputs<C>,
  context: Context,
  adapters?: Reached,
) => Promise<void>

const step = <C extends AnyContract>(action: string, contract: C, post: Post<C>, needed = {}) => ({
  action,
  read(more: Record<string, string> = {}) {
    const usual = { 'model-name': 'digits', 'model-version': '3', release: 'digits' }
    const inputs = parseInputs(contract, { ...usual, ...needed, ...more })
    return {
      inputs,
      post: (state: { held?: string }, context: Context, adapters?: Reached) =>
        post(state, inputs, context, adapters),
    }
  },
})

describe.each([
  step('promote', ofPromote, afterPromote),
  step('demote', ofDemote, afterDemote, { reason: 'slow' }),
])('the post step of $action', ({ action, read }) => {
  test('the kubeconfig that a killed main has written is removed', async () => {
    const temp = mkdtempSync(join(tmpdir(), `${action}-`))
    const kubeconfig = 'apiVersion: v1\nkind: Config'
    const { inputs, post } = read({ kubeconfig })
    reachOf(inputs, { env: {}, temp })
    expect(readdirSync(temp)).toHaveLength(1)
    await post({}, quietContext({ temp }))
    expect(readdirSync(temp)).toEqual([])
  })

  test('a release that a killed main held is given back, and one that another job holds by now is left to it', async () => {
    const { post } = read()
    const context = quietContext({ env: { RUNNER_NAME: 'runner-1' } })
    const adapters = (release: Release) => ({ openRelease: async () => release })
    const lease = {
      ...{ id: 'left', action, repository: 'shop/digits', run: '77', attempt: '1', url: '' },
      ...{ since: new Date().toISOString(), until: new Date(Date.now() + 60_000).toISOString() },
    }
    for (const [runner, left] of [
      ['runner-1', undefined],
      ['runner-2', 'left'],
    ] as const) {
      const { release, calls } = serving(undefined)
      await release.lease.swap(undefined, { ...lease, runner })
      await post({}, context, adapters(release))
      expect((await release.lease.read())?.id).toBe('left')
      await post({ held: 'digits' }, context, adapters(release))
      expect((await release.lease.read())?.id).toBe(left)
      expect(calls).toEqual(['close'])
    }
  })

  test('what a killed main was putting right is put right now, in a time of its own; what needs a person is said', async () => {
    const { post } = read()
    const underway = {
      release: 'digits',
      namespace: 'default',
      before: 1,
      first: false,
      version: '8',
      own: 2,
    }
    const lease = {
      ...{ id: 'left', action, repository: 'shop/digits', run: '77', attempt: '1', url: '' },
      ...{ runner: 'runner-1', since: '', until: new Date(Date.now() + 60_000).toISOString(), underway },
    }
    const mark = {
      revision: 1,
      updated: 't1',
      model: 'digits',
      version: '7',
      digest: '',
      run: '',
      provenAt: '',
    }
    for (const marked of [true, false]) {
      const fake = releaseWith(['7', '8'])
      if (marked) fake.marks.set(1, mark)
      await fake.release.lease.swap(undefined, lease)
      const context = quietContext({ env: { RUNNER_NAME: 'runner-1' } })
      const end = post({ held: 'digits' }, context, { openRelease: async () => fake.release })
      if (marked) await end
      else await expect(end).rejects.toThrow('needs a person now')
      const written = fake.calls.filter((call) => /^(rollback|mark)/.test(call))
      expect(written).toEqual(marked ? ['rollback 1', 'mark 3'] : [])
      expect(context.said.join()).toMatch(marked ? /went back to revision 1/ : /needs a person/)
      expect(await fake.release.lease.read()).toBeUndefined()
    }
  })
})
