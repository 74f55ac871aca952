import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { UserError } from '../../src/domain/core/errors.ts'
import { versionTags } from '../../src/domain/registry/version-tags.ts'
import type { ModelValues } from '../../src/domain/release/chart-values.ts'
import { readModelSnapshot, requireVersion } from '../../src/release/registry/model-snapshot.ts'
import { usedPlaceholders } from '../../src/release/version-values.ts'
import type { DeployInputs } from './deployment.ts'
import { noDigest, noRun } from './messages.ts'

/**
 * What the chart receives of the version. Asks MLflow only for what `version-values` names.
 * @throws UserError if the version has no digest or run that a text names
 */
export async function readModelValues(
  inputs: DeployInputs,
  mlflow: Mlflow | undefined,
): Promise<ModelValues> {
  const { 'model-name': name, 'model-version': version } = inputs
  const model = { name, version, mlflowUri: inputs['pod-tracking-uri'] ?? mlflow?.base }
  const used = usedPlaceholders(inputs['version-values'])
  if (!used.has('digest') && !used.has('run-id')) return model
  if (!mlflow) throw new UserError('Input version-values: {{digest}} and {{run-id}} need tracking-uri.')
  const { tags, runId } = requireVersion(await readModelSnapshot(mlflow, inputs), version, 'model-version')
  const digest = tags[versionTags.artifactDigest]
  if (used.has('digest') && !digest) throw new UserError(noDigest(inputs))
  if (used.has('run-id') && !runId) throw new UserError(noRun(inputs))
  return { ...model, digest, runId: runId || undefined }
}
