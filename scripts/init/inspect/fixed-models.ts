import { posix } from 'node:path'
import type { Repository } from '../repository.ts'

/** An address of a model in a chart that no deployment changes. */
export interface FixedModel {
  /** Path of the template or of the values. */
  path: string
  /** The variable, or the key of a value; undefined if another word stands there. */
  name: string | undefined
  address: string
}

/** Names one version or alias. Those with variables or with values of the deployment are not fixed. */
const ADDRESS = /models:\/+[^\s"'$`,\]}]+/
const DEPLOYED = /\.model\.(version|name)\b/

/** Finds addresses such as models:/churn/1 in the templates and values of a chart. */
export function findFixedModels({ files }: Pick<Repository, 'files'>, chartPath: string): FixedModel[] {
  return [...files]
    .filter(([path]) => isOfChart(posix.relative(chartPath, path)))
    .flatMap(([path, text]) => findInFile(path, text.split('\n')))
}

const isOfChart = (path: string) => /^(templates\/.+|values[^/]*)\.(ya?ml|tpl)$/.test(path)

function findInFile(path: string, lines: readonly string[]): FixedModel[] {
  return lines.flatMap((line, index) => {
    const found = /^\s*(#|\{\{-?\s*\/\*)/.test(line) || DEPLOYED.test(line) ? null : ADDRESS.exec(line)
    if (!found) return []
    const before = line.slice(0, found.index)
    return [{ path, name: findName(before, lines[index - 1] ?? ''), address: found[0] }]
  })
}

/** The name of the variable on the line before `value:`, or on the same one; else the key of the value. */
function findName(before: string, previous: string): string | undefined {
  const key = /([\w.-]+)["']?:\s*[^:]*$/.exec(before)?.[1]
  if (key !== 'value') return key
  return /\bname:\s*["']?([\w.-]+)/.exec(before.includes('name:') ? before : previous)?.[1]
}
