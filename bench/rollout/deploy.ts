import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Evidence } from '../../src/domain/rollout/evidence.ts'
import { runStep, type Step } from '../../test/bundle/runner.ts'
import { waitForNewPod } from './observe.ts'
import type { FailureScenario, Scenario, Values } from './scenarios/scenario.ts'
import { buildPath, CHART, RELEASE, type ToolName, type TrialNamespace } from './trial-namespace.ts'

/** One deployment of version 2. */
export interface DeployRequest {
  cluster: TrialNamespace
  scenario: Scenario & Partial<FailureScenario>
  /** The registered model, if helm-deploy reads the registry. */
  model: string
  trackingUri: string
  values: Values
  /** A separate folder. The caller deletes it. */
  folder: string
  /** The folder of the bundle. */
  dist: string
}

/** The result of a tool. */
export interface DeployResult {
  exitCode: number | null
  /** All output lines. */
  lines: readonly string[]
  /** The reason of a failure as a code. Helm has none. */
  reason: string
  /** The error message; empty after a success. */
  message: string
  /** The saved evidence of deleted pods. */
  savedEvidence: { logs: number; events: number }
}

/** Cancels a job like GitHub's runner, `after` milliseconds after the first pod of the new version. */
function createCancelSignals(cluster: TrialNamespace, after: number | undefined) {
  if (after === undefined) return []
  const firstPod = waitForNewPod(cluster)
  const at = async (later: number) => {
    await firstPod.catch(() => undefined)
    await sleep(after + later)
  }
  return [
    { signal: 'SIGINT', when: at(0) },
    { signal: 'SIGTERM', when: at(7500) },
    { signal: 'SIGKILL', when: at(10_000) },
  ] as const
}

export function deploy(tool: ToolName, request: DeployRequest): Promise<DeployResult> {
  return tool === 'helm-deploy' ? deployWithAction(request) : deployWithHelm(tool, request)
}

/** The chart's values of a version for plain Helm. */
export function createValues(model: string, version: string, values: Values): Values {
  return { ...values, model: { name: model, version, mlflowUri: 'http://mlflow.invalid' } }
}

/** Runs main and post step like GitHub's runner. */
async function deployWithAction(request: DeployRequest): Promise<DeployResult> {
  const { cluster, scenario, model, values, folder, dist, trackingUri } = request
  const inputs = {
    release: RELEASE,
    namespace: cluster.namespace,
    kubeconfig: readFileSync(cluster.rig.kubernetes.kubeconfig, 'utf8'),
    'model-name': model,
    'tracking-uri': trackingUri,
    timeout: scenario.timeout,
  }
  const temp = join(folder, 'temp')
  mkdirSync(temp)
  const env = { PATH: buildPath(cluster), RUNNER_TEMP: temp }
  const step = (name: string, stepInputs: Record<string, string>, more: Step = {}) =>
    runStep(join(dist, `${name}.js`), { inputs: { ...inputs, ...stepInputs }, env, ...more })
  const deployInputs = {
    chart: CHART,
    'model-version': '2',
    values: JSON.stringify(values),
    ...scenario.inputs,
  }
  const signals = createCancelSignals(cluster, scenario.cancelAfterMs)
  const main = await step('helm-deploy', deployInputs, { signals })
  const post = await step('helm-deploy-post', deployInputs, { state: main.state })
  const lines = [main.log, post.log]
  const [error = ''] = main.annotations.filter(({ level }) => level === 'error').map(({ message }) => message)
  const { outcome, 'failure-reason': failure = '' } = main.outputs
  let message = error
  if (scenario.cancelAfterMs)
    message += `; post: ${post.annotations.map(({ message }) => message).join('; ')}`
  if (scenario.onFailure) {
    const back = await step('helm-rollback', { 'bad-model-version': '2' })
    lines.push(back.log)
    message += `; helm-rollback: ${back.outputs.outcome}`
  }
  return {
    exitCode: main.exitCode,
    lines: lines.join('\n').split('\n'),
    reason: outcome === 'refused' ? outcome : failure,
    message,
    savedEvidence: countSavedEvidence(main.outputs.evidence ?? ''),
  }
}

function countSavedEvidence(folder: string): DeployResult['savedEvidence'] {
  const path = join(folder, 'evidence.json')
  if (!folder || !existsSync(path)) return { logs: 0, events: 0 }
  const { logs, events }: Evidence = JSON.parse(readFileSync(path, 'utf8'))
  const lines = logs.flatMap(({ text }) => text.split('\n').filter((line) => line.trim() !== ''))
  return { logs: lines.length, events: events.length }
}

/** Runs Helm in the script of a step, like GitHub's runner. Signals reach only the shell. */
async function deployWithHelm(
  tool: Exclude<ToolName, 'helm-deploy'>,
  { cluster, scenario, model, values, folder }: DeployRequest,
): Promise<DeployResult> {
  const file = join(folder, 'values.json')
  writeFileSync(file, JSON.stringify(createValues(model, '2', values)))
  const rollbackFlag = tool === 'helm3' ? '--atomic' : '--rollback-on-failure'
  const limit = ['--wait', '--timeout', scenario.timeout]
  const upgrade = ['helm', 'upgrade', '--install', RELEASE, CHART, '--values', file, rollbackFlag, ...limit]
  const back = ['helm', 'rollback', RELEASE, '0', ...limit]
  const path = join(folder, 'step.sh')
  writeFileSync(
    path,
    scenario.onFailure ? `${upgrade.join(' ')} || { ${back.join(' ')}; exit 1; }` : upgrade.join(' '),
  )
  const env = {
    PATH: buildPath(cluster),
    HOME: folder,
    KUBECONFIG: cluster.rig.kubernetes.kubeconfig,
    HELM_NAMESPACE: cluster.namespace,
  }
  const { code, output } = await runShell(path, env, createCancelSignals(cluster, scenario.cancelAfterMs))
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  const errors = lines.filter((line) => /^Error:/.test(line))
  const message = code === 0 ? '' : (errors.join('; ') || 'nothing').replace(/^Error: /, '')
  return { exitCode: code, lines, reason: '', message, savedEvidence: { logs: 0, events: 0 } }
}

function runShell(
  script: string,
  env: Record<string, string>,
  signals: ReturnType<typeof createCancelSignals>,
) {
  return new Promise<{ code: number | null; output: string }>((resolve, reject) => {
    const child = spawn('bash', ['-e', script], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (output += bytes))
    for (const { signal, when } of signals) void when.then(() => child.kill(signal))
    child.on('error', reject)
    child.on('exit', () => {
      // The runner kills the remaining processes of the step at the end of the job.
      if (signals.length > 0 && child.pid !== undefined) killGroup(child.pid)
    })
    child.on('close', (code) => resolve({ code, output }))
  })
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL')
  } catch {
    // All processes have exited.
  }
}
