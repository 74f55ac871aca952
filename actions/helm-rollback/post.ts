import { removeKubeconfig } from '../../src/adapters/kubernetes/reach.ts'
import { openRelease } from '../../src/adapters/kubernetes/release.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs, State } from '../../src/runtime/contract.ts'
import { LONGEST, settledHistory } from '../helm-deploy/post.ts'
import { openMlflow } from '../helm-deploy/registry.ts'
import type { contract } from './contract.ts'
import { rollBack } from './rolling-back.ts'

const real = { openRelease, openMlflow }

/** After main was cancelled or killed on its way back: it is simply done again, and so finished. */
export const post = async (
  state: State<typeof contract>,
  inputs: Inputs<typeof contract>,
  context: Context,
  adapters: typeof real = real,
): Promise<void> => {
  removeKubeconfig(inputs, context.temp)
  if (!state.rollback) return
  const mlflow = adapters.openMlflow(inputs, context)
  const release = await adapters.openRelease(inputs, context)
  try {
    await settledHistory(release)
    // By its number: what is `live` may be another version by now.
    const bad = { 'bad-model-version': state.rollback }
    const hurried = { ...inputs, ...bad, timeout: Math.min(inputs.timeout, LONGEST) }
    const { outputs, failure } = await rollBack({ inputs: hurried, context, release, mlflow }, true)
    if (failure) throw failure
    context.log.warning(`Release ${release.name}: ${outputs.outcome}, ${outputs.reason}`)
  } finally {
    release.close()
  }
}
