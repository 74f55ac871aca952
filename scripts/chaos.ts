import { parseArgs } from 'node:util'
import { current, down } from '../rig/index.ts'
import { interruptible } from '../rig/interruption.ts'
import { bundled } from '../test/bundle/build.ts'
import { FAULTS } from './chaos/faults.ts'
import { faultsOf, killings, kinds, list } from './chaos/points.ts'
import { pooled } from './chaos/pool.ts'
import { type Point, trial, type Verdict } from './chaos/trial.ts'
import { openWorld, type World } from './chaos/world.ts'

const help = `npm run chaos                       every point of every chain, and every fault
npm run chaos -- --points TEXT      only those whose line contains TEXT
npm run chaos -- --list             the points, without doing anything to them
  --seed N       which death and fault meets which write (1)
  --at-once N    how many chains run side by side (4)
  --dist FOLDER  another bundle than that of these sources`

const options = {
  seed: { type: 'string', default: '1' },
  points: { type: 'string', default: '' },
  'at-once': { type: 'string', default: '4' },
  dist: { type: 'string' },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

const lineOf = ({ name, how }: Point): string => `${name} | ${how}`

async function pointsIn(world: World, seed: number, atOnce: number): Promise<Point[]> {
  const listings = await pooled(kinds(seed), atOnce, (kind) => list(world, kind))
  const gentle = FAULTS.filter((fault) => !fault.endsWith('-restart'))
  return [...killings(listings, seed), ...faultsOf(listings, gentle, seed)]
}

async function chaos(): Promise<void> {
  const { values } = parseArgs({ options })
  if (values.help) {
    console.log(help)
    return
  }
  const [seed, atOnce] = [Number(values.seed), Number(values['at-once'])]
  const wasUp = (await current()) !== undefined
  const world = await openWorld(values.dist ?? bundled())
  const started = Date.now()
  try {
    const points = (await pointsIn(world, seed, atOnce)).filter((point) =>
      lineOf(point).includes(values.points),
    )
    if (values.list) {
      console.log(points.map(lineOf).join('\n'))
      return
    }
    const verdicts = await pooled(points, atOnce, async (point) => {
      const verdict = await trial(world, point)
      report(verdict)
      return verdict
    })
    const wrong = verdicts.filter(({ violations }) => violations.length > 0)
    const minutes = ((Date.now() - started) / 60_000).toFixed(1)
    console.log(
      `${verdicts.length} trials in ${minutes} minutes, seed ${seed}: ${wrong.length} with violations`,
    )
    if (wrong.length > 0 || verdicts.length === 0) process.exitCode = 1
  } finally {
    await world.close()
    if (!wasUp) await down()
  }
}

function report({ point, violations, trace, seconds }: Verdict): void {
  const good = violations.length === 0
  console.log(`${good ? 'ok       ' : 'VIOLATION'} ${seconds.toFixed(0).padStart(3)} s  ${lineOf(point)}`)
  if (!good)
    for (const line of [...violations.map((each) => `! ${each}`), ...trace]) console.log(`    ${line}`)
}

await interruptible(chaos)
