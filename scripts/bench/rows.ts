import { readFileSync } from 'node:fs'
import { watchMemory } from '../../test/bundle/memory.ts'
import { gatekeeper, seed } from './contenders.ts'
import type { Finding, Measurement } from './measurement.ts'
import { writeRows } from './rows-files.ts'
import { timed } from './timing.ts'

const ROWS = 1_000_000
const RESAMPLES = 2000
const METRICS = ['accuracy', 'auc'] as const

/** The whole judgement on many rows: files read and joined, the interval, the self-tests, the verdict written. */
export const rows: Measurement = async ({ folder, mlflow }) => {
  const server = await mlflow()
  const candidates = seed(server, METRICS.length)
  const files = await writeRows(folder, ROWS)
  const findings: Finding[] = []
  for (const metric of METRICS) {
    const policy = {
      kind: 'challenger',
      metric,
      min_improvement: '0.001',
      predictions: { candidate: files.candidate, champion: files.champion },
      holdout: { path: files.holdout, positive: '1' },
      statistics: { resamples: RESAMPLES },
    }
    const judge = gatekeeper(folder, server, candidates, { policy: JSON.stringify(policy) })
    let memory = { stop: () => 0 }
    const seconds = await timed(judge, (pid) => {
      memory = watchMemory(pid)
    })
    const bytes = memory.stop()
    if (!readFileSync(judge.env?.GITHUB_OUTPUT ?? '', 'utf8').includes('same-rows'))
      throw new Error(`${metric} was not judged on the rows`)
    findings.push({
      what: `${metric} of ${ROWS.toLocaleString('en')} rows, ${RESAMPLES.toLocaleString('en')} resamples`,
      figure: `${seconds.toFixed(1)} s, ${Math.round(bytes / 1e6)} MB`,
      bar: 'at most 60 s and 500 MB',
      holds: seconds <= 60 && bytes > 0 && bytes <= 500e6,
    })
  }
  return findings
}
