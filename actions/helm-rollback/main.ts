import { openRelease } from '../../src/adapters/kubernetes/release.ts'
import { defineAction, type Outcome } from '../../src/runtime/action.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import { openMlflow } from '../helm-deploy/registry.ts'
import { contract } from './contract.ts'
import { post } from './post.ts'
import { rollBack } from './rolling-back.ts'

const real = { openRelease, openMlflow }
export type Adapters = typeof real

export const main = async (
  inputs: Inputs<typeof contract>,
  context: Context,
  adapters: Adapters = real,
): Promise<Outcome<typeof contract>> => {
  const mlflow = adapters.openMlflow(inputs, context)
  const release = await adapters.openRelease(inputs, context)
  try {
    await release.checkRights()
    return await rollBack({ inputs, context, release, mlflow })
  } finally {
    release.close()
  }
}

export const helmRollback = defineAction(contract, (inputs, context) => main(inputs, context), post)
