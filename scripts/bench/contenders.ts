import { spawnSync } from 'node:child_process'
import { at } from '../checkout.ts'
import { action } from './action.ts'
import type { Server } from './measurement.ts'
import { type Command, median, paired, timed } from './timing.ts'

const MARGIN = '0.05'

/** A champion in the registry, and better candidates: each is judged once, since a second time is another job. */
export interface Candidates {
  model: string
  /** Run id of one that nobody has judged. */
  next(): string
}

/** @throws when the models cannot be logged, with what Python said */
export const seed = (server: Server, count: number): Candidates => {
  const model = `bench-${Date.now()}`
  const { status, stdout, stderr } = spawnSync(
    server.python,
    [at('scripts/bench/seed.py'), model, String(count)],
    { env: { ...process.env, ...clientEnv(server) }, encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`the models could not be made:\n${stderr}`)
  const runs: string[] = JSON.parse(stdout.trim().split('\n').at(-1) ?? '[]')
  return {
    model,
    next() {
      const run = runs.pop()
      if (run === undefined) throw new Error('fewer candidates were made than are judged')
      return run
    },
  }
}

/** The gatekeeper. It ends red unless it promotes, so that nothing else is ever timed. */
export const gatekeeper = (
  folder: string,
  { uri, login }: Server,
  { model, next }: Candidates,
  inputs: Record<string, string> = { metric: 'accuracy', 'min-improvement': MARGIN },
): Command =>
  action(folder, 'gatekeeper', {
    'model-name': model,
    'run-id': next(),
    'on-reject': 'fail',
    'tracking-uri': uri,
    ...(login && { 'tracking-username': login.username, 'tracking-password': login.password }),
    ...inputs,
  })

/** The same job in Python. It, too, fails unless it promotes. */
export const inPython = (folder: string, server: Server, { model, next }: Candidates): Command => ({
  argv: [server.python, at('scripts/bench/gatekeeper.py'), model, next(), 'accuracy', MARGIN],
  env: { ...clientEnv(server), HOME: folder, TMPDIR: folder },
})

/** How many candidates `race` takes. */
export const inRace = (pairs: number): number => 2 * pairs + 2

/** Both in turn, after one each to warm up. `times` is how much faster the gatekeeper is. */
export const race = async (
  folder: string,
  server: Server,
  candidates: Candidates,
  pairs: number,
): Promise<{ times: number; figure: string }> => {
  const ours = () => gatekeeper(folder, server, candidates)
  const theirs = () => inPython(folder, server, candidates)
  await timed(ours())
  await timed(theirs())
  const { a, b, ratios } = await paired(pairs, ours, theirs)
  const times = median(ratios)
  const seconds = `${median(a).toFixed(2)} s, Python ${median(b).toFixed(2)} s`
  return { times, figure: `${times.toFixed(1)} times faster (${seconds})` }
}

const clientEnv = ({ uri, login }: Server): Record<string, string> => ({
  MLFLOW_TRACKING_URI: uri,
  MLFLOW_DISABLE_TELEMETRY: 'true',
  ...(login && { MLFLOW_TRACKING_USERNAME: login.username, MLFLOW_TRACKING_PASSWORD: login.password }),
})
