import { optionalMlflowConnection } from '../../src/adapters/mlflow/connection.ts'
import { connectMlflow, type Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { reigning } from '../../src/domain/champion.ts'
import { UserError } from '../../src/domain/failure.ts'
import { ledger, type Tags } from '../../src/domain/ledger.ts'
import type { Standing } from '../../src/domain/rollout-admission.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'

/** What a deployment asks of the registry, and writes into its ledger. */
export interface DeployRegistry {
  /** Address of the server, free of credentials. */
  base: string
  standing(): Promise<Standing>
  /** Adds to the ledger of the version. */
  record(tags: Tags): Promise<void>
}

/** Undefined where no tracking server is given. */
export function openRegistry(inputs: Inputs<typeof contract>, context: Context): DeployRegistry | undefined {
  const connection = optionalMlflowConnection(inputs, context.env, context.cancelled)
  if (!connection) return undefined
  const mlflow = connectMlflow(connection)
  const { 'model-name': model, 'model-version': number } = inputs
  return {
    base: mlflow.base,
    standing: () =>
      standingOf(mlflow, model, number, {
        champion: inputs['champion-alias'],
        previous: inputs['previous-alias'],
      }),
    record: (tags) => mlflow.setVersionTags(model, number, tags),
  }
}

async function standingOf(
  mlflow: Pick<Mlflow, 'model' | 'versions' | 'artifactDigest' | 'base'>,
  model: string,
  number: string,
  aliases: { champion: string; previous: string },
): Promise<Standing> {
  const [registered, versions] = await Promise.all([mlflow.model(model), mlflow.versions(model)])
  const version = versions.find((one) => one.number === number)
  if (!registered || !version) {
    throw new UserError(
      `Input model-version: ${mlflow.base} has no version ${number} of model ${JSON.stringify(model)}; give one that is registered there.`,
    )
  }
  const digest = await mlflow.artifactDigest(version)
  if (digest === undefined) {
    throw new UserError(
      `Input model-version: version ${number} of model ${JSON.stringify(model)} has no MLmodel file, so no pod can load it; register a logged model.`,
    )
  }
  const champion = reigning(registered.aliases, versions, aliases)
  return {
    admitted: version.tags[ledger.verdict] === 'promote' || version.tags[ledger.adopted] !== undefined,
    verdict: version.tags[ledger.verdict],
    judgedDigest: version.tags[ledger.artifactDigest],
    digest,
    quarantined: quarantineOf(versions, number, digest),
    champion: champion.kind === 'version' ? champion.version.number : undefined,
  }
}

/** Quarantine holds for the files: the same ones under another number are known by their digest. */
function quarantineOf(
  versions: readonly { number: string; tags: Tags }[],
  number: string,
  digest: string,
): string | undefined {
  const held = versions.find(
    ({ number: other, tags }) =>
      tags[ledger.quarantined] && (other === number || tags[ledger.artifactDigest] === digest),
  )
  if (!held) return undefined
  const why = held.tags[ledger.quarantined]
  return held.number === number ? why : `as version ${held.number}, which has the same files: ${why}`
}
