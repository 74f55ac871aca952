import { openRelease } from '../../src/adapters/kubernetes/release.ts'
import type { MlflowInputs } from '../../src/adapters/mlflow/address.ts'
import { mlflowConnection } from '../../src/adapters/mlflow/connection.ts'
import { connectMlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { championNumber } from '../../src/domain/champion.ts'
import { UserError } from '../../src/domain/failure.ts'
import { firstOf, type Judgement, judge } from '../../src/domain/reconcile.ts'
import { defineAction, type Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { liveVersion } from '../helm-deploy/deployment.ts'
import { contract } from './contract.ts'
import { post } from './post.ts'
import { type Given, type Look, look } from './reading.ts'
import { isRepairable, repaired } from './repairing.ts'
import { summaryOf, type Told } from './report.ts'
import { openIssues, tell } from './telling.ts'

const real = {
  openRelease,
  openIssues,
  mlflow: (inputs: MlflowInputs, context: Context) =>
    connectMlflow(mlflowConnection(inputs, context.env, context.cancelled)),
}
export type Adapters = typeof real & Pick<Given, 'waiting'>

export const main = async (
  inputs: Inputs<typeof contract>,
  context: Context,
  adapters: Adapters = real,
): Promise<Outcome<typeof contract>> => {
  const mlflow = adapters.mlflow(inputs, context)
  const release = await adapters.openRelease(inputs, context)
  try {
    const told = await reconciled({ inputs, context, mlflow, release, waiting: adapters.waiting })
    const issues = inputs.issue ? adapters.openIssues(inputs, context) : undefined
    const telling = inputs.issue ? await tell(issues, told, { inputs, context, release }) : undefined
    return conclude(
      inputs,
      context,
      { ...told, notes: telling?.note ? [telling.note] : [] },
      telling?.url ?? '',
    )
  } finally {
    release.close()
  }
}

/** Reads, judges, and where it is asked for and safe, repairs; then what is told is what was read after that. */
async function reconciled(given: Given): Promise<Omit<Told, 'notes'>> {
  let { found, judgement } = await seenTwice(given)
  if (!given.inputs.repair || !isRepairable(judgement)) return { found, judgement, repair: undefined }
  const repair = await repaired(given)
  found = await look(given, false)
  judgement = judge(found)
  return { found, judgement, repair }
}

/** A disagreement counts only when it is seen twice: someone may have finished writing between two of our questions. */
async function seenTwice(given: Given): Promise<{ found: Look; judgement: Judgement }> {
  const first = await look(given, false)
  const judged = judge(first)
  if (judged.consistent !== 'false') return { found: first, judgement: judged }
  const found = await look(given, false)
  return { found, judgement: judge(found) }
}

function conclude(
  inputs: Inputs<typeof contract>,
  { log }: Context,
  told: Told,
  url: string,
): Outcome<typeof contract> {
  const { found, judgement, repair } = told
  const { consistent } = judgement
  const finding = firstOf(judgement)
  const { champion, live } = found
  const outputs = {
    consistent,
    'champion-version': championNumber(champion),
    'release-version': live?.releaseVersion ?? '',
    'live-model-version': liveVersion(live),
    finding,
    repaired: repair && repair.done.length > 0 ? ('true' as const) : ('false' as const),
    'issue-url': url,
  }
  const summary = summaryOf(told)
  for (const line of repair?.done ?? []) log.info(line)
  const more = repair?.refused === undefined ? [] : [repair.refused]
  if (consistent === 'false' && inputs['on-inconsistent'] === 'fail')
    return { outputs, summary, failure: new UserError([finding, ...more].join(' ')) }
  if (consistent === 'false' || more.length > 0) log.warning([finding, ...more].filter(Boolean).join(' '))
  else log.info(finding || `Registry, release and pods agree on version ${outputs['champion-version']}.`)
  return { outputs, summary }
}

export const reconcile = defineAction(contract, (inputs, context) => main(inputs, context), post)
