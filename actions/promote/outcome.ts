import { championNumber } from '../../src/domain/champion.ts'
import { UserError } from '../../src/domain/failure.ts'
import { ledger } from '../../src/domain/ledger.ts'
import type { Outcome } from '../../src/runtime/action.ts'
import type { Inputs, Outputs } from '../../src/runtime/contract.ts'
import { plain, table } from '../../src/runtime/markdown.ts'
import type { contract } from './contract.ts'
import type { Registered } from './registry.ts'
import type { Move } from './write.ts'

type PromoteInputs = Inputs<typeof contract>

export function notProven(why: string): UserError {
  return new UserError(
    `Nothing was promoted: ${why}. Deploy the version first (helm-deploy), or let reconcile tell what is wrong.`,
  )
}

/**
 * What is left to say where the version does not serve (yet). That is a failure, unless a person cleared it from
 * quarantine: it can only be deployed after that, so clearing it is all that there was to do.
 */
export function notLive(
  inputs: PromoteInputs,
  registered: Registered,
  why: string,
): Outcome<typeof contract> {
  const { version } = registered
  if (inputs['clear-quarantine'] === undefined || !version.tags[ledger.quarantineCleared])
    return refused(inputs, registered, notProven(why))
  return {
    outputs: unchanged(inputs, registered),
    summary: [
      `### ${plain(inputs['model-name'])}: quarantine of version ${version.number} cleared`,
      `${plain(version.tags[ledger.quarantineCleared] ?? '', 1000)}\n\nIt was not promoted: ${plain(why)}. Deploy it, then promote it.`,
    ].join('\n\n'),
  }
}

/** A red end before anything was written, which tells what is champion all the same. */
export function refused(
  inputs: PromoteInputs,
  registered: Registered,
  failure: UserError,
): Outcome<typeof contract> {
  return { outputs: unchanged(inputs, registered), failure }
}

/** The champion as it was found; empty where nobody can say which version it is. */
function unchanged(inputs: PromoteInputs, { champion, aliases }: Registered): Outputs<typeof contract> {
  return {
    'champion-version': championNumber(champion),
    'previous-version': aliases.get(inputs['previous-alias']) ?? 'none',
    changed: 'false',
  }
}

export function conclude(
  inputs: PromoteInputs,
  number: string,
  { previous, changed, proof, lag }: Move & { proof: string; lag: string | undefined },
): Outcome<typeof contract> {
  const { 'model-name': model, 'champion-alias': champion, 'previous-alias': before } = inputs
  const rows = [
    [plain(champion), number],
    [plain(before), plain(previous)],
    ['proof', plain(proof)],
    ...(inputs['mirror-stages'] ? [['stages', lag === undefined ? 'say the same' : plain(lag, 1000)]] : []),
  ]
  return {
    outputs: {
      'champion-version': number,
      'previous-version': previous,
      changed: changed ? 'true' : 'false',
    },
    summary: `### ${plain(model)}: version ${number} is ${changed ? 'the champion now' : 'champion already'}\n\n${table(['', ''], rows)}`,
  }
}
