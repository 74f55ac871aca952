import { parseArgs } from 'node:util'
import { UsageError } from '../usage-error.ts'

/** The events that a try can trigger. */
export const events = ['workflow_dispatch', 'schedule', 'repository_dispatch'] as const
export type Event = (typeof events)[number]

/** What the user asked for. Paths are as the user wrote them. */
export type TryOptions = {
  folder: string
  workflow?: string
  event: Event
  /** Inputs of a workflow_dispatch. */
  inputs: Record<string, string>
  /** The file with the body of a repository_dispatch. */
  payload?: string
  envFile?: string
  page?: string
}

export const help = `npm run try -- FOLDER [WORKFLOW] [EVENT]
Runs a workflow of your repository, unmodified, with a real MLflow, Kubernetes and Helm on this machine. FOLDER is not
changed. EVENT is ${events.join(', ')}; default: ${events[0]}.
  --input NAME=VALUE  an input of workflow_dispatch; can be repeated
  --payload FILE      JSON with event_type and client_payload, for repository_dispatch
  --env-file FILE     secrets and variables, NAME=VALUE lines; default: FOLDER/.retrain-try.env, if it exists
  --page FILE         where to write the page with the job summaries`

/** Parses arguments without changing the case or order of values. @throws UsageError */
export const parseOptions = (args: string[]): TryOptions | 'help' => {
  const { values, positionals } = parseArguments(args)
  if (values.help) return 'help'
  const [folder, workflow, event = events[0], ...more] = positionals
  if (folder === undefined) throw new UsageError(`FOLDER is missing.\n\n${help}`)
  if (more.length > 0) throw new UsageError(`unexpected argument ${more.join(' ')}.\n\n${help}`)
  const known = events.find((each) => each === event)
  if (known === undefined) throw new UsageError(`unknown event ${event}; a try accepts ${events.join(', ')}`)
  const inputs = parseInputs(values.input ?? [])
  if (values.input && known !== 'workflow_dispatch')
    throw new UsageError(`--input belongs to workflow_dispatch, not to ${known}`)
  if ((values.payload !== undefined) !== (known === 'repository_dispatch'))
    throw new UsageError(
      known === 'repository_dispatch'
        ? `repository_dispatch needs --payload FILE, such as {"event_type": "model-performance-drop", "client_payload": {"model_name": "fraud", "trigger_reason": "auc 0.81 for 30m"}}`
        : `--payload belongs to repository_dispatch, not to ${known}`,
    )
  return {
    ...{ folder, event: known, inputs },
    ...(workflow !== undefined && { workflow }),
    ...(values.payload !== undefined && { payload: values.payload }),
    ...(values['env-file'] !== undefined && { envFile: values['env-file'] }),
    ...(values.page !== undefined && { page: values.page }),
  }
}

const parseArguments = (args: string[]) => {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        input: { type: 'string', multiple: true },
        payload: { type: 'string' },
        'env-file': { type: 'string' },
        page: { type: 'string' },
        help: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error}\n\n${help}`)
  }
}

const parseInputs = (pairs: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw new UsageError(`--input ${pair}: write NAME=VALUE`)
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
