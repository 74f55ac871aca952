import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { down, findRunningRig, up } from '../rig/index.ts'
import { runInterruptible } from '../rig/process/interruption.ts'
import type { Benchmark, Server } from './benchmark.ts'
import { measureDriftDetection } from './drift/detection/measure.ts'
import { measureFalsePromotions } from './gate-errors/false-promotions.ts'
import { measureBasicAuth } from './gatekeeper/basic-auth.ts'
import { measureGatekeeper } from './gatekeeper/gatekeeper.ts'
import { measureLargeHoldout } from './gatekeeper/large-holdout.ts'
import { measureManyClasses } from './gatekeeper/many-classes.ts'
import { measureFailures, measureOwnFailures } from './rollout/failures.ts'
import { measureRolloutOverhead } from './rollout/overhead.ts'
import { measureSize } from './size.ts'
import { measureStartUp } from './start-up.ts'

/** The measurements of `npm run bench`. `npm run bench -- NAME ...` runs only some. */
const QUICK_BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  'start-up': measureStartUp,
  size: measureSize,
  gatekeeper: measureGatekeeper,
  'basic-auth': measureBasicAuth,
  'large-holdout': measureLargeHoldout,
  'many-classes': measureManyClasses,
}
/** Measurements that take minutes. They run only by name. */
const LONG_BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  gate: measureFalsePromotions,
  rollout: measureRolloutOverhead,
  failures: measureFailures,
  'failures-helm-deploy': measureOwnFailures,
  'drift-detection': measureDriftDetection,
}

const benchmarks = new Map(Object.entries({ ...QUICK_BENCHMARKS, ...LONG_BENCHMARKS }))

const runBenchmarks = async (names: readonly string[]): Promise<void> => {
  const wasUp = (await findRunningRig()) !== undefined
  const folder = mkdtempSync(join(tmpdir(), 'retrain-bench-'))
  let server: Promise<Server> | undefined
  const mlflow = () => {
    server ??= startServer()
    return server
  }
  try {
    for (const name of names)
      for (const { name: benchmark, figure, target, isMet } of (await benchmarks.get(name)?.({
        folder,
        mlflow,
      })) ?? []) {
        console.log(`${isMet ? 'ok    ' : 'FAILED'} ${benchmark}: ${figure}; ${target}`)
        if (!isMet) process.exitCode = 1
      }
  } finally {
    rmSync(folder, { recursive: true, force: true })
    if (server && !wasUp) await down()
  }
}

const startServer = async (): Promise<Server> => {
  const { mlflow, tools } = await up({ only: ['mlflow'] })
  if (!mlflow || !tools) throw new Error('the rig is up without MLflow')
  return { uri: mlflow.uri, python: tools.python }
}

const requestedNames = process.argv.slice(2)
const unknownName = requestedNames.find((name) => !benchmarks.has(name))
if (unknownName === undefined)
  await runInterruptible(() =>
    runBenchmarks(requestedNames.length > 0 ? requestedNames : Object.keys(QUICK_BENCHMARKS)),
  )
else {
  const all = [...benchmarks.keys()].join(', ')
  console.error(`unknown measurement ${JSON.stringify(unknownName)}; available: ${all}`)
  process.exitCode = 1
}
