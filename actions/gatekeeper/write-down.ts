import type { Mlflow } from '../../src/adapters/mlflow/mlflow.ts'
import { Fault } from '../../src/domain/failure.ts'
import type { Judgement } from '../../src/domain/gate/judgements.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Decision } from './decision.ts'
import { ledgerTags } from './ledger.ts'
import { record } from './record.ts'
import { reportOf } from './report.ts'

/** Where the report lies among the artifacts of the candidate's run. */
const REPORT = 'retrain/gate-report.json'

/**
 * Writes the decision into MLflow: tags, the champion's list of who was refused, and the report among the run's files.
 * @returns the version that carries it
 */
export function writeDown(
  mlflow: Mlflow,
  context: Pick<Context, 'log'>,
  decision: Decision,
  refused: readonly Judgement[],
): Promise<string | undefined> {
  const { run } = decision.seen
  return record(mlflow, decision, {
    tags: ledgerTags(decision),
    judgements: refused.length > 0 ? JSON.stringify(refused) : undefined,
    async logReport(version) {
      if (!run || run.deleted) return
      try {
        const written = await mlflow.write(run.artifactUri, REPORT, reportOf(decision, version))
        if (!written)
          context.log.info(`The report is not logged to the run: its files are at ${run.artifactUri}.`)
      } catch (error) {
        // The verdict stands without it, and the tags tell the story.
        if (!(error instanceof Fault)) throw error
        context.log.warning(`The report could not be logged to the run: ${error.message}`)
      }
    },
  })
}
