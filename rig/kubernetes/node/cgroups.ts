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

/** The roots of all hierarchies: one for version 2, one for each controller of version 1. */
const listHierarchies = async (): Promise<string[]> =>
  (await exists(join(cgroupRoot, 'cgroup.controllers'))) ? [cgroupRoot] : subfolders(cgroupRoot)

/** Passes on what a new child group has empty: CPUs and memory nodes (version 1), controllers (version 2). */
const enableControllers = async (hierarchy: string, group: string): Promise<void> => {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const inherited = (await readFile(join(hierarchy, file), 'utf8').catch(() => '')).trim()
    if (inherited !== '') await writeFile(join(group, file), inherited)
  }
  const controllers = (await readFile(join(hierarchy, 'cgroup.controllers'), 'utf8').catch(() => '')).trim()
  for (const controller of controllers.split(' ').filter(Boolean)) {
    for (const parent of [hierarchy, group]) {
      // One that cannot be passed on is no loss unless kubelet needs it, and then kubelet says so by name.
      await writeFile(join(parent, 'cgroup.subtree_control'), `+${controller}`).catch(() => {})
    }
  }
}

/** Makes the group below which kubelet puts all pods; kubelet insists that it is there before it starts. */
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

/** The rig's cgroups that exist now. */
export const listLeftoverCgroups = async (): Promise<string[]> => {
  const groups = (await listHierarchies()).map((hierarchy) => join(hierarchy, cgroup))
  const there = await Promise.all(groups.map(exists))
  return groups.filter((_, index) => there[index])
}

/** Removes them, waiting a little for the kernel to bury the processes that were just killed. */
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
