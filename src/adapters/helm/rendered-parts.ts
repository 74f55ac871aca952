/** What `helm template --include-crds` prints. */
export interface RenderedParts {
  crds: string
  manifest: string
  hooks: string
}

/** Splits by the comment before each object, `# Source: digits/crds/adapter.yaml`. */
export function splitRendered(output: string): RenderedParts {
  const [, ...parts] = output.split(/^# Source: /m)
  const isCrd = (part: string) => /^[^/\n]+\/(?:charts\/[^/\n]+\/)*crds\//.test(part)
  const isHook = (part: string) => /^\s+["']?helm\.sh\/hook["']?:/m.test(part)
  const join = (belongs: (part: string) => boolean) =>
    parts
      .filter(belongs)
      .map((part) => `---\n# Source: ${part}`)
      .join('\n')
  return {
    crds: join(isCrd),
    manifest: join((part) => !isCrd(part) && !isHook(part)),
    hooks: join((part) => !isCrd(part) && isHook(part)),
  }
}
