import { Unlisted } from '../../src/adapters/mlflow/failures.ts'
import { mirrorStages } from '../../src/adapters/mlflow/stages.ts'
import { UserError } from '../../src/domain/failure.ts'
import { MARGIN } from '../../src/domain/lease.ts'
import { ledger, type Tags } from '../../src/domain/ledger.ts'
import { proofFrom } from '../../src/domain/promotion.ts'
import { firstOf, type Judgement, judge } from '../../src/domain/reconcile.ts'
import type { Finding } from '../../src/domain/reconcile-reading.ts'
import { isCurable, repairOf } from '../../src/domain/reconcile-repair.ts'
import { type Held, holding } from '../lease/holding.ts'
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
  return (
    consistent === 'false' && (isCurable(findings) || findings.some(({ kind }) => kind === 'left-behind'))
  )
}

/**
 * Puts right what is safe, under the lease: what a dead job left half done, then the aliases. Everything is read again
 * once nobody else may write.
 * @throws Fault where a system does not answer
 */
export async function repaired(given: Given): Promise<Repaired> {
  const { inputs, context, release } = given
  const { timeout } = inputs
  const claim = {
    action: 'reconcile',
    context,
    githubToken: inputs['github-token'],
    timeout,
    // What a dead job had begun may take a rollback to put right.
    budget: timeout + MARGIN,
  }
  try {
    return await holding(release, claim, (held) => mended(given, held))
  } catch (error) {
    // Someone else is at work by now, won a race, or a person must see to it: that is for who reads the finding.
    if (!(error instanceof UserError) || context.cancelled.aborted) throw error
    return { done: [], refused: error.message }
  }
}

async function mended(given: Given, held: Held): Promise<Repaired> {
  const { mlflow } = given
  const found = await look(given, true)
  const judgement = judge(found)
  if (!isCurable(judgement.findings)) return { done: held.notes, refused: undefined }
  const plan = repairOf(found, await digestServed(given, found))
  if (plan.kind === 'refused') return { done: held.notes, refused: `Nothing was moved: ${plan.why}.` }
  const { names, model, aliases } = found
  const { version, previous } = plan
  const before = aliases.get(names.previous)
  await writeChampion(mlflow, {
    model,
    names,
    version,
    tags: tagsFor(given, found, judgement, version),
    previous: previous === before ? undefined : (previous ?? 'none'),
    holds: aliases.get(names.champion) === version,
  })
  const lag = found.mirrored
    ? await mirrorStages(mlflow, { model, alias: names.champion, retired: retiredBy(found, version) })
    : undefined
  const was = aliases.get(names.champion)
  const done =
    was === version
      ? `What the registry says besides ${names.champion} (version ${version}) was set right.`
      : `Alias ${names.champion} was moved from ${was === undefined ? 'nothing' : `version ${was}`} to version ${version}, which serves.`
  return { done: [...held.notes, done], refused: lag }
}

/** The files of what serves, as they are now: a verdict holds for those that it was given for. */
async function digestServed({ mlflow }: Given, { live, versions }: Look): Promise<string | undefined> {
  const version = versions.find(({ number }) => number === live?.releaseVersion)
  return (
    version &&
    mlflow.artifactDigest(version).catch((error: unknown) => {
      if (error instanceof Unlisted) return undefined
      throw error
    })
  )
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
