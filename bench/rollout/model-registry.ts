import { randomUUID } from 'node:crypto'
import { resolveMlflowConnection } from '../../src/adapters/mlflow/http/connection.ts'
import { connectMlflow, type Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import { createTrainer, type Trainer } from '../../test/system/support/mlflow/trainer.ts'

/** Models after training and gate, on a real MLflow server. */
export interface ModelRegistry {
  uri: string
  /** Creates a model whose versions the gate accepted. Each version has its own files, or all have the same. */
  register(versions: number, files: 'own' | 'same'): Promise<string>
  setChampion(model: string, version: string): Promise<void>
  /** Reads the champion, and the failure tags of a version. */
  readStatus(model: string, version: string): Promise<RegistryStatus>
}

export interface RegistryStatus {
  champion: string | undefined
  label: 'quarantined' | 'suspect' | 'none'
}

export async function connectModels(uri: string): Promise<ModelRegistry> {
  const trainer = await createTrainer(uri)
  const mlflow = connectMlflow(resolveMlflowConnection({ 'tracking-uri': uri }, {}))
  return {
    uri,
    async register(versions, files) {
      const model = `bench-${randomUUID().slice(0, 8)}`
      await mlflow.ensureModel(model)
      let trained = await trainer.train()
      for (let n = 0; n < versions; n += 1) {
        if (n > 0 && files === 'own') trained = await trainer.train()
        await registerPromoted(mlflow, model, trained)
      }
      return model
    },
    setChampion: (model, version) => mlflow.setAlias(model, 'champion', version),
    async readStatus(model, version) {
      const [found, of] = await Promise.all([mlflow.getModel(model), mlflow.getVersion(model, version)])
      const tags = of?.tags ?? {}
      const noted = tags[versionTags.quarantined]
        ? 'quarantined'
        : tags[versionTags.suspect]
          ? 'suspect'
          : 'none'
      return { champion: found?.aliases.get('champion'), label: noted }
    },
  }
}

async function registerPromoted(
  mlflow: Mlflow,
  model: string,
  { runId, modelId }: Awaited<ReturnType<Trainer['train']>>,
): Promise<void> {
  const tags = { [versionTags.verdict]: 'promote', [versionTags.idempotencyKey]: randomUUID() }
  const source = `models:/${modelId}`
  const version = await mlflow.createVersion({
    model,
    source,
    runId,
    tags,
    idempotencyTag: versionTags.idempotencyKey,
  })
  const digest = (await mlflow.computeVersionDigest(version)) ?? ''
  await mlflow.setVersionTags(model, version.number, { [versionTags.artifactDigest]: digest })
}
