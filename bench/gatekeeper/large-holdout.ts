import { readFileSync } from 'node:fs'
import { trackPeakMemory } from '../../test/bundle/peak-memory.ts'
import type { Benchmark, BenchmarkResult } from '../benchmark.ts'
import { timeCommand } from '../timing.ts'
import { gatekeeperCommand, seedCandidates } from './candidates.ts'
import { writeHoldoutFiles } from './holdout-files.ts'

const ROWS = 1_000_000
const RESAMPLES = 2000
const METRICS = ['accuracy', 'auc'] as const

/** Measures the whole evaluation on many rows: reading and joining files, interval, self-tests, writing the verdict. */
export const measureLargeHoldout: Benchmark = async ({ folder, mlflow }) => {
  const server = await mlflow()
  const candidates = seedCandidates(server, METRICS.length)
  const files = await writeHoldoutFiles(folder, ROWS)
  const findings: BenchmarkResult[] = []
  const durations: number[] = []
  for (const metric of METRICS) {
    const policy = {
      kind: 'challenger',
      metric,
      min_improvement: '0.001',
      predictions: { candidate: files.candidate, champion: files.champion },
      holdout: { path: files.holdout, positive: '1' },
      statistics: { resamples: RESAMPLES },
    }
    const judge = gatekeeperCommand(folder, server, candidates, { policy: JSON.stringify(policy) })
    let memory = { stop: () => 0 }
    const seconds = await timeCommand(judge, (pid) => {
      memory = trackPeakMemory(pid)
    })
    const bytes = memory.stop()
    durations.push(seconds)
    if (!readFileSync(judge.env?.GITHUB_OUTPUT ?? '', 'utf8').includes('paired'))
      throw new Error(`${metric} was not evaluated on the rows`)
    findings.push({
      name: `${metric} of ${ROWS.toLocaleString('en')} rows, ${RESAMPLES.toLocaleString('en')} resamples`,
      figure: `${seconds.toFixed(1)} s, ${Math.round(bytes / 1e6)} MB`,
      target: 'at most 60 s and 500 MB',
      isMet: seconds <= 60 && bytes > 0 && bytes <= 500e6,
    })
  }
  const [accuracy = 0, auc = Infinity] = durations
  return [
    ...findings,
    {
      name: `auc of ${ROWS.toLocaleString('en')} rows against accuracy`,
      figure: `${(auc / accuracy).toFixed(2)} times as long`,
      target: 'at most twice as long',
      isMet: auc <= 2 * accuracy,
    },
  ]
}
