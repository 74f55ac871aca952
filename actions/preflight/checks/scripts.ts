import { existsSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { findProgram } from '../../../src/adapters/process/find-program.ts'
import { resolveScriptFolder } from '../../../src/adapters/process/script-folder.ts'
import type { GatePolicy } from '../../../src/domain/gate/criteria/gate-policy.ts'
import { findScriptNeeds } from '../../../src/domain/preflight/script-programs.ts'
import type { Context } from '../../../src/runtime/context.ts'
import type { PreflightInputs } from '../adapters.ts'
import type { Checklist } from '../checklist.ts'

interface UserScript {
  check: string
  text: string
  shell: string
  folder: string
  /** What names the folder: "Input working-directory". */
  folderSource: string
  /** The input that holds the script. */
  input: string
}

/** Checks the training script, and the scoring script of the policy. */
export async function checkScripts(
  list: Checklist,
  policy: GatePolicy | undefined,
  inputs: PreflightInputs,
  context: Context,
): Promise<void> {
  const { run, shell, 'working-directory': folder } = inputs
  if (run !== undefined)
    await checkScript(list, inputs, context, {
      ...{ check: 'Training script', text: run, shell, folder, input: 'run' },
      folderSource: 'Input working-directory',
    })
  const scoring = policy?.predictions
  if (scoring?.kind === 'evaluate')
    await checkScript(list, inputs, context, {
      ...{ check: 'Scoring script', text: scoring.run, shell: scoring.shell, input: 'policy' },
      folder: scoring.workingDirectory ?? '.',
      folderSource: 'Policy evaluate.working_directory',
    })
}

async function checkScript(
  list: Checklist,
  inputs: PreflightInputs,
  { workspace, env }: Context,
  { check, text, shell, folder: given, folderSource, input }: UserScript,
): Promise<void> {
  const folder = await list.run(check, input, () => resolveScriptFolder(given, workspace, folderSource))
  if (folder === undefined) return
  const { file, pythons } = findScriptNeeds(text, shell)
  const isHere = inputs['same-job']
  const problems: boolean[] = []
  // An absolute path belongs to the machine that trains.
  if (file !== undefined && (isHere || !isAbsolute(file)) && !existsSync(resolve(folder, file))) {
    problems.push(true)
    list.report(
      check,
      'failed',
      `there is no file ${JSON.stringify(file)} in ${folder}. Correct the command or the working directory, and check that actions/checkout runs before this step.`,
      input,
    )
  }
  for (const { name, isSure } of isHere ? pythons : []) {
    if (findProgram(name, env.PATH) !== undefined) continue
    problems.push(true)
    const other = name === 'python' ? 'python3' : 'python'
    const hint = findProgram(other, env.PATH) === undefined ? '' : `, or write ${other}, which is there`
    list.report(
      check,
      isSure ? 'failed' : 'warning',
      `${name} is not on the PATH. Add a step with actions/setup-python before this one${hint}.`,
      input,
    )
  }
  if (problems.length > 0) return
  const found = [file, ...(isHere ? pythons : []).map(({ name }) => name)].filter(
    (each) => each !== undefined,
  )
  list.pass(check, found.length > 0 ? `${found.join(', ')} found.` : 'its folder exists.')
}
