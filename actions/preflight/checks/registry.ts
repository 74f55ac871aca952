import { parseArtifactUri } from '../../../src/adapters/mlflow/artifacts/artifacts.ts'
import { ArtifactsNotListable } from '../../../src/adapters/mlflow/http/faults.ts'
import type { Mlflow } from '../../../src/adapters/mlflow/mlflow.ts'
import type { ModelVersion } from '../../../src/adapters/mlflow/schemas.ts'
import { type ModelSnapshot, readModelSnapshot } from '../../../src/release/registry/model-snapshot.ts'
import type { PreflightInputs } from '../adapters.ts'
import type { Checklist } from '../checklist.ts'

/** Checks MLflow: whether it is reachable, its version, the experiment and the artifacts. @returns undefined if it is not reachable */
export async function checkRegistry(
  list: Checklist,
  mlflow: Mlflow,
  inputs: PreflightInputs,
): Promise<ModelSnapshot | undefined> {
  const snapshot = await list.run('Model registry', 'tracking-uri', () => readModelSnapshot(mlflow, inputs))
  if (!snapshot) {
    list.skip('Experiment, artifacts', 'the model registry does not answer.')
    return undefined
  }
  describeChampion(list, snapshot, inputs)
  await checkServerVersion(list, mlflow)
  // Without the input the script chooses; the default one then stands for its store.
  const { 'experiment-name': name } = inputs
  const found = await list.run('Experiment', 'experiment-name', async () => ({
    experiment: await mlflow.findExperiment(name ?? 'Default'),
  }))
  if (found && name !== undefined)
    list.pass(
      'Experiment',
      `${JSON.stringify(name)} ${found.experiment ? 'exists' : 'is created by the training'}.`,
    )
  await checkArtifacts(list, mlflow, snapshot, found?.experiment?.artifactLocation)
  return snapshot
}

function describeChampion(
  list: Checklist,
  { base, champion, versions }: ModelSnapshot,
  { 'model-name': model, force }: PreflightInputs,
): void {
  const name = JSON.stringify(model)
  if (champion.kind === 'unclear') {
    list.report(
      'Model registry',
      force ? 'warning' : 'failed',
      `the champion of model ${name} is unclear: ${champion.reason}`,
    )
    return
  }
  const state =
    champion.kind === 'version'
      ? `version ${champion.version.number} of model ${name} is champion`
      : versions.length > 0
        ? `model ${name} has no champion`
        : `there is no model ${name} yet, so the first one is registered`
  list.pass('Model registry', `${base} answers; ${state}.`)
}

/** Aliases came with MLflow 2.3, logged models with 3.0. */
async function checkServerVersion(list: Checklist, mlflow: Mlflow): Promise<void> {
  const version = await mlflow.readServerVersion()
  if (version === undefined) return list.skip('MLflow version', 'the server does not say its version.')
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major >= 3) return list.pass('MLflow version', `${version}.`)
  const hasAliases = major === 2 && minor >= 3
  list.report(
    'MLflow version',
    hasAliases ? 'warning' : 'failed',
    `the server has version ${version}, but the suite needs MLflow 3${hasAliases ? '. Models that it logs may not be found' : ''}. Upgrade the server.`,
    'tracking-uri',
  )
}

/** Lists and downloads the MLmodel file of the champion, or of the newest version. */
async function checkArtifacts(
  list: Checklist,
  mlflow: Mlflow,
  { champion, versions }: ModelSnapshot,
  location: string | undefined,
): Promise<void> {
  const newest = versions.toSorted((one, other) => Number(other.number) - Number(one.number))[0]
  const version = champion.kind === 'version' ? champion.version : newest
  if (!version) return checkArtifactStore(list, mlflow, location)
  const what = `version ${version.number}`
  const result = await list.run('Artifacts', 'tracking-uri', () => downloadModelFile(mlflow, version))
  if (result === 'sent') list.pass('Artifacts', `the server lists and sends the files of ${what}.`)
  if (result === 'missing')
    list.report('Artifacts', 'warning', `${what} has no MLmodel file, so it cannot be loaded.`)
  if (result instanceof ArtifactsNotListable)
    list.report('Artifacts', 'warning', `${what}: ${result.message}`, 'tracking-uri')
}

async function downloadModelFile(
  mlflow: Mlflow,
  version: ModelVersion,
): Promise<'sent' | 'missing' | ArtifactsNotListable> {
  try {
    const place = await mlflow.locateArtifacts(version)
    const files = (await mlflow.listArtifacts(place)) ?? []
    if (!files.some(({ path, isFolder }) => path === 'MLmodel' && !isFolder)) return 'missing'
    for await (const _ of await mlflow.readArtifact(place, 'MLmodel'));
    return 'sent'
  } catch (error) {
    // Pods and trainings may still reach such a store.
    if (error instanceof ArtifactsNotListable) return error
    throw error
  }
}

/** Without a version, only the store of the experiment can be looked at. */
async function checkArtifactStore(
  list: Checklist,
  mlflow: Mlflow,
  location: string | undefined,
): Promise<void> {
  const place = location === undefined ? undefined : parseArtifactUri(location)
  if (place) {
    const listed = await list.run('Artifacts', 'tracking-uri', async () => ({
      files: await mlflow.listArtifacts(place),
    }))
    if (listed) list.pass('Artifacts', 'the server lists the files of the experiment.')
  } else if (location !== undefined && /^(file:|\/)/.test(location))
    list.report(
      'Artifacts',
      'warning',
      `the experiment keeps its files in ${location}, a folder of the server's machine. A training on another machine would write them to its own disk: start the server with --serve-artifacts, and use a new experiment.`,
      'tracking-uri',
    )
  else list.skip('Artifacts', 'the model has no version yet.')
}
