import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { parseInputs } from '../../test/fakes/context.ts'
import { scripted } from '../../test/fakes/tools.ts'
import { contract } from './contract.ts'
import { apiServerIn, placeOf } from './place.ts'

describe('the address of the cluster', () => {
  const from = (script: string) => apiServerIn(scripted('kubectl', () => script))

  it.each([
    ['https://10.0.0.1:6443', 'https://10.0.0.1:6443'],
    ['https://Rancher.Example/k8s/clusters/c-1/', 'https://rancher.example/k8s/clusters/c-1'],
    ['https://ada:hunter2@10.0.0.1:6443/?token=hunter2', 'https://10.0.0.1:6443'],
    ['not an address', ''],
    ['localhost:6443', ''],
    ['', ''],
  ])('%s', async (told, address) => {
    expect(await from(`printf %s '${told}'`)).toBe(address)
  })

  it('is asked of the context that is meant, and nothing else is asked', async () => {
    const reach = scripted('kubectl', (folder) => `echo "$@" > ${folder}/asked; echo https://10.0.0.1:6443`)
    const kubectlFlags = ['--kubeconfig', 'file', '--namespace', 'ml', '--context', 'prod']
    await apiServerIn({ ...reach, kubectlFlags })
    expect(readFileSync(join(reach.folder, 'asked'), 'utf8')).toBe(
      '--kubeconfig file --namespace ml --context prod config view --minify --output jsonpath={.clusters[0].cluster.server}\n',
    )
  })

  it('is not known where there is no kubeconfig, as in a pod of the cluster', async () => {
    expect(await from('echo "error: current-context must exist in order to minify" >&2; exit 1')).toBe('')
  })

  it('is not taken for unknown where kubectl was ended: the issue would be taken for another one', async () => {
    const cancelled = AbortSignal.abort()
    await expect(apiServerIn({ ...scripted('kubectl', () => 'exec sleep 9'), cancelled })).rejects.toThrow(
      'kubectl config view was ended (cancelled)',
    )
  })
})

test('a place is named without credentials, and only by what is known of it', () => {
  const inputs = (given: Record<string, string>) =>
    parseInputs(contract, { 'model-name': 'fraud', release: 'digits', ...given })
  const full = inputs({
    'tracking-uri': 'https://ada:hunter2@mlflow.example/team/?token=hunter2',
    workspace: 'risk',
    'kube-context': 'prod',
  })
  expect(placeOf(full, 'https://10.0.0.1:6443')).toEqual([
    ['MLflow', 'https://mlflow.example/team'],
    ['MLflow workspace', 'risk'],
    ['cluster', 'https://10.0.0.1:6443'],
    ['context of the kubeconfig', 'prod'],
  ])
  expect(placeOf(inputs({}), '')).toEqual([['MLflow', 'http://mlflow.invalid']])
})
