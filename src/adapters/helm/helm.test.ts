import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fakeProgram } from '../../../test/fakes/program.ts'
import { ChartRenderError } from '../../domain/preflight/render-error.ts'
import type { ClusterAccess } from '../cluster-access/kubeconfig.ts'
import { createKubectl } from '../kubernetes/client/kubectl.ts'
import { createHelm } from './helm.ts'
import { createHelmError, parseNotOwnedObject, ReleaseLockedError } from './helm-errors.ts'

const request = { release: 'digits', chart: 'chart', valuesFiles: [], timeout: 1000 }

/** A program that fails with this error, which looks like a secret by default. */
function failingTool(program: string, stderr = 'Error: bad value password=hunter2'): ClusterAccess {
  const script = `cat >&2 <<'STDERR'\n${stderr}\nSTDERR\nexit 1\n`
  return fakeProgram(program, () => `[ "$1" = version ] && echo v4.3.1 && exit\n${script}`)
}

test.each<[string, () => Promise<unknown>]>([
  ['helm', async () => (await createHelm(failingTool('helm'))).history('digits')],
  ['kubectl', () => createKubectl(failingTool('kubectl')).get(['pods'])],
])('the error of %s is reported without secrets', async (_program, call) => {
  await expect(call).rejects.toThrow(/failed \(1\): .*bad value password=\*\*\*/)
})

test.each<[string, (stderr: string) => Promise<unknown>]>([
  ['helm', async (stderr) => (await createHelm(failingTool('helm', stderr))).history('digits')],
  ['kubectl', (stderr) => createKubectl(failingTool('kubectl', stderr)).get(['pods'])],
])('%s: an error that an input causes names the input', async (_program, call) => {
  await expect(call('Error: context "nope" does not exist')).rejects.toThrow(/^Input kube-context: /)
  await expect(call('Error: namespaces "ml" not found')).rejects.toThrow(/^Input namespace: /)
})

test.each([
  'Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress',
  'Error: UPGRADE FAILED: release: already exists',
])('a release that another helm locks is a ReleaseLockedError: %s', async (stderr) => {
  const helm = await createHelm(failingTool('helm', stderr))
  await expect(helm.upgrade(request)).rejects.toThrow(ReleaseLockedError)
  await expect(helm.upgrade(request)).rejects.toThrow(
    /Release digits is locked by another helm.*Nothing was changed/,
  )
})

test('a chart that does not render names the input to change', async () => {
  const stderr =
    'Error: UPGRADE FAILED: execution error at (churn/templates/deployment.yaml:20:52): image.digest must be set'
  const helm = await createHelm(failingTool('helm', stderr))
  for (const render of [helm.preview, helm.template]) {
    const error = await render(request).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ChartRenderError)
    expect(String(error)).toContain(
      'Input values: the chart does not render: image.digest must be set (churn/templates/deployment.yaml:20:52). Set it in values or values-files.',
    )
  }
})

test('an error that quotes another one is kept from its start', async () => {
  const stderr = 'level=WARN msg="x"\nError: UPGRADE FAILED: no: Error: labels are missing\nError: owner\n'
  const helm = await createHelm(failingTool('helm', stderr))
  await expect(helm.history('digits')).rejects.toThrow(
    'failed (1): UPGRADE FAILED: no: Error: labels are missing\nError: owner. ',
  )
})

test('a schema on the network is not a fault of the values', async () => {
  const stderr = `Error: values don't meet the specifications of the schema(s) in the following chart(s):\nchurn:\nfailing loading "https://a.example/s.json": Get "https://a.example/s.json": dial tcp: lookup a.example: no such host`
  const helm = await createHelm(failingTool('helm', stderr))
  const error = await helm.template(request).catch((thrown: unknown) => thrown)
  expect(error).not.toBeInstanceOf(ChartRenderError)
  expect(String(error)).toContain('values.schema.json refers to https://a.example/s.json')
})

test('a repository that Helm could not read is named instead of its missing index', () => {
  const stdout =
    'Getting updates for unmanaged Helm repositories...\n...Unable to get an update from the "https://a.example/c" chart repository:\n\tfailed to fetch https://a.example/c/index.yaml : 401 Unauthorized\n'
  const stderr = "Error: no cached repository for helm-manager-0 found. (try 'helm repo update')\n"
  const result = { code: 1, stdout, stderr, termination: 'exited' as const }
  expect(createHelmError({ namespace: 'ml' }, ['dependency', 'build'], result).message).toMatch(
    /failed \(1\): failed to fetch .*401 Unauthorized\. Log in to the chart's registry a\.example: set registry-username/,
  )
})

test.each([
  ['401 Unauthorized', "Log in to the chart's registry a.example: set registry-username"],
  ['404 Not Found', 'Check the address in the input chart-repository, or in the dependencies of Chart.yaml:'],
])('a repository that answers %s is named with the fix', (answer, hint) => {
  const stdout = `...Unable to get an update from the "acme" chart repository (https://a.example/c):\n\tfailed to fetch https://a.example/c/index.yaml : ${answer}\n`
  const stderr = 'Error: failed to update the following repositories: [https://a.example/c]\n'
  const result = { code: 1, stdout, stderr, termination: 'exited' as const }
  expect(createHelmError({ namespace: 'ml' }, ['repo', 'update', 'acme'], result).message).toContain(
    `failed to fetch https://a.example/c/index.yaml : ${answer}. ${hint}`,
  )
})

test('a chart that a repository lacks is named without an empty version', () => {
  const stderr = `Error: chart "fraudx" matching  not found in acme index. (try 'helm repo update')\n`
  const result = { code: 1, stdout: '', stderr, termination: 'exited' as const }
  expect(createHelmError({ namespace: 'ml' }, ['pull', 'acme/fraudx'], result).message).toContain(
    'chart "fraudx" not found in acme index.',
  )
})

test('an upgrade that was done when its signal came returns its revision', async () => {
  const script = `[ "$1" = version ] && echo v4.3.1 && exit
[ "$1" = get ] && echo '{"applyMethod":"ssa"}' && exit
printf 'Release digits has been cancelled.\n{"version":3}\n'`
  const helm = await createHelm(fakeProgram('helm', () => script))
  expect(await helm.upgrade(request)).toBe(3)
})

test('a part of a revision is read once, and again after a write or a look at the history', async () => {
  const calls = join(mkdtempSync(join(tmpdir(), 'helm-')), 'calls')
  const helm = await createHelm(
    fakeProgram(
      'helm',
      () => `[ "$1" = version ] && echo v3.19.0 && exit\necho "$1" >> ${calls}\necho 'kind: A'`,
    ),
  )
  const [first, second] = await Promise.all([helm.manifest('digits', 3), helm.manifest('digits', 3)])
  expect([first, second]).toEqual(['kind: A\n', 'kind: A\n'])
  await helm.manifest('digits', 4)
  expect(readFileSync(calls, 'utf8')).toBe('get\nget\n')
  await helm.uninstall('digits', 1000)
  await helm.manifest('digits', 3)
  expect(readFileSync(calls, 'utf8')).toBe('get\nget\nuninstall\nget\n')
  // Another job may have reinstalled the release.
  await helm.history('digits').catch(() => undefined)
  await helm.manifest('digits', 3)
  expect(readFileSync(calls, 'utf8')).toBe('get\nget\nuninstall\nget\nhistory\nget\n')
})

test('an upgrade is terminated by the job and by its own signal, with different errors', async () => {
  const job = new AbortController()
  const stop = new AbortController()
  const slow = fakeProgram('helm', () => '[ "$1" = version ] && echo v4.3.1 && exit\nexec sleep 30\n')
  const helm = await createHelm({ ...slow, cancelled: job.signal })
  const slowRequest = { ...request, timeout: 60_000 }
  const stopped = helm.upgrade(slowRequest, stop.signal)
  stop.abort()
  await expect(stopped).rejects.toThrow(/helm upgrade digits.*terminated/)
  const cancelled = helm.upgrade(slowRequest, new AbortController().signal)
  job.abort()
  await expect(cancelled).rejects.toThrow('The job was cancelled.')
})

test.each(['3.21.0', '4.2.1'])('helm %s gets the timeout for an uninstall', async (version) => {
  const access = fakeProgram(
    'helm',
    (folder) => `[ "$1" = version ] && echo v${version} && exit\necho "$@" > ${folder}/calls\n`,
  )
  await (await createHelm(access)).uninstall('digits', 90_500)
  expect(readFileSync(join(access.folder, 'calls'), 'utf8')).toBe('uninstall digits --timeout 91s\n')
})

test.each([
  ['nothing else is placed', undefined, 'acme/base'],
  ['version-values places the version', { 'example.com/version': '7' }, undefined],
] as const)('the model of the chart counts where %s', async (_title, labels, modelDefault) => {
  const printed = JSON.stringify({ version: 1, manifest: '', chart: { values: { model: 'acme/base' } } })
  const helm = await createHelm(
    fakeProgram('helm', () => `[ "$1" = version ] && echo v4.3.1 && exit\necho '${printed}'`),
  )
  expect(await helm.preview({ ...request, labels })).toMatchObject({ modelDefault })
})

test('only the plugin of the post-renderer is loaded, and only to render', async () => {
  const access = fakeProgram(
    'helm',
    (folder) => `[ "$1" = version ] && echo v4.3.1 && exit
echo "$1 <$HELM_PLUGINS>" >> ${folder}/calls
[ "$1 $2" = "get metadata" ] && echo '{}' && exit
echo '{"version":1}'`,
  )
  const helm = await createHelm({ ...access, env: { ...access.env, HELM_PLUGINS: '' } })
  const rendered = {
    ...request,
    postRenderer: { program: '/render', plugin: 'post-renderer', pluginsFolder: '/plugins' },
  }
  await helm.template(rendered)
  await helm.templateWithCrds(rendered)
  await helm.preview(rendered)
  await helm.upgrade(rendered)
  await helm.rollback('digits', 1, 1000)
  expect(readFileSync(join(access.folder, 'calls'), 'utf8').trim().split('\n')).toEqual([
    'template </plugins>',
    'template </plugins>',
    'upgrade </plugins>',
    'upgrade </plugins>',
    'rollback <>',
  ])
})

test.each([
  [
    'Helm 4',
    'unable to continue with install: Deployment "digits" in namespace "ml" exists and cannot be imported into the current release: invalid ownership metadata; label validation error: missing key "app.kubernetes.io/managed-by": must be set to "Helm"',
  ],
  [
    'Helm 3, an upgrade',
    'UPGRADE FAILED: Unable to continue with update: Deployment "digits" in namespace "ml" exists and cannot be imported into the current release: invalid ownership metadata',
  ],
])('the object that %s does not take over', (_by, message) => {
  expect(parseNotOwnedObject(message)).toEqual({ kind: 'Deployment', name: 'digits' })
})

test('another error names no such object', () => {
  expect(parseNotOwnedObject('Deployment "digits" in namespace "ml" is invalid')).toBeUndefined()
})
