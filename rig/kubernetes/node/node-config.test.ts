import { describe, expect, test } from 'vitest'
import { assertCacheVisible } from '../paths.ts'
import { cniConfig, containerdConfig, kubeletConfig, type NodeFolders } from './node-config.ts'
import { renderNodeScript } from './node-script.ts'

const folders: NodeFolders = {
  containerd: '/state/containerd',
  runc: '/run/runc',
  cni: '/state/cni',
  kubelet: '/state/kubelet',
  podLogs: '/state/pod-logs',
}

describe('the node writes nothing outside its own folders', () => {
  test('kubelet keeps pod logs and plugins in the state folder', () => {
    const config = JSON.parse(kubeletConfig(folders, 10250, '/state/client.crt'))
    expect(config.podLogsDir).toBe('/state/pod-logs')
    expect(config.volumePluginDir).toBe('/state/kubelet/plugins-exec')
    expect(config.cgroupRoot).toMatch(/^\/retrain-actions-[0-9a-f]{8}$/)
  })

  test('containerd keeps images in the state folder, and all that must not outlive the node in /run', () => {
    const config = containerdConfig(folders)
    expect(config).toContain('root = "/state/containerd"')
    expect(config).toContain('state = "/run/containerd/state"')
    expect(config).toContain('Root = "/run/runc"')
    expect(config).toContain('netns_mounts_under_state_dir = true')
  })

  test('no iptables rule is made', () => {
    expect(JSON.parse(cniConfig()).plugins[0].ipMasq).toBe(false)
    expect(JSON.parse(kubeletConfig(folders, 1, '')).makeIPTablesUtilChains).toBe(false)
  })

  test('kernel settings of the machine are covered before anything could change them', () => {
    const lines = renderNodeScript().split('\n')
    const covered = lines.findIndex((line) => line.endsWith('/proc/sys/net/ipv4/ip_forward'))
    const ready = lines.findIndex((line) => line.endsWith('"$pidfile"') && line.includes(' mv '))
    expect(covered).toBeGreaterThan(0)
    expect(ready).toBeGreaterThan(covered)
  })
})

test('kubelet refuses a client without the certificate', () => {
  const { authentication, address, readOnlyPort } = JSON.parse(
    kubeletConfig(folders, 10250, '/state/client.crt'),
  )
  expect(authentication.anonymous.enabled).toBe(false)
  expect(authentication.x509.clientCAFile).toBe('/state/client.crt')
  expect(address).toBe('10.244.0.1')
  expect(readOnlyPort).toBe(0)
})

test.each(['/var/lib/jenkins/.cache/retrain-actions', '/run/user/0/cache', '/var/log'])(
  'a cache at %s, which the node would not see, is refused with a hint',
  (folder) => {
    expect(() => assertCacheVisible(folder)).toThrow('set XDG_CACHE_HOME elsewhere')
  },
)

test.each(['/home/ada/.cache/retrain-actions', '/var/cache/x', '/runner/_work'])(
  'a cache at %s is fine',
  (folder) => {
    expect(() => assertCacheVisible(folder)).not.toThrow()
  },
)
