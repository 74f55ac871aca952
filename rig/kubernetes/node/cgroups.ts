import { access, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cgroup } from '../paths.ts'

const cgroupRoot = '/sys/fs/cgroup'

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

const subfolders = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name))

/** Lists the roots of all hierarchies: one in version 2, one for each controller in version 1. */
const listHierarchies = async (): Promise<string[]> =>
  (await exists(join(cgroupRoot, 'cgroup.controllers'))) ? [cgroupRoot] : subfolders(cgroupRoot)

/** Copies what a new group does not inherit: CPUs and memory nodes (version 1), controllers (version 2). */
const enableControllers = async (hierarchy: string, group: string): Promise<void> => {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const inherited = (await readFile(join(hierarchy, file), 'utf8').catch(() => '')).trim()
    if (inherited !== '') await writeFile(join(group, file), inherited)
  }
  const controllers = (await readFile(join(hierarchy, 'cgroup.controllers'), 'utf8').catch(() => '')).trim()
  for (const controller of controllers.split(' ').filter(Boolean)) {
    for (const parent of [hierarchy, group]) {
      // Some controllers cannot be enabled. If kubelet needs one of them, kubelet reports it.
      await writeFile(join(parent, 'cgroup.subtree_control'), `+${controller}`).catch(() => {})
    }
  }
}

/** Creates the parent group of all pods. kubelet requires it at its start. */
export const createCgroups = async (): Promise<void> => {
  for (const hierarchy of await listHierarchies()) {
    const group = join(hierarchy, cgroup)
    await mkdir(group, { recursive: true })
    await enableControllers(hierarchy, group)
  }
}

const removeTree = async (group: string): Promise<void> => {
  for (const child of await subfolders(group)) await removeTree(child)
  await rmdir(group).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}

/** Lists the rig's existing control groups. */
export const listLeftoverCgroups = async (): Promise<string[]> => {
  const groups = (await listHierarchies()).map((hierarchy) => join(hierarchy, cgroup))
  const existing = await Promise.all(groups.map(exists))
  return groups.filter((_, index) => existing[index])
}

/** Removes the rig's control groups. Retries until the kernel has removed the killed processes. */
export const removeCgroups = async (): Promise<void> => {
  for (const group of await listLeftoverCgroups()) {
    for (let tries = 0; ; tries++) {
      try {
        await removeTree(group)
        break
      } catch (error) {
        if (tries === 100) throw new Error(`cannot remove the control group ${group}`, { cause: error })
        await sleep(50)
      }
    }
  }
}
