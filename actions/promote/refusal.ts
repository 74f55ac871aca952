import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { UserError } from '../../src/domain/failure.ts'
import { ledger } from '../../src/domain/ledger.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'
import type { Registered } from './registry.ts'

type PromoteInputs = Inputs<typeof contract>

/** Why the version may not be champion: quarantined files never, then a lost race, then no verdict. */
export async function refusalOf(
  mlflow: Mlflow,
  inputs: PromoteInputs,
  registered: Registered,
): Promise<UserError | undefined> {
  const { version, quarantined } = registered
  const [first] = quarantined
  if (first) {
    const same = first.number === version.number ? '' : ` (the same files as version ${first.number})`
    return new UserError(
      `Version ${version.number}${same} is in quarantine: ${first.tags[ledger.quarantined]}. Give clear-quarantine a reason if it may serve again.`,
    )
  }
  const lost = lostRace(inputs, registered)
  if (lost || inputs.proof !== 'none' || inputs.adopt) return lost
  return noVerdict(mlflow, registered)
}

function lostRace(inputs: PromoteInputs, { champion, version }: Registered): UserError | undefined {
  const expected = inputs['expected-champion']
  if (expected === undefined) return undefined
  const found = champion.kind === 'version' ? champion.version.number : champion.kind
  if (found === expected || found === version.number) return undefined
  const why = champion.kind === 'unclear' ? `: ${champion.why}` : ''
  return new UserError(
    `Input expected-champion: version ${version.number} was judged against ${expected}, but the champion is ${found} by now${why}. Nothing was written; judge it again with gatekeeper.`,
  )
}

/** Where no deployment asked for the verdict, promote does: for the very files that it was given for. */
async function noVerdict(mlflow: Mlflow, { version }: Registered): Promise<UserError | undefined> {
  const verdict = version.tags[ledger.verdict]
  if (verdict !== 'promote') {
    return new UserError(
      `Version ${version.number} has ${verdict ? `the verdict ${verdict}` : 'no verdict'}, and proof: none has nothing else to go by. Let gatekeeper judge it, or record it with adopt: true.`,
    )
  }
  if (version.tags[ledger.artifactDigest] !== (await mlflow.artifactDigest(version))) {
    return new UserError(
      `The files of version ${version.number} are not the ones that its verdict was given for. Let gatekeeper judge it again.`,
    )
  }
  return undefined
}
