import { readFileSync } from 'node:fs'
import { scoreModels } from '../../actions/gatekeeper/evaluation/score-models.ts'
import { runScript } from '../../src/adapters/process/run-script.ts'
import { UserError } from '../../src/domain/core/errors.ts'
import { fakeContext } from '../fakes/context.ts'
import { CANDIDATE_RUN, CHAMPION_RUN, championVersion, runGate } from '../fakes/gatekeeper.ts'
import { fakeMlflow, fakeRun } from '../fakes/mlflow.ts'

/** What the gate reports: numbers of each subject, or why there is none. */
export interface GateAnswer {
  /** By subject of the report: the metric, the metric on a slice, and guardrails. */
  values: Record<string, { candidate?: number; champion?: number; difference?: number }>
  /** Rows whose labels are too young; undefined if the reason names none. */
  young?: number
  verdict: string
  reason: string
}

/** The time that reference.py knows too. */
const NOW = Date.UTC(2026, 10, 30)

/** Runs the whole gatekeeper on a folder with the files of a case. Runs and registry are in memory, without metrics. */
export async function askGate(folder: string, policy: { metric: string }): Promise<GateAnswer> {
  const mlflow = fakeMlflow({
    runs: [fakeRun(CANDIDATE_RUN), fakeRun(CHAMPION_RUN)],
    versions: [championVersion],
    aliases: { champion: '1' },
  })
  const context = fakeContext({ workspace: folder, temp: folder })
  const inputs = { policy: JSON.stringify(policy), metric: '', mode: 'dry-run' }
  try {
    const { outputs } = await runGate(mlflow, inputs, context, {
      now: () => new Date(NOW),
      scoreModels: (scoring, request) => scoreModels(scoring, request, { runScript, now: () => NOW }),
    })
    const { verdict = '', reason = '', report = '' } = outputs
    const values = readValues(JSON.parse(readFileSync(report, 'utf8')), policy.metric)
    const [, young] = /(\d+) of the holdout's \d+ rows? are younger than/.exec(reason) ?? []
    return { values, verdict, reason, ...(young !== undefined && { young: Number(young) }) }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { values: {}, verdict: 'error', reason: error.message }
  }
}

interface ReportedCheck {
  kind: string
  subject: string
  candidate: number | null
  baseline: number | null
  change: { estimate: number } | null
}

function readValues(
  report: {
    candidate: { value: number | null }
    champion: { value: number | null }
    checks: ReportedCheck[]
  },
  metric: string,
): GateAnswer['values'] {
  const present = (candidate: number | null, champion: number | null, difference?: number) => ({
    ...(candidate !== null && { candidate }),
    ...(champion !== null && { champion }),
    ...(difference !== undefined && { difference }),
  })
  const values = { [metric]: present(report.candidate.value, report.champion.value) }
  for (const { subject, candidate, baseline, change } of report.checks)
    if (change) values[subject] = present(candidate, baseline, change.estimate)
  return values
}
