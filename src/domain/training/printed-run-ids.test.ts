import { describe, expect, it } from 'vitest'
import { findIgnoredLines, parsePrintedRunIds } from './printed-run-ids.ts'

const A = 'a'.repeat(32)
const B = 'b'.repeat(32)

describe('a RUN_ID line', () => {
  it.each([
    [`RUN_ID: ${A}\n`, [A]],
    [`x\n\t RUN_ID:${A}  \r\nRUN_ID:   ${B}`, [A, B]],
    [`loss\rRUN_ID: ${A}\r`, [A]],
    [`\u001b[32mRUN_ID: ${A}\u001b[0m\n`, [A]],
    [`[default0]: x\nRUN_ID: ${A}\n[default1]: y\r[a]\n`, [A]],
    [`\u001b[1;38;5;208mRUN_ID\u001b[0m: \u001b[36m${A}\u001b[0m\u001b[K\r\n`, [A]],
    // As tput sgr0, tqdm, rich (a link), a window title, PowerShell (a byte order mark) and others write it.
    [`\u001b[1mRUN_ID: ${A}\u001b(B\u001b[m\n`, [A]],
    [`50%\u001b[A\r\u001b[2KRUN_ID: ${A}\u001b[?25h\n`, [A]],
    [`RUN_ID: \u001b]8;id=1;http://mlflow/${B}\u001b\\${A}\u001b]8;;\u001b\\\n`, [A]],
    [`\u001b]0;training\u0007RUN_ID: ${A}\n`, [A]],
    [`\ufeffRUN_ID: ${A}\n`, [A]],
    [`\u009b1mRUN_ID: ${A}\u009b0m\n`, [A]],
    [`\fRUN_ID:\u00a0${A}\0\n`, [A]],
    [`\u0007RUN_ID: ${A}\u001b>\n`, [A]],
  ])('is read from %j', (text, ids) => expect(parsePrintedRunIds(text)).toEqual(ids))

  it.each([
    `run_id: ${A}`,
    `my RUN_ID: ${A}`,
    `RUN_ID: ${A} done`,
    `RUN_ID: ${A}a`,
    `RUN_ID: ${A.toUpperCase()}`,
    `RUN_ID: ${A.slice(1)}`,
    `RUN_ID:\n${A}`,
    `RUN_ID=${A}`,
  ])('is not seen in %j', (text) => expect(parsePrintedRunIds(text)).toEqual([]))
})

describe('a line that seems to name a run and does not count', () => {
  it.each([
    [`INFO:train:RUN_ID: ${A}`, 'prefix'],
    [`2026-01-01 12:00:00,000 - INFO - RUN_ID: ${A}`, 'prefix'],
    [`train-1  | RUN_ID: ${A}`, 'prefix'],
    [`[default0]:RUN_ID: ${A}`, 'prefix'],
    [`\u001b[32mINFO\u001b[0m RUN_ID: ${A}`, 'prefix'],
    [`\u001b[31mRUN_ID: ${A}\u001b[0m!`, 'suffix'],
    [`{"level": "info", "message": "RUN_ID: ${A}"}`, 'prefix'],
    [`(RayTrainWorker pid=17) RUN_ID: ${A}`, 'prefix'],
    [`RUN_ID: ${A} done`, 'suffix'],
    [`RUN_ID: ${A}.`, 'suffix'],
    [`RUN_ID: ${A.toUpperCase()}`, 'id'],
    [`RUN_ID: ${A.slice(1)}`, 'id'],
    [`RUN_ID: ${A}a`, 'id'],
    ['RUN_ID: 0123abcd-0123-0123-0123-0123456789ab', 'id'],
    ['RUN_ID: {run.info.run_id}', 'id'],
    [`RUN_ID: "${A}"`, 'id'],
    ['RUN_ID:', 'id'],
    [`run_id: ${A}`, 'form'],
    [`RUN_ID=${A}`, 'form'],
    [`{"run_id": "${A}"}`, 'form'],
    [`Run ID: ${A}`, 'form'],
    [`run-id=${A}`, 'form'],
    [`{"runId": "${A}"}`, 'form'],
  ])('%j: %s', (line, reason) => {
    expect(findIgnoredLines(`before\n${line}\r\nafter`)).toEqual([{ text: expect.any(String), reason }])
  })

  it.each([
    `RUN_ID: ${A}`,
    `MLFLOW_RUN_ID=${A}`,
    'the run_id is unknown',
    'RUN IDs: 7',
    'wandb: Run ID: 3k2j1h0g',
  ])('is not %j', (line) => expect(findIgnoredLines(line)).toEqual([]))

  it('is shown in one bounded line without control characters', () => {
    const [line] = findIgnoredLines(`\u001b[1mRUN_ID:\u0007 ${'x'.repeat(1000)}`)
    expect(line?.text).toMatch(/^RUN_ID: x+…x+$/)
    expect(line?.text).toHaveLength(160)
  })
})
