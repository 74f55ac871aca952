import { parseArgs } from 'node:util'
import { current, down } from '../rig/index.ts'
import { interruptible } from '../rig/interruption.ts'
import { bundled } from '../test/bundle/build.ts'
import { type Play, type Played, playAll, plays, SECTIONS, type Section } from './chaos/plays.ts'
import { openWorld } from './chaos/world.ts'

/** What is done where nothing is named; bugs are planted into copies of the sources, and only by name. */
const USUAL = SECTIONS.filter((section) => section !== 'planted')

const help = `npm run chaos                       ${USUAL.join(', ')}
npm run chaos -- planted            bugs planted into copies of the sources: each must be noticed
npm run chaos -- SECTION ...        only these
npm run chaos -- --points TEXT      only those whose line contains TEXT
npm run chaos -- --list             what there is, without doing it
  --seed N       which death and fault meets which write (1)
  --rounds N     how often two chains run at once (20)
  --at-once N    how many plays run side by side (4)
  --dist FOLDER  another bundle than that of these sources`

const options = {
  seed: { type: 'string', default: '1' },
  points: { type: 'string', default: '' },
  rounds: { type: 'string', default: '20' },
  'at-once': { type: 'string', default: '4' },
  dist: { type: 'string' },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

async function chaos(): Promise<void> {
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  const unknown = positionals.filter((name) => !SECTIONS.includes(name as Section))
  if (values.help || unknown.length > 0) {
    console.log(unknown.length > 0 ? `there is no section ${unknown.join(', ')}\n${help}` : help)
    process.exitCode = unknown.length > 0 ? 2 : 0
    return
  }
  const sections = positionals.length === 0 ? USUAL : SECTIONS.filter((name) => positionals.includes(name))
  const [seed, rounds, atOnce] = [Number(values.seed), Number(values.rounds), Number(values['at-once'])]
  const wasUp = (await current()) !== undefined
  const world = await openWorld(values.dist ?? bundled())
  const started = Date.now()
  try {
    const all = await plays(world, { seed, atOnce, sections, rounds, named: values.points })
    if (values.list) {
      console.log(all.map(({ name }) => name).join('\n'))
      return
    }
    const ends = await playAll(world, all, atOnce, tell)
    const wrong = ends.filter(({ violations }) => violations.length > 0).length
    const minutes = ((Date.now() - started) / 60_000).toFixed(1)
    console.log(`${ends.length} plays in ${minutes} minutes, seed ${seed}: ${wrong} with violations`)
    if (wrong > 0 || ends.length === 0) process.exitCode = 1
  } finally {
    await world.close()
    if (!wasUp) await down()
  }
}

function tell({ name }: Play, { violations, trace, seconds }: Played): void {
  const good = violations.length === 0
  console.log(`${good ? 'ok       ' : 'VIOLATION'} ${seconds.toFixed(0).padStart(3)} s  ${name}`)
  if (!good || name.startsWith('planted'))
    for (const line of [...violations.map((each) => `! ${each}`), ...trace]) console.log(`    ${line}`)
}

await interruptible(chaos)
