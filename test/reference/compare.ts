import { isUtf8 } from 'node:buffer'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FILES, type FileName } from './dataset.ts'
import type { FileContent } from './file-format.ts'
import { generateCase, type ReferenceCase } from './generate-case.ts'
import { type Answer, type Question, startReference } from './reference-process.ts'
import { askGate, type GateAnswer } from './run-gate.ts'

/** Cases of one line to Python. */
const BATCH = 50

export interface Comparison {
  /** Cases with a value of both models, and with a reason instead, by its first words. */
  compared: number
  refused: Map<string, number>
  /** Numbers that agree. */
  values: number
  /** One text for each case in which the gate reports a number that the reference does not have. */
  disagreements: string[]
}

/** Compares the gate with the reference on generated cases. The case of a seed is always the same. */
export async function compareWithReference(seed: number, cases: number): Promise<Comparison> {
  const result: Comparison = { compared: 0, refused: new Map(), values: 0, disagreements: [] }
  const reference = await startReference()
  const folder = mkdtempSync(join(tmpdir(), 'reference-'))
  try {
    const ask = (start: number) => {
      const seeds = Array.from({ length: Math.min(BATCH, cases - start) }, (_, nth) => seed + start + nth)
      const batch = seeds.map((each, at) => ({
        ...generateCase(each),
        folder: join(folder, `${start + at}`),
      }))
      return { batch, answers: reference.answer(batch.map(writeFiles)) }
    }
    // Python answers the next batch while the gate reads this one.
    let next = ask(0)
    for (let start = 0; start < cases; start += BATCH) {
      const { batch, answers } = next
      const answered = await answers
      if (start + BATCH < cases) next = ask(start + BATCH)
      for (const [at, each] of batch.entries()) await compareCase(each, answered[at] as Answer, result)
    }
  } finally {
    reference.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return result
}

type WrittenCase = ReferenceCase & { folder: string }

async function compareCase(written: WrittenCase, answer: Answer, result: Comparison) {
  const { folder, policy } = written
  const gate = await askGate(folder, policy)
  const { candidate, champion } = gate.values[policy.metric] ?? {}
  if (candidate !== undefined && champion !== undefined) result.compared += 1
  else {
    const family = summarizeReason(gate)
    result.refused.set(family, (result.refused.get(family) ?? 0) + 1)
  }
  const { agreed, differences } = compareAnswers(gate, answer)
  result.values += agreed
  if (differences.length > 0) result.disagreements.push(describe(written, gate, answer, differences))
  rmSync(folder, { recursive: true, force: true })
}

function writeFiles({ folder, policy, files }: WrittenCase): Question {
  mkdirSync(folder)
  const parquet: Partial<Record<FileName, FileContent>> = {}
  for (const name of FILES) {
    const content = files[name]
    if (content.kind === 'bytes') writeFileSync(join(folder, name), content.bytes)
    else parquet[name] = content
  }
  return { folder, policy, parquet }
}

/** Of the greater number. */
const RELATIVE_TOLERANCE = 1e-9
/** Of values around 0, such as an R² of nearly 0. */
const ABSOLUTE_TOLERANCE = 1e-12

function isEqual(one: number, other: number, scale = Math.max(Math.abs(one), Math.abs(other))): boolean {
  return Math.abs(one - other) <= Math.max(ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE * scale)
}

const LOWER_IS_BETTER = /^(log_loss|mae|rmse)\b/

/** Numbers that the gate reports and the reference does not confirm. */
function compareAnswers(
  { values, young = 0, verdict }: GateAnswer,
  answer: Answer,
): { agreed: number; differences: string[] } {
  const differences: string[] = []
  if (young > 0 ? young !== answer.young : verdict === 'promote' && answer.young > 0)
    differences.push(`rows with young labels: gate ${young}, reference ${answer.young}`)
  let agreed = 0
  for (const [subject, reported] of Object.entries(values)) {
    const expected = (['candidate', 'champion'] as const).map((model) => {
      const own = answer[model][subject] ?? { unusable: 'not computed' }
      const value = reported[model]
      if (value === undefined) return undefined
      const isConfirmed = 'value' in own && isEqual(value, own.value)
      if (isConfirmed) agreed += 1
      else differences.push(`${subject} of the ${model}: gate ${value}, reference ${JSON.stringify(own)}`)
      return 'value' in own ? own.value : undefined
    })
    const [one, other] = expected
    if (reported.difference === undefined || one === undefined || other === undefined) continue
    const difference = LOWER_IS_BETTER.test(subject) ? other - one : one - other
    if (isEqual(reported.difference, difference, Math.max(Math.abs(one), Math.abs(other)))) agreed += 1
    else differences.push(`difference in ${subject}: gate ${reported.difference}, reference ${difference}`)
  }
  return { agreed, differences }
}

/** The reason without what is particular to the case. */
function summarizeReason({ reason }: GateAnswer): string {
  return reason
    .replace(/"(?:[^"\\]|\\.)*"/g, '…')
    .replace(/\b\d[\d.e+-]*/g, 'N')
    .replace(/^Policy (holdout|predictions)(\.\w+)?: …: /, '')
    .replace(/^(the candidate|champion N|neither model) [^:]*: /, '')
    .replace(/(?: \(|…, …|[.:] ).*$/, '')
}

function describe(
  { seed, defects, policy, files }: ReferenceCase,
  gate: GateAnswer,
  answer: Answer,
  differences: readonly string[],
): string {
  const contents = FILES.map((name) => {
    const content = files[name]
    if (content.kind === 'parquet') return `${name}: ${JSON.stringify(content)}`
    const { bytes } = content
    return `${name}: ${isUtf8(bytes) ? JSON.stringify(bytes.toString()) : `base64 ${bytes.toString('base64')}`}`
  })
  return [
    `seed ${seed} (${defects.join(', ') || 'no defect'}): npm run reference -- --seed ${seed} --cases 1`,
    ...differences,
    `policy: ${JSON.stringify(policy)}`,
    ...contents,
    `gate: ${JSON.stringify(gate)}`,
    `reference: ${JSON.stringify(answer)}`,
  ].join('\n  ')
}
