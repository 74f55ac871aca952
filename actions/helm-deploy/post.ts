import { setTimeout as sleep } from 'node:timers/promises'
import { removeKubeconfig } from '../../src/adapters/kubernetes/reach.ts'
import { openRelease, type Release } from '../../src/adapters/kubernetes/release.ts'
import { UserError } from '../../src/domain/failure.ts'
import { pendingRevision, type Revision } from '../../src/domain/history.ts'
import { sentenceOf } from '../../src/domain/rollout-failure.ts'
import { recovery, type Underway } from '../../src/domain/rollout-recovery.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs, State } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'
import { goBack, markNewest, ownRevision } from './rolling.ts'
import { removeValues, valuesFolder } from './values-files.ts'

/** Milliseconds that a helm of a killed main gets to end by itself. */
const PATIENCE = 15_000
/** GitHub kills a cancelled job after 5 minutes, and other post steps want some of them. */
export const LONGEST = 180_000

/** After main was cancelled or killed in mid-rollout: no pending release, no unproven revision, no stray file. */
export const post = async (
  state: State<typeof contract>,
  inputs: Inputs<typeof contract>,
  context: Context,
  open: typeof openRelease = openRelease,
): Promise<void> => {
  removeValues(valuesFolder(context.temp, inputs.release))
  removeKubeconfig(inputs, context.temp)
  if (!state.rollout) return
  const release = await open(inputs, context)
  try {
    await recover(JSON.parse(state.rollout) as Underway, release, inputs, context)
  } finally {
    release.close()
  }
}

async function recover(
  underway: Underway,
  release: Release,
  inputs: Inputs<typeof contract>,
  { log }: Context,
): Promise<void> {
  const history = await settledHistory(release)
  const marks = await release.marks()
  const own = underway.own ?? (await ownRevision(release, underway))
  const plan = recovery({ ...underway, own }, history, marks)
  const keep = !inputs['rollback-on-failure'] && !pendingRevision(history)
  if (plan.kind === 'nothing' || keep) {
    log.info(`Release ${release.name} is left as it is: ${plan.why}.`)
    return
  }
  if (plan.kind === 'impossible') throw new UserError(`Release ${release.name} needs a person: ${plan.why}.`)
  if (plan.kind === 'uninstall') {
    await release.uninstall()
    log.warning(`Release ${release.name} was uninstalled: ${plan.why}.`)
    return
  }
  const end = await goBack(release, plan.revision, plan.version, Math.min(inputs.timeout, LONGEST))
  if (end.kind === 'failed')
    throw new UserError(
      `Release ${release.name} went back to revision ${plan.revision}, which does not come up: ${sentenceOf(end.diagnosis)}`,
    )
  const mark = marks.find(({ revision }) => revision === plan.revision)
  if (mark) await markNewest(release, mark)
  log.warning(`Release ${release.name} went back to revision ${plan.revision}: ${plan.why}.`)
}

/** The history, once no helm is at work on it any more, or is not going to be. */
export async function settledHistory(release: Release): Promise<readonly Revision[]> {
  for (const until = Date.now() + PATIENCE; ; await sleep(1000)) {
    const history = await release.history()
    if (!pendingRevision(history) || Date.now() > until) return history
  }
}
