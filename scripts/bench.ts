import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { current, down, up } from '../rig/index.ts'
import { interruptible } from '../rig/interruption.ts'
import { basicAuth } from './bench/basic-auth.ts'
import { failures, ownFailures } from './bench/failures.ts'
import { falsePromotes } from './bench/false-promotes.ts'
import { gatekeepers } from './bench/gatekeeper.ts'
import type { Measurement, Server } from './bench/measurement.ts'
import { rollout } from './bench/rollout.ts'
import { rows } from './bench/rows.ts'
import { size } from './bench/size.ts'
import { startUp } from './bench/start-up.ts'

/** What `npm run bench` does; `npm run bench -- NAME ...` only those named. */
const quick: Readonly<Record<string, Measurement>> = {
  'start-up': startUp,
  size,
  gatekeeper: gatekeepers,
  'basic-auth': basicAuth,
  rows,
}
/** Those that take minutes, done only by name. */
const long: Readonly<Record<string, Measurement>> = {
  gate: falsePromotes,
  rollout,
  failures,
  'failures-ours': ownFailures,
}

const known = new Map(Object.entries({ ...quick, ...long }))

const bench = async (names: readonly string[]): Promise<void> => {
  const wasUp = (await current()) !== undefined
  const folder = mkdtempSync(join(tmpdir(), 'retrain-bench-'))
  let server: Promise<Server> | undefined
  const mlflow = () => {
    server ??= bringUp()
    return server
  }
  try {
    for (const name of names)
      for (const { what, figure, bar, holds } of (await known.get(name)?.({ folder, mlflow })) ?? []) {
        console.log(`${holds ? 'ok    ' : 'FAILED'} ${what}: ${figure}; ${bar}`)
        if (!holds) process.exitCode = 1
      }
  } finally {
    rmSync(folder, { recursive: true, force: true })
    if (server && !wasUp) await down()
  }
}

const bringUp = async (): Promise<Server> => {
  const { mlflow, tools } = await up({ only: ['mlflow'] })
  if (!mlflow || !tools) throw new Error('the rig is up without MLflow')
  return { uri: mlflow.uri, python: tools.python }
}

const asked = process.argv.slice(2)
const unknown = asked.find((name) => !known.has(name))
if (unknown === undefined) await interruptible(() => bench(asked.length > 0 ? asked : Object.keys(quick)))
else {
  const all = [...known.keys()].join(', ')
  console.error(`there is no measurement ${JSON.stringify(unknown)}; known are ${all}`)
  process.exitCode = 1
}
