import type { Repository } from '../repository.ts'

/** An existing workflow that concerns the model. */
export interface ExistingWorkflow {
  path: string
  /** Releases that it deploys with helm. A name that is an expression is left out. */
  releases: readonly { release: string; namespace: string | undefined }[]
  usesSuite: boolean
}

/** Flags of `helm upgrade` that take no value. */
const SWITCHES =
  /^(-i|--(install|atomic|rollback-on-failure|wait|wait-for-jobs|create-namespace|debug|force|dry-run|reuse-values|reset-values|dependency-update|cleanup-on-fail|no-hooks|skip-crds))$/
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/

export function findWorkflows({ files }: Repository, suite: string): ExistingWorkflow[] {
  return [...files]
    .filter(([path]) => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path))
    .map(([path, text]) => ({
      path,
      releases: [
        ...text.replace(/\\\n\s*/g, ' ').matchAll(/\bhelm\s+(?:upgrade|install)\s+([^\n|&;]*)/g),
      ].flatMap(([, args = '']) => parseHelmArguments(args.trim().split(/\s+/))),
      usesSuite: text.includes(`uses: ${suite}`),
    }))
}

function parseHelmArguments(words: readonly string[]): ExistingWorkflow['releases'] {
  const rest = [...words]
  let release: string | undefined
  let namespace: string | undefined
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [flag, given] = word.split('=', 2)
    if (!word.startsWith('-')) release ??= word
    else if (!SWITCHES.test(word)) {
      const value = given ?? rest.shift()
      if (flag === '-n' || flag === '--namespace') namespace = value
    }
  }
  const isName = (name: string | undefined) => name !== undefined && NAME.test(name)
  return release !== undefined && isName(release)
    ? [{ release, namespace: isName(namespace) ? namespace : undefined }]
    : []
}
