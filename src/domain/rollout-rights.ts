/** A rule of a Role, as RBAC and the API server's SelfSubjectRulesReview write it. */
export interface Rule {
  apiGroups: readonly string[]
  resources: readonly string[]
  verbs: readonly string[]
  /** Present where the rule holds for these names only. */
  resourceNames?: readonly string[] | undefined
}

interface Need {
  apiGroup: string
  resource: string
  verbs: readonly string[]
  /** The one object that is meant; undefined: any. */
  name?: string
}

/** What every rollout needs, whatever the chart holds. Helm keeps its releases in Secrets, we our marks in a ConfigMap. */
function needs(marks: string, asksPods: boolean): Need[] {
  return [
    { apiGroup: '', resource: 'secrets', verbs: ['get', 'list', 'create', 'update', 'delete'] },
    { apiGroup: '', resource: 'configmaps', verbs: ['create'] },
    { apiGroup: '', resource: 'configmaps', verbs: ['get', 'patch'], name: marks },
    { apiGroup: '', resource: 'pods', verbs: ['list'] },
    { apiGroup: '', resource: 'pods/log', verbs: ['get'] },
    { apiGroup: '', resource: 'events', verbs: ['list'] },
    { apiGroup: 'apps', resource: 'replicasets', verbs: ['list'] },
    ...(asksPods ? [{ apiGroup: '', resource: 'pods/proxy', verbs: ['get'] }] : []),
  ]
}

/**
 * The rules that a Role lacks, each ready to paste; empty where nothing is missing. Rights on the chart's own kinds are
 * not among them: what those are only Helm finds out.
 * @param marks name of the ConfigMap of marks
 * @param asksPods whether pods are asked over HTTP for their version
 */
export function missingRules(rules: readonly Rule[], marks: string, asksPods: boolean): string[] {
  return needs(marks, asksPods).flatMap(({ apiGroup, resource, verbs, name }) => {
    const missing = verbs.filter(
      (verb) => !rules.some((rule) => allows(rule, apiGroup, resource, verb, name)),
    )
    if (missing.length === 0) return []
    return `{apiGroups: ["${apiGroup}"], resources: ["${resource}"], verbs: [${missing.map((verb) => `"${verb}"`).join(', ')}]}`
  })
}

function allows(rule: Rule, apiGroup: string, resource: string, verb: string, name?: string): boolean {
  const [, sub] = resource.split('/')
  const covers = (list: readonly string[], one: string) => list.includes('*') || list.includes(one)
  const named = rule.resourceNames ?? []
  return (
    covers(rule.apiGroups, apiGroup) &&
    (covers(rule.resources, resource) || (sub !== undefined && rule.resources.includes(`*/${sub}`))) &&
    covers(rule.verbs, verb) &&
    (named.length === 0 || (name !== undefined && named.includes(name)))
  )
}
