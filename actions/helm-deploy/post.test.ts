import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Fault } from '../../src/domain/failure.ts'
import { deploy } from '../../test/fakes/helm-deploy.ts'
import { releaseWith } from '../../test/fakes/release.ts'
import { claimOf, leaseFor } from '../lease/claim.ts'
import { post } from './post.ts'

describe('the post step', () => {
  async function afterMain(fake: ReturnType<typeof releaseWith>, rollout: string) {
    const { inputs, context, temp } = await deploy(releaseWith(['8']))
    fake.calls.length = 0
    await post({ rollout }, inputs, context, async () => fake.release)
    expect(existsSync(join(temp, 'retrain-actions-values-digits'))).toBe(false)
    return fake.calls
  }
  const underway = JSON.stringify({
    release: 'digits',
    namespace: 'ml',
    before: 1,
    first: false,
    version: '8',
  })

  test('does nothing where main came to its end', async () => {
    expect(await afterMain(releaseWith(['7']), '')).toEqual([])
  })

  test('gives back a release that main held when it was killed, before it had begun anything', async () => {
    const { inputs, context } = await deploy(releaseWith(['8']))
    const fake = releaseWith(['7'])
    const lease = leaseFor(claimOf('helm-deploy', inputs, context, 60_000), Date.now())
    await fake.release.lease.swap(undefined, lease)
    await post({ held: 'digits' }, inputs, context, async () => fake.release)
    expect(await fake.release.lease.read()).toBeUndefined()
    expect(fake.calls).not.toContain('rollback 1')
  })

  test('takes back what was never proven', async () => {
    const fake = releaseWith(['7'])
    await deploy(fake)
    fake.marks.delete(2)
    expect(await afterMain(fake, underway)).toEqual([
      'watch 8',
      'evidence',
      'rollback 1',
      'watch 7',
      'mark 3',
      'close',
    ])
  })

  test('saves what can be seen before that, and shows it in the log, where nobody uploads files', async () => {
    const fake = releaseWith(['7'], ['8'])
    fake.deployElsewhere('8')
    fake.marks.set(1, {
      revision: 1,
      updated: 't1',
      model: 'fraud',
      version: '7',
      digest: '',
      run: '',
      provenAt: '',
    })
    const { inputs, context, temp } = await deploy(releaseWith(['8']))
    await post({ rollout: underway }, inputs, context, async () => fake.release)
    const said = context.said.join('\n')
    expect(said).toMatch(/Last lines of pod-8, serve:\nloading\npassword=\*\*\*/)
    const folder = join(temp, 'rollout-evidence-digits-2')
    expect(said).toContain(`What was seen of it before that is in ${folder}: `)
    expect(readFileSync(join(folder, 'evidence.json'), 'utf8')).toContain('"model": "fraud"')
  })

  test('goes back also where nothing can be seen', async () => {
    const fake = releaseWith(['7'])
    await deploy(fake)
    fake.marks.delete(2)
    const { watch } = fake.release
    fake.release.watch = async (version, deadline) => {
      if (version === '8') throw new Error('away')
      return watch(version, deadline)
    }
    fake.release.traces = async () => {
      throw new Error('away')
    }
    expect(await afterMain(fake, underway)).toEqual(['rollback 1', 'watch 7', 'mark 3', 'close'])
  })

  test('tries the way back once more where Helm recorded that its own failed', async () => {
    const fake = releaseWith(['7'], ['8'])
    const { rollback } = fake.release
    fake.release.rollback = async (revision) => {
      await rollback(revision)
      const said =
        'failed to create resource: admission webhook denied the request: context deadline exceeded'
      const description = `Rollback "digits" failed: ${said}`
      Object.assign(fake.revisions.at(-1) ?? {}, { status: 'failed', description })
      fake.release.rollback = rollback
      throw new Fault({ system: 'Helm', call: 'helm rollback digits', status: 1, said, next: 'Look.' })
    }
    const { outcome, context } = await deploy(fake)
    expect(outcome.failure?.message).toContain('unless the post step, which tries once more, is luckier')
    expect(await afterMain(fake, context.state.rollout ?? '')).toEqual([
      'watch 8',
      'evidence',
      'rollback 1',
      'watch 7',
      'mark 4',
      'close',
    ])
  })

  test('takes back nothing where another job got the revision, and ours was never written', async () => {
    const fake = releaseWith(['7'])
    fake.deployElsewhere('9')
    expect(await afterMain(fake, underway)).toEqual(['close'])
  })

  test.each([
    ['its number was told', { own: 3 }],
    ['main was killed before Helm told it', {}],
  ])('knows its own revision beside that of another job: %s', async (_title, told) => {
    const fake = releaseWith(['7'])
    await deploy(fake)
    fake.revisions.length = 1
    fake.deployElsewhere('9')
    fake.deployElsewhere('8')
    fake.marks.delete(2)
    const state = JSON.stringify({ ...JSON.parse(underway), ...told })
    expect(await afterMain(fake, state)).toEqual([
      'watch 8',
      'evidence',
      'rollback 1',
      'watch 7',
      'mark 4',
      'close',
    ])
    const later = releaseWith(['7', '8', '9'])
    expect(await afterMain(later, JSON.stringify({ ...JSON.parse(underway), own: 2 }))).toEqual(['close'])
  })

  test('leaves what was proven', async () => {
    const fake = releaseWith(['7'])
    await deploy(fake)
    expect(await afterMain(fake, underway)).toEqual(['close'])
  })
})

test('a pod that was tried out is removed, whatever became of the release', async () => {
  const fake = releaseWith(['7', '8'])
  const { inputs, context } = await deploy(releaseWith(['8']))
  const rollout = { release: 'digits', namespace: 'ml', before: 1, first: false, version: '8', own: 2 }
  const state = { rollout: JSON.stringify(rollout), trial: '77-1' }
  const { endTrials } = fake.release
  const end = post(state, inputs, context, async () => fake.release)
  await expect(end).rejects.toThrow('needs a person now')
  expect(fake.calls).toEqual(['end trials of run 77-1', 'close'])
  fake.release.endTrials = async (run) => {
    await endTrials(run)
    throw new Error('away')
  }
  await expect(post(state, inputs, context, async () => fake.release)).rejects.toThrow('needs a person now')
  expect(context.said.join()).toContain('may be there still: Error: away')
})
