import { readdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { attempt, run } from './command.ts'
import { busybox } from './debian.ts'
import { network } from './places.ts'

const interfaces = (): Promise<string[]> => readdir('/sys/class/net')

/** The bridge and the pods' ends of it that are on the machine now. */
export const leftInterfaces = async (): Promise<string[]> => {
  if (!(await interfaces()).includes(network.bridge)) return []
  const ports = await readdir(`/sys/class/net/${network.bridge}/brif`).catch(() => [])
  return [...ports, network.bridge]
}

/**
 * Makes the bridge before the first pod does, so that kubelet and servers for pods can listen at its address.
 * @throws when the address range is taken by something else on the machine.
 */
export const createBridge = async (): Promise<void> => {
  const { bridge, gateway, prefix } = network
  const addresses = await run(busybox('ip', '-o', '-4', 'addr'))
  const taken = addresses.split('\n').find((line) => line.includes(` ${gateway.replace(/\.\d+$/, '.')}`))
  if (taken !== undefined) {
    throw new Error(
      `the rig's pods need ${network.subnet}, which an interface of this machine has: ${taken.trim()}`,
    )
  }
  await run(busybox('ip', 'link', 'add', bridge, 'type', 'bridge'))
  await run(busybox('ip', 'addr', 'add', `${gateway}/${prefix}`, 'dev', bridge))
  await run(busybox('ip', 'link', 'set', bridge, 'up'))
}

/** Removes the bridge and what still hangs on it. The kernel removes a dead pod's end by itself, a moment later. */
export const removeBridge = async (): Promise<void> => {
  for (let tries = 0; tries < 100; tries++) {
    const left = await leftInterfaces()
    if (left.length === 0) return
    for (const name of left) await attempt(busybox('ip', 'link', 'delete', name))
    await sleep(20)
  }
  throw new Error(`cannot remove the network interfaces ${(await leftInterfaces()).join(', ')}`)
}
