import type { Rig } from '../../../../rig/index.ts'
import { runTool } from '../../../../src/adapters/process/run-tool.ts'

export type HelmName = 'helm3' | 'helm4'

/**
 * The tools as a person would use them in one namespace of the rig's cluster. Each gives what it says, and throws with
 * what it said unless it ended well.
 * @param timeout milliseconds of one call
 */
export function createNamespacedTools({ tools, kubernetes }: Rig, namespace: string, timeout: number) {
  const flags = ['--kubeconfig', kubernetes.kubeconfig, '--namespace', namespace]
  const run = async (program: string, args: readonly string[], stdin = '') => {
    const result = await runTool(program, [...flags, ...args], {
      env: process.env,
      timeoutMs: timeout,
      stdin,
    })
    if (result.code !== 0) throw new Error(`${program} ${args.join(' ')}: ${result.stderr}`)
    return result.stdout
  }
  return {
    kubectl: (...args: string[]) => run(tools.kubectl, args),
    helm: (name: HelmName, ...args: string[]) => run(tools[name], args),
    apply: (objects: unknown) => run(tools.kubectl, ['apply', '--filename', '-'], JSON.stringify(objects)),
  }
}
