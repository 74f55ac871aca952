import { orUnlisted } from '../../src/adapters/mlflow/failures.ts'
import { mirrorStages } from '../../src/adapters/mlflow/stages.ts'
import { UserError } from '../../src/domain/failure.ts'
import { ledger, type Tags } from '../../src/domain/ledger.ts'
import { proofFrom } from '../../src/domain/promotion.ts'
import { firstOf, type Judgement, judge } from '../../src/domain/reconcile.ts'
import type { Finding } from '../../src/domain/reconcile-reading.ts'
import { isCurable, repairOf } from '../../src/domain/reconcile-repair.ts'
import { total, writingBudget } from '../../src/domain/rollout-budget.ts'
import { type Claim, claimOf } from '../lease/claim.ts'
import { holding } from '../lease/holding.ts'
import { freed } from '../lease/stray.ts'
import { writeChampion } from '../promote/champion.ts'
import { type Given, type Look, look } from './reading.ts'

/** What came of a repair. */
export interface Repaired {
  /** What was put right, as sentences. */
  done: readonly string[]
  /** Why nothing more was, as a whole sentence; undefined where nothing is left that could be. */
  refused: string | undefined
}

/** Whether there is anything that a repair could put right. */
export function isRepairable({ consistent, findings }: Judgement): boolean {
  const halfDone = findings.some(({ kind }) => kind === 'left-behind' || kind === 'stuck')
  return consistent === 'false' && (halfDone || isCurable(findings))
}

/**
 * Puts right what is safe, under the lease: what a dead job left half done, then the aliases. Everything is read again
 * once nobody else may write.
 * @throws Fault where a system does not answer
 */
export async function repaired(given: Given): Promise<Repaired> {
  const { inputs, context, mlflow, release, waiting } = given
  const claim: Claim = {
    ...claimOf('reconcile', inputs, context, total(writingBudget())),
    registry: () => mlflow,
    waiting,
  }
  const done: string[] = []
  try {
    const refused = await holding(release, claim, async (held) => {
      const { inherited, notes } = held
      if (inherited?.end instanceof UserError) return inherited.end.message
      if (inherited?.end.changed) done.push(...notes)
      const freeing = await freed(release, inputs.namespace, { claim, held }, await release.history())
      if (freeing !== undefined) done.push(freeing)
      return mended(given, done)
    })
    return { done, refused }
  } catch (error) {
    // Someone else is at work by now, won a race, or a person must see to it: that is for who reads the finding.
    if (!(error instanceof UserError) || context.cancelled.aborted) throw error
    return { done, refused: error.message }
  }
}

/** Moves the aliases where that is safe, and says so in `done`. @returns why not, as a whole sentence */
async function mended(given: Given, done: string[]): Promise<string | undefined> {
  const { mlflow } = given
  const found = await look(given, true)
  const judgement = judge(found)
  if (!isCurable(judgement.findings)) return undefined
  const plan = repairOf(found, await digestServed(given, found))
  if (plan.kind === 'refused') return `Nothing was moved: ${plan.why}.`
  const { names, model, aliases } = found
  const { version, previous } = plan
  const was = aliases.get(names.champion)
  await writeChampion(mlflow, {
    model,
    names,
    version,
    tags: tagsFor(given, found, judgement, version),
    previous: previous === aliases.get(names.previous) ? undefined : (previous ?? 'none'),
    holds: was === version,
  })
  done.push(
    was === version
      ? `What the registry says besides ${names.champion} (version ${version}) was set right.`
      : `Alias ${names.champion} was moved from ${was === undefined ? 'nothing' : `version ${was}`} to version ${version}, which serves.`,
  )
  if (!found.mirrored) return undefined
  return mirrorStages(mlflow, { model, alias: names.champion, retired: retiredBy(found, version) })
}

/** The files of what serves, as they are now: a verdict holds for those that it was given for. */
async function digestServed({ mlflow }: Given, { live, versions }: Look): Promise<string | undefined> {
  const version = versions.find(({ number }) => number === live?.releaseVersion)
  return version && orUnlisted(mlflow.artifactDigest(version))
}

/** The ledger is told where the champion moves, or where its own last word is another. */
function tagsFor(
  { inputs, context }: Given,
  { live, champion, names, aliases, model, release }: Look,
  judgement: Judgement,
  version: string,
): Tags {
  const moves = aliases.get(names.champion) !== version
  const untold = judgement.findings.some(({ kind }: Finding) => kind === 'ledger')
  if (!moves && !untold) return {}
  const now = new Date().toISOString()
  const until = champion.kind === 'version' ? champion.version.number : 'none'
  const proof = proofFrom(live, { model, version, release, adopt: false })
  return {
    [ledger.promotedAt]: now,
    [ledger.promotedBy]: context.run.actor || 'unknown',
    [ledger.proof]: proof.refused === undefined ? proof.words : inputs['version-from'],
    [ledger.reconciled]: `${now}: ${firstOf(judgement)}`,
    ...(context.run.url ? { [ledger.runUrl]: context.run.url } : {}),
    // Of an alias that was set by hand nobody knows whom it replaced.
    ...(moves && until !== version ? { [ledger.promotedFrom]: until } : {}),
  }
}

function retiredBy({ champion }: Look, version: string): readonly string[] {
  return champion.kind === 'version' && champion.version.number !== version ? [champion.version.number] : []
}
