import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { contract as ofDemote } from '../../../actions/demote/contract.ts'
import { post as afterDemote } from '../../../actions/demote/main.ts'
import { contract as ofPromote } from '../../../actions/promote/contract.ts'
import { post as afterPromote } from '../../../actions/promote/main.ts'
import { fakeContext, parseInputs } from '../../../test/fakes/context.ts'
import { foreignLease, holderIdentity, readUnreleasedLease, setLease } from '../../../test/fakes/leases.ts'
import { fakeMlflow } from '../../../test/fakes/mlflow.ts'
import { fakeRelease } from '../../../test/fakes/release.ts'
import { liveServing, releaseServing } from '../../../test/fakes/serving-release.ts'
import { openClusterAccess } from '../../adapters/cluster-access/kubeconfig.ts'
import type { Release } from '../../adapters/kubernetes/release/release.ts'
import type { LiveRelease } from '../../domain/release/live-release.ts'
import type { Context } from '../../runtime/context.ts'
import type { AnyContract, Inputs } from '../../runtime/contract.ts'
import type { ReleaseAdapters } from './connect.ts'
import { verifyServing } from './serving-proof.ts'

type PostAdapters = Pick<ReleaseAdapters, 'openRelease' | 'mlflow'>

type Post<C extends AnyContract> = (
  state: { lease?: string },
  inputs: Inputs<C>,
  context: Context,
  adapters?: PostAdapters,
) => Promise<string | undefined>

const step = <C extends AnyContract>(action: string, contract: C, post: Post<C>, needed = {}) => ({
  action,
  read(more: Record<string, string> = {}) {
    const usual = { 'model-name': 'digits', 'model-version': '3', release: 'digits' }
    const inputs = parseInputs(contract, { ...usual, ...needed, ...more })
    return {
      inputs,
      post: (state: { lease?: string }, context: Context, adapters?: PostAdapters) =>
        post(state, inputs, context, adapters),
    }
  },
})

describe.each([
  step('promote', ofPromote, afterPromote),
  step('demote', ofDemote, afterDemote, { reason: 'slow' }),
])('the post step of $action', ({ action, read }) => {
  test('removes the kubeconfig of a killed main', async () => {
    const temp = mkdtempSync(join(tmpdir(), `${action}-`))
    const kubeconfig = 'apiVersion: v1\nkind: Config'
    const { inputs, post } = read({ kubeconfig })
    openClusterAccess(inputs, { env: {}, temp })
    expect(readdirSync(temp)).toHaveLength(1)
    await post({}, fakeContext({ temp }))
    expect(readdirSync(temp)).toEqual([])
  })

  test('the lease of a killed main step is released, and one that another job holds by now is left to it', async () => {
    const { post } = read()
    const context = fakeContext()
    const adapters = (release: Release) => ({ openRelease: async () => release, mlflow: () => fakeMlflow() })
    for (const holder of [holderIdentity({ action }), 'another']) {
      const { release, calls } = releaseServing(undefined)
      release.lease.set(foreignLease({ holderIdentity: holder }))
      await post({}, context, adapters(release))
      expect(release.lease.current()).toMatchObject({ holderIdentity: holder })
      await post({ lease: holderIdentity({ action }) }, context, adapters(release))
      expect(release.lease.current()).toMatchObject({ holderIdentity: holder === 'another' ? holder : '' })
      expect(calls).toEqual(['close'])
    }
  })

  test('the recovery of a killed main step is resumed; required manual intervention is an error', async () => {
    const { post } = read()
    const operation = {
      release: 'digits',
      namespace: 'default',
      previousRevision: 1,
      isInstall: false,
      version: '8',
      revision: 2,
    }
    const holder = holderIdentity({ action })
    const mark = {
      revision: 1,
      updated: 't1',
      model: 'digits',
      version: '7',
      digest: '',
      run: '',
      verifiedAt: '',
    }
    for (const marked of [true, false]) {
      const fake = fakeRelease(['7', '8'])
      if (marked) fake.verifiedRevisions.set(1, mark)
      setLease(fake, foreignLease({ holderIdentity: holder, operation }))
      const context = fakeContext()
      const end = post({ lease: holder }, context, {
        openRelease: async () => fake.release,
        mlflow: () => fakeMlflow(),
      })
      if (marked) await end
      else await expect(end).rejects.toThrow('manual intervention required')
      const written = fake.calls.filter((call) => /^(rollback|verified)/.test(call))
      expect(written).toEqual(marked ? ['rollback 1', 'verified 3'] : [])
      expect(context.messages.join()).toMatch(marked ? /rolled back to revision 1/ : /manual intervention/)
      expect(await readUnreleasedLease(fake.release)).toBeUndefined()
    }
  })
})

describe('verifyServing', () => {
  const pod = (version: string | undefined, ready = true, name = 'pod') => ({ name, version, ready })
  const serving = (changes: Partial<LiveRelease> = {}) =>
    liveServing('2', { pods: [pod('2'), pod('2')], ...changes })
  const expected = { model: 'fraud', version: '2', adopt: false }

  test('describes the evidence', () => {
    expect(verifyServing(serving({ pods: [pod('2'), pod('1', false)] }), 'fraud', expected)).toEqual({
      version: '2',
      description: 'cluster: 1 pod of deployment/fraud ready, env:MODEL_VERSION, revision 7 of fraud',
    })
  })

  test.each<[string, LiveRelease | undefined, RegExp]>([
    ['no release', undefined, /release fraud has no deployed revision/],
    [
      'no ready pod',
      serving({ pods: [pod('2', false)] }),
      /unknown .*: no pod of deployment\/fraud is ready/,
    ],
    ['pods of two versions', serving({ pods: [pod('1'), pod('2')] }), /serve versions 1 and 2/],
    ['a pod without a version', serving({ pods: [pod(undefined, true, 'odd')] }), /odd name no version/],
    ['pods of another version', serving({ pods: [pod('1')] }), /serve version 1, not 2/],
    ['values of another version', serving({ releaseVersion: '1' }), /say version 1, but its pods serve 2/],
    ['values without a version', serving({ releaseVersion: undefined }), /say version \(none\)/],
    ['a release of another model', serving({ releaseModel: 'spam' }), /serves the model spam/],
  ])('names the reason for %s', (_, live, reason) => {
    expect(verifyServing(live, 'fraud', expected).reason).toMatch(reason)
  })
})
