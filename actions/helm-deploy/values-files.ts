import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ModelValues, modelValuesFile } from '../../src/domain/chart-values.ts'

/** The values given to Helm: the user's files, then the user's inline values, then the model, which thus wins. */
export interface GivenValues {
  files: readonly string[]
  inline: string | undefined
  model: ModelValues
}

/** Where this release's generated files lie; known beforehand, so that the post step of a killed job can remove them. */
export function valuesFolder(temp: string, release: string): string {
  return join(temp, `retrain-actions-values-${release}`)
}

/** Writes the generated files, for this user only, and gives all files in the order in which Helm is to read them. */
export function writeValues(folder: string, { files, inline, model }: GivenValues): string[] {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const generated = [
    // The runner trims inputs: without its last line break, a block of text at the end would lose its own.
    ...(inline === undefined ? [] : [{ name: 'values.yaml', text: `${inline}\n` }]),
    { name: 'model.json', text: modelValuesFile(model) },
  ].map(({ name, text }) => {
    const path = join(folder, name)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  })
  return [...files, ...generated]
}

export function removeValues(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}
