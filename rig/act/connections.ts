import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The servers that the suite's actions of a run use. */
export type Connections = {
  trackingUri: string
  /** A path. */
  kubeconfig: string
  /** Values that an input keeps, because the user named another server on purpose. */
  kept: string[]
}

/**
 * Inputs of one connection. If the first has another value than those kept, it gets the new one, and the others, which
 * belong to the replaced server, become empty.
 */
const inputGroups = ({ trackingUri, kubeconfig }: Connections) => [
  {
    input: 'tracking-uri',
    value: trackingUri,
    others: ['pod-tracking-uri', 'tracking-username', 'tracking-password', 'tracking-token', 'workspace'],
  },
  { input: 'kubeconfig', value: kubeconfig, others: ['kube-context'] },
]

const MODULE = 'connections.js'

// The runner passes the inputs of an action as environment variables. The groups and kept values are inserted as JSON.
const renderModule = (connections: Connections): string => `
const groups = ${JSON.stringify(inputGroups(connections))}
const kept = ${JSON.stringify(connections.kept.filter((value) => value !== ''))}
const variable = (input) => 'INPUT_' + input.toUpperCase()
for (const { input, value, others } of groups) {
  const given = process.env[variable(input)]
  if (given === undefined || kept.includes(given)) continue
  process.env[variable(input)] = value
  for (const other of others) if (variable(other) in process.env) process.env[variable(other)] = ''
}
`

/**
 * Makes the actions of a copied suite use these servers, whatever a workflow names as their inputs. So a workflow with
 * the addresses of a production runs unmodified, and never reaches it.
 * @param suite a folder written by `copySuite`
 */
export const replaceConnections = async (suite: string, connections: Connections): Promise<void> => {
  const dist = join(suite, 'dist')
  await writeFile(join(dist, MODULE), renderModule(connections))
  for (const name of await readdir(dist)) {
    if (!name.endsWith('.js') || name === MODULE) continue
    const text = await readFile(join(dist, name), 'utf8')
    // Each action's entry point starts with this import. Imports run in order.
    if (text.startsWith("import { start } from './index.js'"))
      await writeFile(join(dist, name), `import './${MODULE}'\n${text}`)
  }
}
