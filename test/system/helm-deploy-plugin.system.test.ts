import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runTool } from '../../src/adapters/process/run-tool.ts'
import type { Rule } from '../../src/domain/rollout-rights.ts'
import { kubeconfigWith, publishedRules, usersWith } from './cluster-user.ts'
import { type Namespace, openNamespace } from './helm-releases.ts'

/** Seconds that a token of the plugin lives. */
const LIFE = 30

let space: Namespace
beforeAll(async () => {
  // What a job has in its environment, and a plugin may or must not see.
  Object.assign(process.env, { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://oidc', INPUT_KUBECONFIG: 's3cret' })
  space = await openNamespace()
  const verbs = ['get', 'list', 'watch', 'create', 'patch', 'delete']
  const hooks: Rule = { apiGroups: ['batch'], resources: ['jobs'], verbs }
  await usersWith(space, [{ name: 'renewed', rules: [...publishedRules(), hooks] }])
})
afterAll(() => space.close())

/**
 * A plugin as a cloud has one: it asks for a token, keeps it as long as it is good, and says when that ends. Its tokens
 * really end: each is bound to a Secret that is deleted.
 */
function plugin(): { folder: string; command: string } {
  const folder = mkdtempSync(join(tmpdir(), 'plugin-'))
  const command = join(folder, 'get-token')
  const { kubernetes, tools } = space.rig
  const kubectl = `${tools.kubectl} --kubeconfig ${kubernetes.kubeconfig} --namespace ${space.namespace}`
  writeFileSync(
    command,
    `#!/bin/sh
set -e
cd ${folder}
env >> environment
read -r born token < kept 2>/dev/null || born=0
now=$(date +%s)
if [ $((now - born)) -ge $((${LIFE} - 5)) ]; then
  name=token-$now-$$
  ${kubectl} create secret generic "$name" > /dev/null
  token=$(${kubectl} create token renewed --bound-object-kind Secret --bound-object-name "$name")
  born=$now
  echo "$born $token" > "kept.$$"
  mv "kept.$$" kept
  echo "$token" >> all
  (sleep ${LIFE}; ${kubectl} delete secret "$name") > /dev/null 2>&1 &
fi
printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"expirationTimestamp":"%s","token":"%s"}}' \\
  "$(date -u -d "@$((born + ${LIFE}))" +%Y-%m-%dT%H:%M:%SZ)" "$token"
`,
    { mode: 0o755 },
  )
  return { folder, command }
}

test.concurrent.each(['helm3', 'helm4'] as const)(
  '%s renews a token that ends while it is at work',
  async (helm) => {
    const { folder, command } = plugin()
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never' }
    const { outputs, failure } = await space.deploy(helm, {
      release: `renewed-${helm}`,
      'model-version': '1',
      kubeconfig: kubeconfigWith(space, { exec }),
      // One helm, for longer than a token lives.
      values: JSON.stringify({ hook: `sleep ${LIFE + 15}`, hookOn: 'pre-install' }),
      timeout: '150s',
    })
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({ outcome: 'deployed', 'live-model-version': '1' })

    const [first = '', ...others] = readFileSync(join(folder, 'all'), 'utf8').trim().split('\n')
    expect(others.length).toBeGreaterThan(0)
    const anonymous = ['--kubeconfig', '/dev/null', '--insecure-skip-tls-verify', '--token', first]
    const server = JSON.parse(kubeconfigWith(space, {})).clusters[0].cluster.server
    const args = [...anonymous, '--server', server, '--namespace', space.namespace, 'get', 'pods']
    const old = await runTool(space.rig.tools.kubectl, args, { env: process.env, timeout: 30_000 })
    expect(old.stderr).toMatch(/Unauthorized|logged in/)

    const seen = readFileSync(join(folder, 'environment'), 'utf8')
    expect(seen).toContain('ACTIONS_ID_TOKEN_REQUEST_URL=https://oidc')
    expect(seen).toContain(`PATH=${dirname(space.rig.tools[helm])}`)
    expect(seen).toContain('HOME=')
    expect(seen).not.toContain('s3cret')
  },
)
