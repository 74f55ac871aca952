import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { current, down, up } from '../rig/index.ts'
import { interruptible } from '../rig/interruption.ts'
import { countRequests } from './bench/counting-proxy.ts'
import { type Command, median, paired, timed } from './bench/timing.ts'
import { at } from './checkout.ts'
import { LARGEST_SUITE, suiteSize } from './suite-size.ts'

const PAIRS = 7

interface Row {
  what: string
  figure: string
  bar: string
  holds: boolean
}

const folder = mkdtempSync(join(tmpdir(), 'retrain-bench-'))

/** An action as the runner starts it: its stub, inputs as variables, files for outputs. */
const action = (name: string, inputs: Record<string, string>): Command => {
  const files = Object.fromEntries(
    ['GITHUB_OUTPUT', 'GITHUB_STEP_SUMMARY', 'GITHUB_STATE'].map((variable) => {
      const path = join(folder, variable)
      writeFileSync(path, '')
      return [variable, path]
    }),
  )
  const event = join(folder, 'event.json')
  writeFileSync(event, '{}')
  const given = Object.entries(inputs).map(([input, value]) => [`INPUT_${input.toUpperCase()}`, value])
  const env = {
    ...files,
    ...Object.fromEntries(given),
    RUNNER_TEMP: folder,
    GITHUB_EVENT_NAME: 'schedule',
    GITHUB_EVENT_PATH: event,
  }
  return { argv: [process.execPath, at('dist', `${name}.js`)], env }
}

const startUp = async (): Promise<Row> => {
  const empty = { argv: [process.execPath, '-e', '0'] }
  const start = action('trigger', { 'model-name': 'digits' })
  await timed(start)
  const { a, b, ratios } = await paired(
    PAIRS,
    () => empty,
    () => start,
  )
  const seconds = median(b)
  return {
    what: 'start-up of an action (trigger, all of it)',
    figure: `${seconds.toFixed(3)} s, ${median(ratios).toFixed(1)} times an empty node (${median(a).toFixed(3)} s)`,
    bar: 'at most 0.2 s',
    holds: seconds <= 0.2,
  }
}

const size = (): Row => {
  const bytes = suiteSize()
  const figure = `${(bytes / 1e6).toFixed(2)} MB gzipped`
  return {
    what: 'the suite, as every job downloads it',
    figure,
    bar: 'at most 1 MB',
    holds: bytes <= LARGEST_SUITE,
  }
}

const gatekeepers = async (): Promise<Row[]> => {
  const rig = await up({ only: ['mlflow'] })
  const uri = rig.mlflow?.uri ?? ''
  const python = rig.tools?.python ?? 'python3'
  const model = `bench-${Date.now()}`
  const seeds = spawnSync(python, [at('scripts/bench/seed.py'), model, String(2 * PAIRS + 4)], {
    env: { ...process.env, MLFLOW_TRACKING_URI: uri, MLFLOW_DISABLE_TELEMETRY: 'true' },
    encoding: 'utf8',
  })
  if (seeds.status !== 0) throw new Error(`the models could not be made:\n${seeds.stderr}`)
  const runs: string[] = JSON.parse(seeds.stdout.trim().split('\n').at(-1) ?? '[]')
  const run = (index: number) => runs[index] ?? ''
  const ours = (id: string, tracking = uri) =>
    action('gatekeeper', {
      'model-name': model,
      'run-id': id,
      metric: 'accuracy',
      'min-improvement': '0.05',
      'tracking-uri': tracking,
    })
  const theirs = (id: string, tracking = uri): Command => ({
    argv: [python, at('scripts/bench/gatekeeper.py'), model, id, 'accuracy', '0.05'],
    env: { MLFLOW_TRACKING_URI: tracking, MLFLOW_DISABLE_TELEMETRY: 'true', HOME: folder },
  })
  const requests = await countRequests(uri, async (proxy) => void (await timed(ours(run(0), proxy))))
  const pythonRequests = await countRequests(uri, async (proxy) => void (await timed(theirs(run(1), proxy))))
  await timed(ours(run(2)))
  await timed(theirs(run(3)))
  const { a, b, ratios } = await paired(
    PAIRS,
    (n) => ours(run(4 + 2 * n)),
    (n) => theirs(run(5 + 2 * n)),
  )
  const ratio = median(ratios)
  return [
    {
      what: 'requests of a gatekeeper that promotes',
      figure: `${requests} (Python: ${pythonRequests})`,
      bar: 'at most 9',
      holds: requests <= 9,
    },
    {
      what: 'gatekeeper beside one in Python, same server',
      figure: `${ratio.toFixed(1)} times faster (${median(a).toFixed(2)} s, Python ${median(b).toFixed(2)} s)`,
      bar: 'at least 4 times',
      holds: ratio >= 4,
    },
  ]
}

const bench = async (): Promise<void> => {
  const wasUp = (await current()) !== undefined
  const rows = [await startUp(), size(), ...(await gatekeepers())]
  if (!wasUp) await down()
  for (const { what, figure, bar, holds } of rows)
    console.log(`${holds ? 'ok    ' : 'FAILED'} ${what}: ${figure}; ${bar}`)
  process.exitCode = rows.every(({ holds }) => holds) ? 0 : 1
}

try {
  await interruptible(bench, down)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
