import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openClusterAccess, removeKubeconfig, toolEnvironment } from './kubeconfig.ts'

describe('cluster access', () => {
  const job = () => ({ env: { PATH: '/bin' }, temp: mkdtempSync(join(tmpdir(), 'reach-')) })
  const text = 'apiVersion: v1\nkind: Config'

  test('a text is written for this user only, and deleted by any process with the inputs', () => {
    const at = job()
    const inputs = { namespace: 'ml', kubeconfig: text }
    const access = openClusterAccess(inputs, at)
    const path = access.helmFlags[1] ?? ''
    expect(readFileSync(path, 'utf8')).toBe(`${text}\n`)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700)
    openClusterAccess(inputs, at)
    removeKubeconfig(inputs, at.temp)
    expect(readdirSync(at.temp)).toEqual([])
    expect(() => access.close()).not.toThrow()
  })
  test('a path is used unchanged, and never deleted', () => {
    const at = job()
    const kubeconfig = openClusterAccess({ namespace: 'ml', kubeconfig: text }, at).helmFlags[1] ?? ''
    const access = openClusterAccess({ namespace: 'ml', kubeconfig, 'kube-context': 'rig' }, at)
    expect(access.kubectlFlags).toEqual(['--kubeconfig', kubeconfig, '--namespace', 'ml', '--context', 'rig'])
    expect(access.helmFlags).toEqual([
      '--kubeconfig',
      kubeconfig,
      '--namespace',
      'ml',
      '--kube-context',
      'rig',
    ])
    access.close()
    expect(existsSync(kubeconfig)).toBe(true)
  })
  test('a missing file is an error of the input', () => {
    expect(() => openClusterAccess({ namespace: 'ml', kubeconfig: '/nowhere/kc' }, job())).toThrow(
      /^Input kubeconfig: there is no file "\/nowhere\/kc"/,
    )
  })
  test('text that is no path is not repeated: it may be a kubeconfig in base64', () => {
    const given = Buffer.from(text.repeat(9)).toString('base64')
    const open = () => openClusterAccess({ namespace: 'ml', kubeconfig: given }, job())
    expect(open).toThrow(/^Input kubeconfig: it looks like base64/)
    expect(open).not.toThrow(given.slice(0, 20))
  })
  test('a kubeconfig that lost its line breaks is not repeated', () => {
    const open = () =>
      openClusterAccess(
        { namespace: 'ml', kubeconfig: 'apiVersion: v1 kind: Config users: - token: s3cret-s3cret' },
        job(),
      )
    expect(open).toThrow(/^Input kubeconfig: it is not the path of a file\. .* with line breaks/)
    expect(open).not.toThrow('s3cret')
  })
  test.each([
    ['insecure-skip-tls-verify: true', 1],
    ['"insecure-skip-tls-verify":true', 1],
    ['insecure-skip-tls-verify: false', 0],
  ])('a kubeconfig without TLS verification is used with a warning: %s', (line, times) => {
    const warnings: string[] = []
    const at = { ...job(), log: { warning: (line: string) => void warnings.push(line) } }
    openClusterAccess({ namespace: 'ml', kubeconfig: `${text}\n${line}` }, at)
    expect(warnings).toHaveLength(times)
  })
  test('without a kubeconfig kubectl finds its own', () => {
    expect(openClusterAccess({ namespace: 'ml' }, job()).kubectlFlags).toEqual(['--namespace', 'ml'])
  })
  test('credential plugins of clouds find their variables', () => {
    const env = {
      PATH: '/bin',
      HOME: '/home/runner',
      AWS_PROFILE: 'x',
      AWS_WEB_IDENTITY_TOKEN_FILE: 'x',
      GOOGLE_APPLICATION_CREDENTIALS: 'x',
      CLOUDSDK_CONFIG: 'x',
      AZURE_CONFIG_DIR: 'x',
      ACTIONS_ID_TOKEN_REQUEST_URL: 'x',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x',
      HTTPS_PROXY: 'x',
      KUBECONFIG: 'x',
      GOGC: '50',
    }
    expect(toolEnvironment(env)).toMatchObject(env)
  })
  test('tools get no inputs, no plugins, and no other cluster', () => {
    const env = {
      PATH: '/bin',
      INPUT_KUBECONFIG: 'x',
      STATE_rollout: 'x',
      HELM_KUBECONTEXT: 'other',
      HELM_PLUGINS: '/p',
    }
    expect(toolEnvironment({ ...env, HELM_DRIVER: 'configmap' })).toEqual({
      PATH: '/bin',
      HELM_DRIVER: 'configmap',
      HELM_PLUGINS: '',
      GOGC: 'off',
      GOMEMLIMIT: '256MiB',
    })
    expect(toolEnvironment({ GOGC: '50' })).toMatchObject({ GOGC: '50' })
  })
})
