import { spawnSync } from 'node:child_process'
import { checkoutPath } from '../../scripts/checkout.ts'
import { actionCommand } from '../action-command.ts'
import type { Server } from '../benchmark.ts'
import { type Command, median, timeCommand, timePaired } from '../timing.ts'

const MARGIN = '0.05'

/** A champion and better candidates. Each is evaluated once, because a repeated evaluation is a different job. */
export interface Candidates {
  model: string
  /** Returns the run id of a candidate without a verdict. */
  nextRunId(): string
}

/** @throws if Python cannot log the models, with its errors */
export const seedCandidates = (server: Server, count: number): Candidates => {
  const model = `bench-${Date.now()}`
  const { status, stdout, stderr } = spawnSync(
    server.python,
    [checkoutPath('bench/gatekeeper/seed_candidates.py'), model, String(count)],
    { env: { ...process.env, ...clientEnvironment(server) }, encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`cannot log the models:\n${stderr}`)
  const runs: string[] = JSON.parse(stdout.trim().split('\n').at(-1) ?? '[]')
  return {
    model,
    nextRunId() {
      const run = runs.pop()
      if (run === undefined) throw new Error('not enough candidates for all evaluations')
      return run
    },
  }
}

/** Builds the command of the gatekeeper. It fails unless it promotes, so that no other verdict is measured. */
export const gatekeeperCommand = (
  folder: string,
  { uri, credentials }: Server,
  { model, nextRunId }: Candidates,
  inputs: Record<string, string> = { metric: 'accuracy', 'min-improvement': MARGIN },
): Command =>
  actionCommand(folder, 'gatekeeper', {
    'model-name': model,
    'run-id': nextRunId(),
    'on-reject': 'fail',
    'tracking-uri': uri,
    ...(credentials && {
      'tracking-username': credentials.username,
      'tracking-password': credentials.password,
    }),
    ...inputs,
  })

/** Builds the command of the same job in Python. It also fails unless it promotes. */
export const pythonGateCommand = (
  folder: string,
  server: Server,
  { model, nextRunId }: Candidates,
): Command => ({
  argv: [
    server.python,
    checkoutPath('bench/gatekeeper/python_gate.py'),
    model,
    nextRunId(),
    'accuracy',
    MARGIN,
  ],
  env: { ...clientEnvironment(server), HOME: folder, TMPDIR: folder },
})

/** The number of candidates that `compareWithPython` needs. */
export const candidatesNeeded = (pairs: number): number => 2 * pairs + 2

/** Measures both alternately, after one warm-up each. `times` is how many times faster the gatekeeper is. */
export const compareWithPython = async (
  folder: string,
  server: Server,
  candidates: Candidates,
  pairs: number,
): Promise<{ times: number; figure: string }> => {
  const gatekeeper = () => gatekeeperCommand(folder, server, candidates)
  const pythonGate = () => pythonGateCommand(folder, server, candidates)
  await timeCommand(gatekeeper())
  await timeCommand(pythonGate())
  const { a, b, ratios } = await timePaired(pairs, gatekeeper, pythonGate)
  const times = median(ratios)
  const seconds = `${median(a).toFixed(2)} s, Python ${median(b).toFixed(2)} s`
  return { times, figure: `${times.toFixed(1)} times faster (${seconds})` }
}

const clientEnvironment = ({ uri, credentials }: Server): Record<string, string> => ({
  MLFLOW_TRACKING_URI: uri,
  MLFLOW_DISABLE_TELEMETRY: 'true',
  ...(credentials && {
    MLFLOW_TRACKING_USERNAME: credentials.username,
    MLFLOW_TRACKING_PASSWORD: credentials.password,
  }),
})
