import { mkdirSync, writeFileSync } from 'node:fs'
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
  const quoted = `'${program.replaceAll("'", `'\\''`)}'`
  writeFileSync(join(at, 'run'), `#!/bin/sh\nexec ${quoted}\n`, { mode: 0o700 })
  return { program, plugin, pluginsFolder }
}
