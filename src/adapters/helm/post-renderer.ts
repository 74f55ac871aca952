import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { PostRenderer } from './arguments.ts'

/** Helm 4 runs plugins only: this one runs the program. */
export function writePostRenderer(program: string, folder: string): PostRenderer {
  const [plugin, pluginsFolder] = ['post-renderer', join(folder, 'plugins')]
  const at = join(pluginsFolder, plugin)
  mkdirSync(at, { recursive: true, mode: 0o700 })
  const manifest = {
    apiVersion: 'v1',
    name: plugin,
    version: '1.0.0',
    type: 'postrenderer/v1',
    runtime: 'subprocess',
    // Helm splits the command at blanks.
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Helm expands it
    runtimeConfig: { platformCommand: [{ command: '${HELM_PLUGIN_DIR}/run' }] },
  }
  writeFileSync(join(at, 'plugin.yaml'), stringify(manifest))
  const script = `#!/bin/sh\nexec ${quoteForShell(program)} 2>${quoteForShell(join(at, 'stderr'))}\n`
  writeFileSync(join(at, 'run'), script, { mode: 0o700 })
  return { program, plugin, pluginsFolder }
}

/** Helm's stderr, with that of the program, which Helm 4 drops: as in the error of Helm 3. */
export function addProgramError(stderr: string, { program, plugin, pluginsFolder }: PostRenderer): string {
  return stderr.replace(/failed to invoke post-renderer plugin [^\n]*/, () => {
    const output = readFileSync(join(pluginsFolder, plugin, 'stderr'), 'utf8')
    return `error while running command ${program}. error output:\n${output}`
  })
}

const quoteForShell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
