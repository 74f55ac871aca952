import { readdir, readFile, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { run, tryRun } from '../../process/command.ts'
import { busyboxCommand } from '../debian.ts'
import { home, network } from '../paths.ts'

const folder = `/sys/class/net/${network.bridge}`

/** Whose cluster the bridge is: the folder in its alias. Undefined when there is no bridge. */
const owner = async (): Promise<string | undefined> =>
  (await readFile(`${folder}/ifalias`, 'utf8').catch(() => undefined))?.trim()

/** The bridge, if it is this cluster's, and the pods' ends of it that are on the machine now. */
export const listLeftoverInterfaces = async (): Promise<string[]> => {
  const whose = await owner()
  // Without a name it is one whose maker was killed before the next system call.
  if (whose !== home && whose !== '') return []
  return [...(await readdir(`${folder}/brif`).catch(() => [])), network.bridge]
}

/**
 * Says which line of `ip -o -4 addr` holds addresses of the pods' network already.
 * @throws naming that interface.
 */
export const assertNetworkFree = (addresses: string): void => {
  const start = ` ${network.gateway.replace(/\d+$/, '')}`
  const taken = addresses.split('\n').find((line) => line.includes(start))
  if (taken === undefined) return
  throw new Error(`the rig's pods need ${network.subnet}, which this machine uses already: ${taken.trim()}`)
}

/**
 * Makes the bridge before the first pod does, so that kubelet and servers for pods can listen at its address.
 * @throws when another rig runs on this machine, or something else has the addresses.
 */
export const createBridge = async (): Promise<void> => {
  const { bridge, gateway, prefix } = network
  const whose = await owner()
  if (whose !== undefined)
    throw new Error(`another rig, of ${whose}, runs on this machine: take it down first`)
  assertNetworkFree(await run(busyboxCommand('ip', '-o', '-4', 'addr')))
  await run(busyboxCommand('ip', 'link', 'add', bridge, 'type', 'bridge'))
  await writeFile(`${folder}/ifalias`, home)
  await run(busyboxCommand('ip', 'addr', 'add', `${gateway}/${prefix}`, 'dev', bridge))
  await run(busyboxCommand('ip', 'link', 'set', bridge, 'up'))
}

/** Removes the bridge and what still hangs on it. The kernel removes a dead pod's end by itself, a moment later. */
export const removeBridge = async (): Promise<void> => {
  for (let tries = 0; tries < 100; tries++) {
    const left = await listLeftoverInterfaces()
    if (left.length === 0) return
    for (const name of left) await tryRun(busyboxCommand('ip', 'link', 'delete', name))
    await sleep(20)
  }
  throw new Error(`cannot remove the network interfaces ${(await listLeftoverInterfaces()).join(', ')}`)
}
