import type { Action } from '../src/runtime/action.ts'
import { demote } from './demote/main.ts'
import { driftCheck } from './drift-check/main.ts'
import { gatekeeper } from './gatekeeper/main.ts'
import { helmDeploy } from './helm-deploy/main.ts'
import { helmRollback } from './helm-rollback/main.ts'
import { preflight } from './preflight/main.ts'
import { promote } from './promote/main.ts'
import { reconcile } from './reconcile/main.ts'
import { retrain } from './retrain/main.ts'
import { train } from './train/main.ts'
import { trigger } from './trigger/main.ts'
import { validateData } from './validate-data/main.ts'

/**
 * Every action of the suite by the name of its folder, in the order in which people meet them. Adding one is one folder
 * and one line here.
 */
export const actions: Readonly<Record<string, Action>> = {
  trigger,
  preflight,
  'drift-check': driftCheck,
  'validate-data': validateData,
  train,
  gatekeeper,
  'helm-deploy': helmDeploy,
  promote,
  'helm-rollback': helmRollback,
  demote,
  reconcile,
  retrain,
}

/** What a stub in dist/ calls. Ends the process itself: a child of the user's script may still hold our pipes open. */
export async function start(name: string, phase: 'main' | 'post'): Promise<never> {
  const action = actions[name]
  if (!action) throw new Error(`dist/index.js knows no action ${name}; build dist again with npm run build`)
  await action[phase]()
  process.exit()
}
