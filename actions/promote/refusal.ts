import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { UserError } from '../../src/domain/failure.ts'
import { ledger } from '../../src/domain/ledger.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'
import type { Registered } from './registry.ts'

type PromoteInputs = Inputs<typeof contract>

/** Throws UserError where the version may not be champion: quarantined files never, then a lost race, then no verdict. */
export async function refuse(mlflow: Mlflow, inputs: PromoteInputs, registered: Registered): Promise<void> {
  const { version, quarantined } = registered
  const [first] = quarantined
  if (first) {
    const same = first.number === version.number ? '' : ` (the same files as version ${first.number})`
    throw new UserError(
      `Version ${version.number}${same} is in quarantine: ${first.tags[ledger.quarantined]}. Give clear-quarantine a reason if it may serve again.`,
    )
  }
  refuseLostRace(inputs, registered)
  if (inputs.proof === 'none' && !inputs.adopt) await refuseWithoutVerdict(mlflow, registered)
}

function refuseLostRace(inputs: PromoteInputs, { champion, version }: Registered): void {
  const expected = inputs['expected-champion']
  if (expected === undefined) return
  const found = champion.kind === 'version' ? champion.version.number : champion.kind
  if (found === expected || found === version.number) return
  const why = champion.kind === 'unclear' ? `: ${champion.why}` : ''
  throw new UserError(
    `Input expected-champion: version ${version.number} was judged against ${expected}, but the champion is ${found} by now${why}. Nothing was written; judge it again with gatekeeper.`,
  )
}

/** Where no deployment asked for the verdict, promote does: for the very files that it was given for. */
async function refuseWithoutVerdict(mlflow: Mlflow, { version }: Registered): Promise<void> {
  const verdict = version.tags[ledger.verdict]
  if (verdict !== 'promote') {
    throw new UserError(
      `Version ${version.number} has ${verdict ? `the verdict ${verdict}` : 'no verdict'}, and proof: none has nothing else to go by. Let gatekeeper judge it, or record it with adopt: true.`,
    )
  }
  if (version.tags[ledger.artifactDigest] !== (await mlflow.artifactDigest(version))) {
    throw new UserError(
      `The files of version ${version.number} are not the ones that its verdict was given for. Let gatekeeper judge it again.`,
    )
  }
}
