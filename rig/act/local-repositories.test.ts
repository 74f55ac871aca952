import { expect, test } from 'vitest'
import pins from '../actions/pins.json' with { type: 'json' }
import { repository } from '../paths.ts'
import { listDownloadedActions, localRepositoryOptions } from './local-repositories.ts'

const list = (uses: string[]) => localRepositoryOptions('/suite', uses).filter((each) => each.includes('@'))

test('the suite and the stand-ins are mapped at the refs of the rig and at those of the workflow', () => {
  const mappings = list([
    'org/retrain-actions/.github/workflows/retrain.yml@v1',
    'org/retrain-actions/actions/train@0123abc',
    'actions/setup-python@v5',
    './.github/actions/local',
    'docker://alpine:3',
  ])
  expect(mappings.filter((each) => each.startsWith('org/'))).toEqual([
    'org/retrain-actions@v1=/suite',
    'org/retrain-actions@v1.0.0=/suite',
    'org/retrain-actions@0123abc=/suite',
  ])
  const fake = `${repository}rig/actions/actions/setup-python`
  expect(mappings).toContain(`actions/setup-python@${pins['actions/setup-python'].sha}=${fake}`)
  expect(mappings).toContain(`actions/setup-python@v5=${fake}`)
  expect(mappings.join()).not.toContain('alpine')
})

test('actions without a stand-in are downloaded', () => {
  const uses = [
    'actions/checkout@v4',
    'azure/setup-helm@v4',
    'docker/login-action@v3',
    'org/retrain-actions@v1',
    './x',
  ]
  expect(listDownloadedActions(uses)).toEqual(['docker/login-action@v3'])
})
