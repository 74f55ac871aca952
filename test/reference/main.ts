import { parseArgs } from 'node:util'
import { compareWithReference } from './compare.ts'

const options = {
  cases: { type: 'string', default: '20000' },
  seed: { type: 'string', default: '1' },
} as const

const { values } = parseArgs({ options })
const [cases, seed] = [Number(values.cases), Number(values.seed)]
const { compared, refused, values: agreed, disagreements } = await compareWithReference(seed, cases)
for (const text of disagreements) console.log(`\n${text}`)
console.log(`\nrefused, by reason:`)
for (const [family, count] of [...refused].sort(([, a], [, b]) => b - a)) console.log(`${count}\t${family}`)
const share = Math.round((100 * compared) / cases)
console.log(
  `\n${cases} cases from seed ${seed}: ${compared} compared (${share} %), ${cases - compared} refused,`,
)
console.log(`${agreed} equal numbers, ${disagreements.length} disagreements`)
process.exitCode = disagreements.length > 0 ? 1 : 0
