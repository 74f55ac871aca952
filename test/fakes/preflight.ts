import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Adapters } from '../../actions/preflight/adapters.ts'
import { contract } from '../../actions/preflight/contract.ts'
import { main } from '../../actions/preflight/main.ts'
import type { UpgradeRequest } from '../../src/adapters/helm/arguments.ts'
import type { Release } from '../../src/adapters/kubernetes/release/release.ts'
import type { Finding } from '../../src/domain/preflight/findings.ts'
import { fakeContext, parseInputs } from './context.ts'
import { type FakeMlflow, fakeMlflow, fakeRun, fakeVersion } from './mlflow.ts'
import { fakeRelease, readModel, renderDeployment } from './release.ts'

/** Files of a repository in which every check passes. */
export const goodFiles: Readonly<Record<string, string>> = {
  'retrain-policy.yml':
    'metric: auc\nguardrails:\n  - {metric: latency_ms, direction: lower, max_regression: 5}\n',
  'train.py': 'print()',
}

export interface PreflightWorld {
  files?: Record<string, string>
  /** Inputs over those that pass. */
  inputs?: Record<string, string>
  mlflow?: FakeMlflow
  release?: { release: Release }
  adapters?: Partial<Adapters>
  /** Variables of the job. Python is on its PATH. */
  env?: Record<string, string>
}

/** A registry whose champion 3 logged the metrics of the policy. */
export function goodRegistry(): FakeMlflow {
  const metrics = new Map([
    ['auc', 0.9],
    ['latency_ms', 7],
  ])
  const runId = '3'.padStart(32, '0')
  return fakeMlflow({
    runs: [fakeRun(runId, { metrics })],
    versions: [fakeVersion('3', { runId })],
    aliases: { champion: '3' },
  })
}

/** Runs preflight. Unless a test says otherwise, every check passes. */
export async function runPreflight(world: PreflightWorld = {}) {
  const workspace = mkdtempSync(join(tmpdir(), 'preflight-'))
  const files = { ...goodFiles, 'bin/python': '', ...world.files }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, path)), { recursive: true })
    writeFileSync(join(workspace, path), text, { mode: 0o755 })
  }
  const { mlflow = goodRegistry(), release = fakeRelease(['3']) } = world
  const context = fakeContext({
    workspace,
    temp: workspace,
    env: { PATH: join(workspace, 'bin'), ...world.env },
  })
  const given = {
    'model-name': 'fraud',
    run: 'python train.py',
    'experiment-name': 'fraud',
    policy: 'retrain-policy.yml',
    chart: 'test/system/charts/tiny',
    release: 'digits',
    namespace: 'ml',
    ...world.inputs,
  }
  const outcome = await main(parseInputs(contract, given), context, {
    openRelease: async () => release.release,
    openMlflow: () => mlflow,
    readHelmVersion: async () => ({ major: '4', version: 'v4.3.1' }),
    readKubectlVersion: async () => 'v1.33.1',
    renderChart: async (_access: unknown, { valuesFiles }: UpgradeRequest) =>
      renderDeployment(readModel(valuesFiles)),
    ...world.adapters,
  })
  const findings: Finding[] = JSON.parse(outcome.outputs.findings ?? '')
  /** Status, input and message of the findings of one check. */
  const of = (check: string) =>
    findings
      .filter((finding) => finding.check === check)
      .map(({ status, input, message }) => ({ status, input, message }))
  return {
    outcome,
    findings,
    of,
    context,
    workspace,
    report: readFileSync(outcome.outputs.report ?? '', 'utf8'),
  }
}
