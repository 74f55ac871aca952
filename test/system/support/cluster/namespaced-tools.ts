import type { Rig } from '../../../../rig/index.ts'
import { runTool } from '../../../../src/adapters/process/run-tool.ts'

export type HelmName = 'helm3' | 'helm4'

/**
 * Creates functions that run kubectl and helm in one namespace of the rig's cluster. Each returns the standard output
 * of the tool, and throws with its standard error if it fails.
 * @param timeout milliseconds per call
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
