import { actionInputs } from './action-inputs.ts'
import { cellInputs } from './cells.ts'
import { fileInputs } from './files.ts'
import type { GateInput } from './gate-input.ts'
import { policyInputs } from './policy-keys.ts'
import { runInputs } from './run-data.ts'

/** Everything that the gate reads, by the sections of docs/gate-inputs.md. */
export const gateInputs: Readonly<Record<string, readonly GateInput[]>> = {
  cells: cellInputs,
  files: fileInputs,
  runs: runInputs,
  policy: policyInputs,
  inputs: actionInputs,
}
