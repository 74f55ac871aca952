import { down, findRunningRig, up } from '../../rig/index.ts'

/** Starts the rig for all system tests, and stops it afterwards unless it was running before. */
export default async function setup(): Promise<() => Promise<void>> {
  const wasUp = (await findRunningRig()) !== undefined
  await up()
  return async () => {
    if (!wasUp) await down()
  }
}
