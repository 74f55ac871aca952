import { expect, it } from 'vitest'
import { versionTags } from '../../../src/domain/registry/version-tags.ts'
import {
  championVersion,
  decodeEntities,
  registryWithChampion,
  runGate,
} from '../../../test/fakes/gatekeeper.ts'
import { fakeMlflow } from '../../../test/fakes/mlflow.ts'

/** Registries in which version 1 exists, and no alias champion. */
const registry = (tags: Record<string, string>, aliases: Record<string, string> = {}) => {
  const runs = [...registryWithChampion().runs.values()]
  return fakeMlflow({ runs, versions: [{ ...championVersion, tags }], aliases })
}
const summarize = async (mlflow: ReturnType<typeof registry>) => {
  const { outputs, summary } = await runGate(mlflow)
  expect(outputs).toMatchObject({ verdict: 'promote', 'champion-version': 'none' })
  return decodeEntities(summary)
}

it('notes another alias, and a version that was accepted and never promoted', async () => {
  expect(await summarize(registry({}, { production: '1' }))).toContain(
    'There is no champion, although version 1 has the alias production. Is champion-alias right',
  )
  expect(await summarize(registry({ [versionTags.verdict]: 'promote' }))).toContain(
    'version 1 has the verdict promote, but was never promoted',
  )
})

it('notes nothing for a version without verdict, or whose deployment failed', async () => {
  const failed = { [versionTags.verdict]: 'promote', [versionTags.deployFailed]: 'it crashed' }
  for (const tags of [{}, failed])
    expect(await summarize(registry(tags))).not.toContain('There is no champion')
})
