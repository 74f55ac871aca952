import { spawnSync } from 'node:child_process'
import { checkoutPath } from '../../scripts/checkout.ts'
import { actionCommand } from '../action-command.ts'
import type { Server } from '../benchmark.ts'
import { type Command, median, timeCommand, timePaired } from '../timing.ts'

const MARGIN = '0.05'

/** A champion in the registry, and better candidates: each is judged once, since a second time is another job. */
export interface Candidates {
  model: string
  /** Run id of a candidate without a verdict. */
  nextRunId(): string
}

/** @throws when the models cannot be logged, with what Python said */
export const seedCandidates = (server: Server, count: number): Candidates => {
  const model = `bench-${Date.now()}`
  const { status, stdout, stderr } = spawnSync(
    server.python,
    [checkoutPath('bench/gatekeeper/seed_candidates.py'), model, String(count)],
    { env: { ...process.env, ...clientEnvironment(server) }, encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`the models could not be made:\n${stderr}`)
  const runs: string[] = JSON.parse(stdout.trim().split('\n').at(-1) ?? '[]')
  return {
    model,
    nextRunId() {
      const run = runs.pop()
      if (run === undefined) throw new Error('fewer candidates were made than are judged')
      return run
    },
  }
}

/** The gatekeeper. It ends red unless it promotes, so that nothing else is ever timed. */
export const gatekeeperCommand = (
  folder: string,
  { uri, credentials: login }: Server,
  { model, nextRunId: next }: Candidates,
  inputs: Record<string, string> = { metric: 'accuracy', 'min-improvement': MARGIN },
): Command =>
  actionCommand(folder, 'gatekeeper', {
    'model-name': model,
    'run-id': next(),
    'on-reject': 'fail',
    'tracking-uri': uri,
    ...(login && { 'tracking-username': login.username, 'tracking-password': login.password }),
    ...inputs,
  })

/** The same job in Python. It, too, fails unless it promotes. */
export const pythonGateCommand = (
  folder: string,
  server: Server,
  { model, nextRunId: next }: Candidates,
): Command => ({
  argv: [server.python, checkoutPath('bench/gatekeeper/python_gate.py'), model, next(), 'accuracy', MARGIN],
  env: { ...clientEnvironment(server), HOME: folder, TMPDIR: folder },
})

/** How many candidates `race` takes. */
export const candidatesNeeded = (pairs: number): number => 2 * pairs + 2

/** Both in turn, after one each to warm up. `times` is how much faster the gatekeeper is. */
export const compareWithPython = async (
  folder: string,
  server: Server,
  candidates: Candidates,
  pairs: number,
): Promise<{ times: number; figure: string }> => {
  const ours = () => gatekeeperCommand(folder, server, candidates)
  const theirs = () => pythonGateCommand(folder, server, candidates)
  await timeCommand(ours())
  await timeCommand(theirs())
  const { a, b, ratios } = await timePaired(pairs, ours, theirs)
  const times = median(ratios)
  const seconds = `${median(a).toFixed(2)} s, Python ${median(b).toFixed(2)} s`
  return { times, figure: `${times.toFixed(1)} times faster (${seconds})` }
}

const clientEnvironment = ({ uri, credentials: login }: Server): Record<string, string> => ({
  MLFLOW_TRACKING_URI: uri,
  MLFLOW_DISABLE_TELEMETRY: 'true',
  ...(login && { MLFLOW_TRACKING_USERNAME: login.username, MLFLOW_TRACKING_PASSWORD: login.password }),
})
