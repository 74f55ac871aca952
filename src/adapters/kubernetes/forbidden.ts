/** A right that the API server said is missing, as one rule of a Role. */
export interface MissingRight {
  verb: string
  resource: string
  /** Empty for the core group. */
  apiGroup: string
  namespace: string
}

/**
 * Reads the API server's refusal, which kubectl and Helm both repeat:
 * `pods is forbidden: User "ci" cannot list resource "pods" in API group "" in the namespace "ml"`.
 */
export function missingRight(said: string): MissingRight | undefined {
  const found =
    /cannot (\S+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]*)"| at the cluster scope)?/.exec(
      said,
    )
  const [, verb, resource, apiGroup, namespace] = found ?? []
  if (verb === undefined || resource === undefined) return undefined
  return { verb, resource, apiGroup: apiGroup ?? '', namespace: namespace ?? '' }
}

/** What to do about a refusal: the rule to add, ready to paste. */
export function cureOf({ verb, resource, apiGroup, namespace }: MissingRight): string {
  const rule = `{apiGroups: ["${apiGroup}"], resources: ["${resource}"], verbs: ["${verb}"]}`
  return `Add to the Role that the kubeconfig's user has${namespace ? ` in namespace ${namespace}` : ''}: ${rule}`
}
