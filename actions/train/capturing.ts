import { randomUUID } from 'node:crypto'
import { agreed, CAPTURE_TAG, type Capture, capture, topmost } from '../../src/domain/capture.ts'
import { contextTags, runContext } from '../../src/domain/capture-environment.ts'
import type { Context } from '../../src/runtime/context.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { Adapters, Tracking } from './adapters.ts'
import type { contract } from './contract.ts'

/** One way to know the run of a script: what the script is given before, and how its run is found after. */
export interface Capturing {
  variables: Readonly<Record<string, string | undefined>>
  find(announced: readonly string[]): Promise<Capture>
  /** Ends a run that we made and that nobody has ended. Says whether there was one. */
  close(status: 'FAILED' | 'KILLED'): Promise<boolean>
}

type Begin = (
  inputs: Inputs<typeof contract>,
  context: Context,
  mlflow: Tracking,
  now: Adapters['now'],
) => Promise<Capturing>

/** Lets the script make its run, and knows it by the tag that MLflow puts on it. */
const auto: Begin = async (_inputs, context, mlflow) => {
  const key = keyOf(context)
  const find = () => mlflow.runsByTag(CAPTURE_TAG, key)
  // Asked before the training too, and not only after hours of it: is the server there, and may we?
  await find()
  return {
    variables: {
      MLFLOW_RUN_CONTEXT: runContext(context.env.MLFLOW_RUN_CONTEXT, { [CAPTURE_TAG]: key }),
      // Somebody else's run must not be resumed instead of making one.
      MLFLOW_RUN_ID: undefined,
    },
    find: async (announced) => capture(await find(), announced),
    close: async () => false,
  }
}

/** Makes the run before the script, which resumes it. A resumed run gets no context of its own, so we set it. */
const precreate: Begin = async (inputs, context, mlflow, now) => {
  const { run, env } = context
  const experiment = inputs['experiment-name'] ?? env.MLFLOW_EXPERIMENT_NAME
  const key = keyOf(context)
  const tags = {
    'mlflow.user': run.actor,
    'mlflow.source.type': 'JOB',
    'mlflow.source.name': run.url || run.repository,
    'mlflow.source.git.commit': env.GITHUB_SHA ?? '',
    ...contextTags(env.MLFLOW_RUN_CONTEXT),
    [CAPTURE_TAG]: key,
  }
  const { id } = await mlflow.createRun({
    experimentId: experiment ? await mlflow.experiment(experiment) : env.MLFLOW_EXPERIMENT_ID || '0',
    startTime: now(),
    tags: Object.fromEntries(Object.entries(tags).filter(([, value]) => value !== '')),
  })
  return {
    variables: {
      MLFLOW_RUN_ID: id,
      // Of use only for runs that the script makes beside it: the first start_run() resumes ours, all others are new.
      MLFLOW_RUN_CONTEXT: runContext(env.MLFLOW_RUN_CONTEXT, { [CAPTURE_TAG]: key }),
    },
    async find(announced) {
      const made = await mlflow.runsByTag(CAPTURE_TAG, key)
      const besides = topmost(made).filter((run) => run.id !== id)
      return agreed({ kind: 'found', id, by: 'precreate', besides }, announced)
    },
    async close(status) {
      const open = (await mlflow.run(id))?.status === 'RUNNING'
      if (open) await mlflow.endRun(id, status, now())
      return open
    },
  }
}

export const capturing: Readonly<Record<Inputs<typeof contract>['capture'], Begin>> = { auto, precreate }

/** Unique to this execution of the step, and readable to who finds it in MLflow. */
function keyOf({ run }: Context): string {
  return [run.id || 'local', run.attempt, randomUUID()].join('-')
}
