import { readdir, readFile, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { run, tryRun } from '../../process/command.ts'
import { busyboxCommand } from '../debian.ts'
import { home, network } from '../paths.ts'

const folder = `/sys/class/net/${network.bridge}`

/** Returns the folder of the cluster that owns the bridge, from its alias; undefined if there is no bridge. */
const readOwner = async (): Promise<string | undefined> =>
  (await readFile(`${folder}/ifalias`, 'utf8').catch(() => undefined))?.trim()

/** Lists the bridge, if this cluster owns it, and the interfaces of pods that are attached to it. */
export const listLeftoverInterfaces = async (): Promise<string[]> => {
  const owner = await readOwner()
  // An empty alias: `createBridge` was killed before it wrote the alias.
  if (owner !== home && owner !== '') return []
  return [...(await readdir(`${folder}/brif`).catch(() => [])), network.bridge]
}

/**
 * @param addresses the output of `ip -o -4 addr`
 * @throws if an interface has an address in the pod network; the message names the interface
 */
export const assertNetworkFree = (addresses: string): void => {
  const start = ` ${network.gateway.replace(/\d+$/, '')}`
  const conflict = addresses.split('\n').find((line) => line.includes(start))
  if (conflict === undefined) return
  throw new Error(
    `the rig's pods need ${network.subnet}, which this machine already uses: ${conflict.trim()}`,
  )
}

/**
 * Creates the bridge before the first pod starts, so that kubelet and servers for pods can listen at its address.
 * @throws if another rig runs on this machine, or another interface uses the addresses
 */
export const createBridge = async (): Promise<void> => {
  const { bridge, gateway, prefix } = network
  const owner = await readOwner()
  if (owner !== undefined) throw new Error(`another rig runs on this machine (${owner}): stop it first`)
  assertNetworkFree(await run(busyboxCommand('ip', '-o', '-4', 'addr')))
  await run(busyboxCommand('ip', 'link', 'add', bridge, 'type', 'bridge'))
  await writeFile(`${folder}/ifalias`, home)
  await run(busyboxCommand('ip', 'addr', 'add', `${gateway}/${prefix}`, 'dev', bridge))
  await run(busyboxCommand('ip', 'link', 'set', bridge, 'up'))
}

/** Removes the bridge and its interfaces. The kernel removes the interface of a dead pod itself, after a moment. */
export const removeBridge = async (): Promise<void> => {
  for (let tries = 0; tries < 100; tries++) {
    const left = await listLeftoverInterfaces()
    if (left.length === 0) return
    for (const name of left) await tryRun(busyboxCommand('ip', 'link', 'delete', name))
    await sleep(20)
  }
  throw new Error(`cannot remove the network interfaces ${(await listLeftoverInterfaces()).join(', ')}`)
}
