import { randomUUID } from 'node:crypto'
import { mlflowConnection } from '../../../src/adapters/mlflow/connection.ts'
import { connectMlflow, type Mlflow } from '../../../src/adapters/mlflow/mlflow.ts'
import { ledger } from '../../../src/domain/ledger.ts'
import { type Trainer, trainerAt } from '../../../test/system/trained.ts'

/** Models as training and gate leave them, on a real MLflow server. */
export interface Models {
  uri: string
  /** A new model whose versions, each of files of its own or all of the same, the gate has let through. */
  register(versions: number, files: 'own' | 'same'): Promise<string>
  setChampion(model: string, version: string): Promise<void>
  /** What the registry says of a version: which one is champion, and what is noted against this one. */
  standing(model: string, version: string): Promise<RegistryStanding>
}

export interface RegistryStanding {
  champion: string | undefined
  noted: 'quarantined' | 'suspect' | 'nothing'
}

export async function modelsAt(uri: string): Promise<Models> {
  const trainer = await trainerAt(uri)
  const mlflow = connectMlflow(mlflowConnection({ 'tracking-uri': uri }, {}))
  return {
    uri,
    async register(versions, files) {
      const model = `bench-${randomUUID().slice(0, 8)}`
      await mlflow.ensureModel(model)
      let trained = await trainer.train()
      for (let n = 0; n < versions; n += 1) {
        if (n > 0 && files === 'own') trained = await trainer.train()
        await letThrough(mlflow, model, trained)
      }
      return model
    },
    setChampion: (model, version) => mlflow.setAlias(model, 'champion', version),
    async standing(model, version) {
      const [found, of] = await Promise.all([mlflow.model(model), mlflow.version(model, version)])
      const tags = of?.tags ?? {}
      const noted = tags[ledger.quarantined] ? 'quarantined' : tags[ledger.suspect] ? 'suspect' : 'nothing'
      return { champion: found?.aliases.get('champion'), noted }
    },
  }
}

async function letThrough(
  mlflow: Mlflow,
  model: string,
  { runId, modelId }: Awaited<ReturnType<Trainer['train']>>,
): Promise<void> {
  const tags = { [ledger.verdict]: 'promote', [ledger.registration]: randomUUID() }
  const source = `models:/${modelId}`
  const version = await mlflow.createVersion({ model, source, runId, tags, mark: ledger.registration })
  const digest = (await mlflow.artifactDigest(version)) ?? ''
  await mlflow.setVersionTags(model, version.number, { [ledger.artifactDigest]: digest })
}
