import { parseArgs } from 'node:util'
import { down, findRunningRig } from '../../rig/index.ts'
import { runInterruptible } from '../../rig/process/interruption.ts'
import { ensureBundle } from '../bundle/global-setup.ts'
import type { ScenarioResult } from './cases.ts'
import { openHarness } from './harness.ts'
import {
  createScenarios,
  runScenarios,
  SCENARIO_GROUPS,
  type Scenario,
  type ScenarioGroup,
} from './scenarios.ts'

/** The groups of a run without arguments. It excludes mutants, because each builds a copy of the sources. */
const DEFAULT_GROUPS = SCENARIO_GROUPS.filter((group) => group !== 'mutants')

const help = `npm run fault-injection                       ${DEFAULT_GROUPS.join(', ')}
npm run fault-injection -- mutants            deliberate defects in copies of the sources, which a scenario must detect
npm run fault-injection -- GROUP ...          only these groups
npm run fault-injection -- --filter TEXT      only scenarios whose name contains TEXT
npm run fault-injection -- --list             list the scenarios without running them
  --seed N         selects the failure mode and fault of each write (1)
  --rounds N       rounds of two concurrent chains (20)
  --concurrency N  how many scenarios run at a time (4)
  --dist FOLDER    test this bundle instead of one built from the sources`

const options = {
  seed: { type: 'string', default: '1' },
  filter: { type: 'string', default: '' },
  rounds: { type: 'string', default: '20' },
  concurrency: { type: 'string', default: '4' },
  dist: { type: 'string' },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

async function runFaultInjection(): Promise<void> {
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  const unknown = positionals.filter((name) => !SCENARIO_GROUPS.includes(name as ScenarioGroup))
  if (values.help || unknown.length > 0) {
    console.log(unknown.length > 0 ? `there is no group ${unknown.join(', ')}\n${help}` : help)
    process.exitCode = unknown.length > 0 ? 2 : 0
    return
  }
  const groups =
    positionals.length === 0 ? DEFAULT_GROUPS : SCENARIO_GROUPS.filter((name) => positionals.includes(name))
  const [seed, rounds, concurrency] = [Number(values.seed), Number(values.rounds), Number(values.concurrency)]
  const wasUp = (await findRunningRig()) !== undefined
  const harness = await openHarness(values.dist ?? ensureBundle())
  const started = Date.now()
  try {
    const scenarios = await createScenarios(harness, {
      seed,
      concurrency,
      groups,
      rounds,
      nameFilter: values.filter,
    })
    if (values.list) {
      console.log(scenarios.map(({ name }) => name).join('\n'))
      return
    }
    const results = await runScenarios(harness, scenarios, concurrency, printResult)
    const failed = results.filter(({ violations }) => violations.length > 0).length
    const minutes = ((Date.now() - started) / 60_000).toFixed(1)
    console.log(`${results.length} scenarios in ${minutes} minutes, seed ${seed}: ${failed} with violations`)
    if (failed > 0 || results.length === 0) process.exitCode = 1
  } finally {
    await harness.close()
    if (!wasUp) await down()
  }
}

function printResult({ name }: Scenario, { violations, trace, seconds }: ScenarioResult): void {
  const passed = violations.length === 0
  console.log(`${passed ? 'ok       ' : 'VIOLATION'} ${seconds.toFixed(0).padStart(3)} s  ${name}`)
  if (!passed || name.startsWith('mutants'))
    for (const line of [...violations.map((each) => `! ${each}`), ...trace]) console.log(`    ${line}`)
}

await runInterruptible(runFaultInjection)
