import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../rig/command.ts'
import { at } from '../checkout.ts'
import type { Kind } from './base.ts'
import { held } from './held.ts'
import type { Hit, Planted } from './planted.ts'
import type { Played } from './plays.ts'
import { list } from './points.ts'
import { trial } from './trial.ts'
import type { World } from './world.ts'

/** What a build reads. */
const SOURCES = ['src', 'actions', 'scripts', 'package.json', 'tsconfig.json', 'tsconfig.build.json']

/**
 * Builds a copy of the sources in which the bug is, and does `work` with its bundle.
 * @throws where the text that the bug replaces is not there any more, exactly once
 */
export async function planted<T>(bug: Planted, work: (dist: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'planted-'))
  try {
    for (const name of SOURCES) cpSync(at(name), join(folder, name), { recursive: true })
    symlinkSync(at('node_modules'), join(folder, 'node_modules'))
    const file = join(folder, bug.file)
    const parts = readFileSync(file, 'utf8').split(bug.find)
    if (parts.length !== 2)
      throw new Error(`${bug.file} has ${parts.length - 1} times, not once: ${bug.find}; plant it anew`)
    writeFileSync(file, parts.join(bug.replace))
    await run([process.execPath, join(folder, 'scripts/build.ts')], { cwd: folder })
    return await work(join(folder, 'dist'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Hits a chain of this bundle where a planted bug must show. */
export async function hit(world: World, { story, at: place, held: isHeld, ...blow }: Hit): Promise<Played> {
  const kind: Kind = { story, whole: false, helm: 'helm4' }
  const { keys } = await list(world, kind)
  const key = keys.find((each) => place.test(each))
  if (key === undefined) throw new Error(`no write of the chain matches ${place}:\n${keys.join('\n')}`)
  if (isHeld) return held(world, kind, key, 'gives up')
  const { death = 'machine', when = 'after', posts = false } = blow
  return trial(world, { name: key, how: death, kind, blow: { key, death, when, posts } })
}
