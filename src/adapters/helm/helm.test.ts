import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scripted } from '../../../test/fakes/tools.ts'
import { kubectlAt } from '../kubernetes/kubectl.ts'
import type { Reach } from '../kubernetes/reach.ts'
import { helmAt, ReleaseHeld } from './helm.ts'

/** A place where this program is found that fails with what looks like a secret. */
function failing(program: string, said = 'Error: bad value password=hunter2'): Reach {
  const words = `cat >&2 <<'SAID'\n${said}\nSAID\nexit 1\n`
  return scripted(program, () => `[ "$1" = version ] && echo v4.3.1 && exit\n${words}`)
}

test.each<[string, () => Promise<unknown>]>([
  ['helm', async () => (await helmAt(failing('helm'))).history('digits')],
  ['kubectl', () => kubectlAt(failing('kubectl')).get(['pods'])],
])('what %s says is told without secrets', async (_program, call) => {
  await expect(call).rejects.toThrow(/failed \(1\): .*bad value password=\*\*\*/)
})

test.each<[string, (said: string) => Promise<unknown>]>([
  ['helm', async (said) => (await helmAt(failing('helm', said))).history('digits')],
  ['kubectl', (said) => kubectlAt(failing('kubectl', said)).get(['pods'])],
])('a mistake in an input is told as such by %s', async (_program, call) => {
  await expect(call('Error: context "nope" does not exist')).rejects.toThrow(/^Input kube-context: /)
  await expect(call('Error: namespaces "ml" not found')).rejects.toThrow(/^Input namespace: /)
})

test.each([
  'Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress',
  'Error: UPGRADE FAILED: release: already exists',
])('a release that another helm holds is no failure of this one: %s', async (said) => {
  const helm = await helmAt(failing('helm', said))
  const order = { release: 'digits', chart: 'chart', chartVersion: undefined, valuesFiles: [], timeout: 1000 }
  await expect(helm.upgrade(order)).rejects.toThrow(ReleaseHeld)
  await expect(helm.upgrade(order)).rejects.toThrow(/Release digits is held.*Nothing was touched/)
})

test('an upgrade is ended by the job and by a stop of its own, and says which it was', async () => {
  const job = new AbortController()
  const stop = new AbortController()
  const slow = scripted('helm', () => '[ "$1" = version ] && echo v4.3.1 && exit\nexec sleep 30\n')
  const helm = await helmAt({ ...slow, cancelled: job.signal })
  const order = {
    release: 'digits',
    chart: 'chart',
    chartVersion: undefined,
    valuesFiles: [],
    timeout: 60_000,
  }
  const stopped = helm.upgrade(order, stop.signal)
  stop.abort()
  await expect(stopped).rejects.toThrow(/helm upgrade digits.*ended by us/)
  const cancelled = helm.upgrade(order, new AbortController().signal)
  job.abort()
  await expect(cancelled).rejects.toThrow('The job was cancelled.')
})

test.each(['3.21.0', '4.2.1'])(
  'helm %s is given the time to uninstall that a way back has',
  async (version) => {
    const at = scripted(
      'helm',
      (folder) => `[ "$1" = version ] && echo v${version} && exit\necho "$@" > ${folder}/asked\n`,
    )
    await (await helmAt(at)).uninstall('digits', 90_500)
    expect(readFileSync(join(at.folder, 'asked'), 'utf8')).toBe('uninstall digits --timeout 91s\n')
  },
)
