import { Fault, UserError } from '../../domain/failure.ts'
import { redact } from '../../domain/rollout-redaction.ts'
import { runTool, type ToolResult } from '../process/run-tool.ts'
import { cureFor } from './cures.ts'
import { misnamed } from './misnamed.ts'
import type { Reach } from './reach.ts'

export interface Kubectl {
  /** Runs kubectl in the release's namespace (unless `args` name another) and gives its standard output. */
  run(args: readonly string[], stdin?: string): Promise<string>
  /** Creates an object, and gives it back as the server has it. */
  create(object: unknown): Promise<unknown>
  /** `kubectl get ARGS -o json`, parsed; undefined where the object does not exist. */
  get(args: readonly string[]): Promise<unknown>
}

/** Flags for an object that names its namespace itself; empty where it lies in the release's. */
export function placeOf(namespace: string | undefined): string[] {
  return namespace ? ['--namespace', namespace] : []
}

/** Longest that one answer of the API server may take, in seconds. */
const REQUEST_SECONDS = 20

/** @throws Fault with the missing rule of the Role, or with what kubectl said; UserError when cancelled */
export function kubectlAt(reach: Reach): Kubectl {
  const call = async (args: readonly string[], stdin?: string): Promise<ToolResult> =>
    runTool('kubectl', [...reach.kubectlFlags, `--request-timeout=${REQUEST_SECONDS}s`, ...args], {
      env: reach.env,
      timeout: (REQUEST_SECONDS + 10) * 1000,
      cancelled: reach.cancelled,
      ...(stdin === undefined ? {} : { stdin }),
    })

  const run: Kubectl['run'] = async (args, stdin) => {
    const result = await call(args, stdin)
    if (result.code !== 0) throw failed(reach, args, result)
    return result.stdout
  }

  return {
    run,
    async create(object) {
      // Validation by kubectl lists the cluster's CRDs, a right that a Role cannot give; the server validates anyway.
      const args = ['create', '--filename', '-', '--validate=ignore', '--output', 'json']
      return JSON.parse(await run(args, JSON.stringify(object)))
    },
    async get(args) {
      const result = await call(['get', ...args, '-o', 'json'])
      if (result.code === 0) return JSON.parse(result.stdout)
      if (/\(NotFound\)/.test(result.stderr)) return undefined
      throw failed(reach, ['get', ...args], result)
    },
  }
}

function failed({ namespace }: Reach, args: readonly string[], { code, stderr, ended }: ToolResult): Error {
  if (ended === 'cancelled') return new UserError('The job was cancelled.')
  const mistake = misnamed(stderr, namespace)
  if (mistake) return mistake
  const unanswered = ended === 'by itself' ? '' : ` (no answer within ${REQUEST_SECONDS} s)`
  return new Fault({
    system: 'Kubernetes',
    call: `kubectl ${args.join(' ').slice(0, 200)}`,
    status: code,
    said: (redact(wordsOf(stderr)) || 'it said nothing') + unanswered,
    next:
      cureFor(stderr) ??
      'See that the kubeconfig names a cluster that this machine reaches, with a user who may do this.',
  })
}

/** kubectl's own error, without the log lines of its libraries (klog) before it, unless there is nothing else. */
export function wordsOf(stderr: string): string {
  const own = stderr.split('\n').filter((line) => !/^[EWIF]\d{4} [\d:.]+ +\d+ \S+\] /.test(line))
  return own.join('\n').trim() || stderr.trim()
}
