import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { installMlflow, python } from '../../rig/mlflow/index.ts'
import type { FileName } from './dataset.ts'
import type { FileContent } from './file-format.ts'

/** The value of a subject of the report, or why a careful reader computes none. */
export type Measured = { value: number } | { unusable: string }
export type Answer = Record<'candidate' | 'champion', Record<string, Measured>> & {
  /** Rows whose labels are younger than the policy's lag. */
  young: number
}

/** A case whose files are in a folder, but for those of Parquet, which pyarrow writes there. */
export interface Question {
  folder: string
  policy: unknown
  parquet: Partial<Record<FileName, FileContent>>
}

export interface Reference {
  /** Writes the Parquet files of these cases, and computes their values. */
  answer(questions: readonly Question[]): Promise<Answer[]>
  close(): void
}

/** Starts one Python process for all cases: its imports take seconds. */
export async function startReference(): Promise<Reference> {
  await installMlflow()
  const script = fileURLToPath(new URL('./reference.py', import.meta.url))
  const env = { ...process.env, PYTHONHASHSEED: '0', OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' }
  const child = spawn(python, ['-u', script], { stdio: ['pipe', 'pipe', 'inherit'], env })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async answer(questions) {
      child.stdin.write(`${JSON.stringify(questions)}\n`)
      const { value, done } = await lines.next()
      if (done) throw new Error('reference.py ended; its error is above')
      return JSON.parse(value) as Answer[]
    },
    close: () => child.kill(),
  }
}
