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
  test('kubelet writes pod logs and plugins to the state folder', () => {
    const config = JSON.parse(kubeletConfig(folders, 10250, '/state/client.crt'))
    expect(config.podLogsDir).toBe('/state/pod-logs')
    expect(config.volumePluginDir).toBe('/state/kubelet/plugins-exec')
    expect(config.cgroupRoot).toMatch(/^\/retrain-actions-[0-9a-f]{8}$/)
  })

  test('containerd stores images in the state folder, and runtime state in /run', () => {
    const config = containerdConfig(folders)
    expect(config).toContain('root = "/state/containerd"')
    expect(config).toContain('state = "/run/containerd/state"')
    expect(config).toContain('Root = "/run/runc"')
    expect(config).toContain('netns_mounts_under_state_dir = true')
  })

  test('neither the CNI plugin nor kubelet adds iptables rules', () => {
    expect(JSON.parse(cniConfig()).plugins[0].ipMasq).toBe(false)
    expect(JSON.parse(kubeletConfig(folders, 1, '')).makeIPTablesUtilChains).toBe(false)
  })

  test('bind mounts hide kernel settings before the node is ready', () => {
    const lines = renderNodeScript().split('\n')
    const hidden = lines.findIndex((line) => line.endsWith('/proc/sys/net/ipv4/ip_forward'))
    const ready = lines.findIndex((line) => line.endsWith('"$pidfile"') && line.includes(' mv '))
    expect(hidden).toBeGreaterThan(0)
    expect(ready).toBeGreaterThan(hidden)
  })
})

test('kubelet rejects clients without the certificate', () => {
  const { authentication, address, readOnlyPort } = JSON.parse(
    kubeletConfig(folders, 10250, '/state/client.crt'),
  )
  expect(authentication.anonymous.enabled).toBe(false)
  expect(authentication.x509.clientCAFile).toBe('/state/client.crt')
  expect(address).toBe('10.244.0.1')
  expect(readOnlyPort).toBe(0)
})

test.each(['/var/lib/jenkins/.cache/retrain-actions', '/run/user/0/cache', '/var/log'])(
  'rejects a cache at %s, which is hidden from the node, with a hint',
  (folder) => {
    expect(() => assertCacheVisible(folder)).toThrow('set XDG_CACHE_HOME elsewhere')
  },
)

test.each(['/home/ada/.cache/retrain-actions', '/var/cache/x', '/runner/_work'])(
  'accepts a cache at %s',
  (folder) => {
    expect(() => assertCacheVisible(folder)).not.toThrow()
  },
)
