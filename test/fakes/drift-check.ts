import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { contract } from '../../actions/drift-check/contract.ts'
import { type Adapters, main } from '../../actions/drift-check/main.ts'
import { type Report, reportSchema } from '../../actions/drift-check/report-schema.ts'
import { compareDatasets } from '../../src/domain/drift/compare.ts'
import { createRandom } from '../../src/domain/statistics/random.ts'
import { fakeContext, parseInputs } from './context.ts'

export const NOW = new Date('2026-11-30T12:00:00Z')

const unexpected = (): never => {
  throw new Error('no connection was expected')
}

/** Runs the action on files of a new workspace. */
export async function checkDrift(
  files: Readonly<Record<string, string | Uint8Array>>,
  inputs: Readonly<Record<string, string>> = { reference: 'reference.csv', current: 'current.csv' },
  changes: Partial<Adapters> & { now?: () => Date } = {},
) {
  const workspace = mkdtempSync(join(tmpdir(), 'drift-'))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, name)), { recursive: true })
    writeFileSync(join(workspace, name), content)
  }
  const context = fakeContext({ workspace, temp: workspace })
  const outcome = await main(parseInputs(contract, inputs, {}), context, {
    now: () => NOW,
    connect: () => ({ connectMlflow: unexpected, connectPrometheus: unexpected }),
    compare: compareDatasets,
    ...changes,
  })
  const text = readFileSync(outcome.outputs['report-json'] ?? '', 'utf8')
  const report: Report = reportSchema.parse(JSON.parse(text))
  const read = (name: string) => readFileSync(join(workspace, name), 'utf8')
  return {
    outcome,
    outputs: outcome.outputs,
    summary: outcome.summary ?? '',
    report,
    text,
    messages: context.messages,
    read,
  }
}

/** A table of people: normal numbers, a category and missing cells. */
export function people(
  seed: number,
  rows: number,
  {
    shift = 0,
    nulls = 0.02,
    countries = ['DE', 'FR', 'PT'],
  }: { shift?: number; nulls?: number; countries?: string[] } = {},
): string {
  const stream = createRandom(seed.toString(16))
  const random = () => stream.bits() / 2 ** 32
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const lines = Array.from({ length: rows }, () => {
    const age = random() < nulls ? '' : (40 + 10 * normal() + shift).toFixed(3)
    return [
      age,
      (1000 * Math.exp(normal())).toFixed(2),
      countries[Math.floor(random() * countries.length)],
    ].join(',')
  })
  return `age,income,country\n${lines.join('\n')}\n`
}
