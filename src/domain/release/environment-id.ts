/** Where a release runs. */
export interface ReleasePlace {
  /** The input `environment`. */
  environment?: string | undefined
  namespace: string
  release: string
}

/** ENVIRONMENT/NAMESPACE/RELEASE. It keys the issue of a release and the evidence about it. */
export function formatEnvironmentId({ environment, namespace, release }: ReleasePlace): string {
  return [environment, namespace, release].filter(Boolean).join('/')
}

/** The artifact name of the evidence about a version in a revision. GitHub allows no slash in it. */
export function formatEvidenceName(place: ReleasePlace, version: string, revision: number): string {
  const id = formatEnvironmentId(place).replaceAll('/', '.')
  return `rollout-evidence-${id.replace(/[^\w.-]+/g, '-')}-${version}-${revision}`
}

/** Undefined where the text is no environment id. */
export function parseEnvironmentId(id: string): ReleasePlace | undefined {
  const [release, namespace, ...environment] = id.split('/').reverse()
  if (!release || !namespace) return undefined
  return { environment: environment.reverse().join('/') || undefined, namespace, release }
}
