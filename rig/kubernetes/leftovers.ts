import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cache } from '../paths.ts'
import { listLeftoverInterfaces } from './node/bridge.ts'
import { listLeftoverCgroups } from './node/cgroups.ts'
import { cgroup, home, pidFile } from './paths.ts'

const readText = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '')

const daemonPrograms = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet']
  .map((name) => join(cache, 'kubernetes', 'bin', name))
  .concat(['containerd', 'containerd-shim-runc-v2'].map((name) => join(cache, 'debian', 'usr', 'bin', name)))

/**
 * Whether a process runs or starts one of the cluster's programs, holds the node's namespaces, or is in the control
 * group of a pod. A user's kubectl and the tools of an image build do not count.
 */
export const belongsToCluster = (commandLine: string, controlGroups: string): boolean => {
  const words = commandLine.split('\0')
  const programs = [...daemonPrograms, pidFile]
  return (
    words.some((word) => programs.includes(word)) || new RegExp(`:/${cgroup}(/|$)`, 'm').test(controlGroups)
  )
}

const listClusterProcesses = async (): Promise<string[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = pids.map(async (pid) => {
    const [commandLine, groups] = [
      await readText(`/proc/${pid}/cmdline`),
      await readText(`/proc/${pid}/cgroup`),
    ]
    if (!belongsToCluster(commandLine, groups)) return []
    return [`process ${pid}: ${commandLine.replaceAll('\0', ' ').slice(0, 120).trim()}`]
  })
  return (await Promise.all(found)).flat()
}

/** Lists mount points in the cluster's folder, with the escapes of mountinfo. Field 5 of proc(5). */
const listClusterMounts = async (): Promise<string[]> =>
  (await readText('/proc/self/mountinfo'))
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => point.startsWith(home))
    .map((point) => `mount ${point}`)

/**
 * Lists what a cluster left on the machine, one line each: processes, mounts, control groups and network interfaces.
 * Pod networks are not listed, because each exists only as long as a process or a mount holds it.
 */
export const listKubernetesLeftovers = async (): Promise<string[]> => [
  ...(await listClusterProcesses()),
  ...(await listClusterMounts()),
  ...(await listLeftoverCgroups()).map((group) => `control group ${group}`),
  ...(await listLeftoverInterfaces()).map((name) => `interface ${name}`),
]
