import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scripted } from '../../../test/fakes/tools.ts'
import { apiServerBy } from './api-server.ts'
import { kubectlAt } from './kubectl.ts'

describe('the API server of the kubeconfig that is meant', () => {
  const from = (script: string) => apiServerBy(kubectlAt(scripted('kubectl', () => script)))

  it.each([
    ['https://10.0.0.1:6443', 'https://10.0.0.1:6443'],
    ['https://Rancher.Example/k8s/clusters/c-1/', 'https://rancher.example/k8s/clusters/c-1'],
    ['https://ada:hunter2@10.0.0.1:6443/?token=hunter2', 'https://10.0.0.1:6443'],
    ['not an address', ''],
    ['localhost:6443', ''],
    ['', ''],
  ])('%s', async (told, address) => {
    expect(await from(`printf '%s\\nprod' '${told}'`)).toEqual({ address, context: 'prod' })
  })

  it('is asked of the context that is meant, and nothing else is asked', async () => {
    const reach = scripted('kubectl', (folder) => `printf %s "$*" > ${folder}/asked`)
    const kubectlFlags = ['--kubeconfig', 'file', '--namespace', 'ml', '--context', 'prod']
    await apiServerBy(kubectlAt({ ...reach, kubectlFlags }))
    expect(readFileSync(join(reach.folder, 'asked'), 'utf8')).toMatch(
      /^--kubeconfig file --namespace ml --context prod .*config view --minify --output jsonpath=\{\.clusters\[0\]\.cluster\.server\}\{"\\n"\}\{\.contexts\[0\]\.name\}$/,
    )
  })

  it('is not known where there is no kubeconfig, as in a pod of the cluster', async () => {
    const none = 'echo "error: current-context must exist in order to minify" >&2; exit 1'
    expect(await from(none)).toEqual({ address: '', context: '' })
  })

  it('is not taken for unknown where kubectl did not say: the issue would be taken for another one', async () => {
    await expect(from('echo "error: open file: token=hunter2" >&2; exit 1')).rejects.toThrow(
      /^Kubernetes: kubectl config view .* failed \(1\): error: open file: (?!.*hunter2)/,
    )
    const cancelled = AbortSignal.abort()
    const slow = { ...scripted('kubectl', () => 'exec sleep 9'), cancelled }
    await expect(apiServerBy(kubectlAt(slow))).rejects.toThrow('The job was cancelled.')
  })
})
