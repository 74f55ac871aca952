import { current, down, up } from '../../rig/index.ts'

/** Brings the real parts up for all system tests, and takes them down again unless they were up before. */
export default async function setup(): Promise<() => Promise<void>> {
  const wasUp = (await current()) !== undefined
  await up()
  return async () => {
    if (!wasUp) await down()
  }
}
