import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runTool } from '../../src/adapters/process/run-tool.ts'
import type { Rule } from '../../src/domain/preflight/rbac.ts'
import { buildKubeconfig, createUsers, readPublishedRules } from './support/cluster/cluster-users.ts'
import { type Namespace, openNamespace } from './support/cluster/namespace.ts'

/** Lifetime of a token of the plugin, in seconds. */
const TOKEN_LIFETIME_SECONDS = 30

let cluster: Namespace
beforeAll(async () => {
  // Variables of the job; the plugin must see some of them and must not see others.
  Object.assign(process.env, { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://oidc', INPUT_KUBECONFIG: 's3cret' })
  cluster = await openNamespace()
  const verbs = ['get', 'list', 'watch', 'create', 'patch', 'delete']
  const hooks: Rule = { apiGroups: ['batch'], resources: ['jobs'], verbs }
  await createUsers(cluster, [{ name: 'renewed', rules: [...readPublishedRules(), hooks] }])
})
afterAll(() => cluster.close())

/**
 * A credential plugin like those of cloud providers: it caches its token until it expires. The tokens expire, because each
 * is bound to a Secret that is deleted.
 */
function installPlugin(): { folder: string; command: string } {
  const folder = mkdtempSync(join(tmpdir(), 'plugin-'))
  const command = join(folder, 'get-token')
  const { kubernetes, tools } = cluster.rig
  const kubectl = `${tools.kubectl} --kubeconfig ${kubernetes.kubeconfig} --namespace ${cluster.namespace}`
  writeFileSync(
    command,
    `#!/bin/sh
set -e
cd ${folder}
env >> environment
read -r born token < kept 2>/dev/null || born=0
now=$(date +%s)
if [ $((now - born)) -ge $((${TOKEN_LIFETIME_SECONDS} - 5)) ]; then
  name=token-$now-$$
  ${kubectl} create secret generic "$name" > /dev/null
  token=$(${kubectl} create token renewed --bound-object-kind Secret --bound-object-name "$name")
  born=$now
  echo "$born $token" > "kept.$$"
  mv "kept.$$" kept
  echo "$token" >> all
  (sleep ${TOKEN_LIFETIME_SECONDS}; ${kubectl} delete secret "$name") > /dev/null 2>&1 &
fi
printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"expirationTimestamp":"%s","token":"%s"}}' \\
  "$(date -u -d "@$((born + ${TOKEN_LIFETIME_SECONDS}))" +%Y-%m-%dT%H:%M:%SZ)" "$token"
`,
    { mode: 0o755 },
  )
  return { folder, command }
}

test.concurrent.each(['helm3', 'helm4'] as const)(
  '%s renews a token that expires while it is running',
  async (helm) => {
    const { folder, command } = installPlugin()
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never' }
    const { outputs, failure } = await cluster.deploy(helm, {
      release: `renewed-${helm}`,
      'model-version': '1',
      kubeconfig: buildKubeconfig(cluster, { exec }),
      // One helm command that takes longer than the lifetime of a token.
      values: JSON.stringify({ hook: `sleep ${TOKEN_LIFETIME_SECONDS + 15}`, hookOn: 'pre-install' }),
      timeout: '150s',
    })
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': '1' })

    const [first = '', ...others] = readFileSync(join(folder, 'all'), 'utf8').trim().split('\n')
    expect(others.length).toBeGreaterThan(0)
    const anonymous = ['--kubeconfig', '/dev/null', '--insecure-skip-tls-verify', '--token', first]
    const server = JSON.parse(buildKubeconfig(cluster, {})).clusters[0].cluster.server
    const args = [...anonymous, '--server', server, '--namespace', cluster.namespace, 'get', 'pods']
    const old = await runTool(cluster.rig.tools.kubectl, args, { env: process.env, timeoutMs: 30_000 })
    expect(old.stderr).toMatch(/Unauthorized|logged in/)

    const seen = readFileSync(join(folder, 'environment'), 'utf8')
    expect(seen).toContain('ACTIONS_ID_TOKEN_REQUEST_URL=https://oidc')
    expect(seen).toContain(`PATH=${dirname(cluster.rig.tools[helm])}`)
    expect(seen).toContain('HOME=')
    expect(seen).not.toContain('s3cret')
  },
)
