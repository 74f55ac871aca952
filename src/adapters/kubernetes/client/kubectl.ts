import { Fault } from '../../../domain/core/errors.ts'
import { createToolError } from '../../cluster-access/error-hints.ts'
import type { ClusterAccess } from '../../cluster-access/kubeconfig.ts'
import { dropLogLines } from '../../cluster-access/log-lines.ts'
import { runTool } from '../../process/run-tool.ts'

export type Kubectl = ReturnType<typeof createKubectl>

/** Flags for an object that names its namespace; empty for one in the release's namespace. */
export function namespaceFlags(namespace: string | undefined): string[] {
  return namespace ? ['--namespace', namespace] : []
}

/** Timeout of one request, in seconds. */
const REQUEST_SECONDS = 20

/** @throws Fault with the missing permission or kubectl's error; UserError when cancelled */
export function createKubectl(access: ClusterAccess) {
  /** Runs kubectl in the release's namespace (unless `args` name another) and returns its standard output. */
  const run = async (args: readonly string[], stdin?: string): Promise<string> => {
    const flags = [...access.kubectlFlags, `--request-timeout=${REQUEST_SECONDS}s`]
    const result = await runTool('kubectl', [...flags, ...args], {
      env: access.env,
      timeoutMs: (REQUEST_SECONDS + 10) * 1000,
      cancelled: access.cancelled,
      ...(stdin === undefined ? {} : { stdin }),
    })
    if (result.code === 0) return result.stdout
    throw createToolError(access, result, {
      system: 'Kubernetes',
      call: `kubectl ${args.join(' ').slice(0, 200)}`,
      message: extractErrorMessage(result.stderr),
      hint: 'Check that this machine reaches the cluster of the kubeconfig, and that its user has the permission.',
    })
  }
  return {
    run,
    /** Creates an object and returns it as the server stores it. */
    async create(object: unknown): Promise<unknown> {
      // Validation by kubectl lists CRDs, which a Role cannot permit. The server validates anyway.
      const args = ['create', '--filename', '-', '--validate=ignore', '--output', 'json']
      return JSON.parse(await run(args, JSON.stringify(object)))
    },
    /** `kubectl get ARGS -o json`, parsed; undefined where the object does not exist. */
    async get(args: readonly string[]): Promise<unknown> {
      try {
        return JSON.parse(await run(['get', ...args, '-o', 'json']))
      } catch (error) {
        if (isRefused(error, 'NotFound')) return undefined
        throw error
      }
    },
  }
}

/** Whether the API server refused a call for one of these reasons of its own. */
export function isRefused(
  error: unknown,
  ...reasons: ('NotFound' | 'Conflict' | 'AlreadyExists')[]
): boolean {
  return error instanceof Fault && reasons.some((reason) => error.detail.includes(`(${reason})`))
}

/** The error of kubectl, without log lines, unless there is nothing else. */
export function extractErrorMessage(stderr: string): string {
  return dropLogLines(stderr) || stderr.trim()
}
