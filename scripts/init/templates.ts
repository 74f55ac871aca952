import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkoutPath, majorTag, slug } from '../checkout.ts'
import { IMAGE_EXAMPLE, WORKFLOWS } from './files/workflows.ts'
import type { Templates } from './plan.ts'

/** Reads the files of this checkout that the written files are made from. */
export function readTemplates(): Templates {
  const read = (path: string) => readFileSync(checkoutPath(path), 'utf8')
  const workflow = (name: string) => read(`workflows-examples/${name}.yml`)
  const chart = 'examples/digits/chart'
  const files = globSync('**/*.*', { cwd: checkoutPath(chart) }).sort()
  return {
    workflows: new Map([...WORKFLOWS, IMAGE_EXAMPLE].map((name) => [name, workflow(name)])),
    role: read('examples/rbac/role.yaml'),
    chart: new Map(files.map((path) => [path, read(join(chart, path))])),
    policySchema: `https://raw.githubusercontent.com/${slug}/${majorTag}/retrain-policy.schema.json`,
  }
}
