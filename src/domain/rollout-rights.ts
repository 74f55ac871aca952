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

/** What a rollout is going to do in its namespace. */
export interface Plan {
  /** Name of the ConfigMap of marks. */
  marks: string
  /** Whether pods are asked over HTTP for their version. */
  asksPods: boolean
  /** HELM_DRIVER: where Helm keeps its releases. */
  driver?: string | undefined
}

/** What every rollout needs, whatever the chart holds: Helm its releases, we our marks in a ConfigMap, and the watch. */
function needs({ marks, asksPods, driver }: Plan): Need[] {
  const releases = storeOf(driver)
  return [
    ...(releases
      ? [{ apiGroup: '', resource: releases, verbs: ['get', 'list', 'create', 'update', 'delete'] }]
      : []),
    ...(releases === 'configmaps' ? [] : [{ apiGroup: '', resource: 'configmaps', verbs: ['create'] }]),
    { apiGroup: '', resource: 'configmaps', verbs: ['get', 'patch'], name: marks },
    { apiGroup: '', resource: 'pods', verbs: ['list'] },
    { apiGroup: '', resource: 'pods/log', verbs: ['get'] },
    { apiGroup: '', resource: 'events', verbs: ['list'] },
    { apiGroup: 'apps', resource: 'replicasets', verbs: ['list'] },
    ...(asksPods ? [{ apiGroup: '', resource: 'pods/proxy', verbs: ['get'] }] : []),
  ]
}

/** The kind in which Helm keeps its releases; undefined where that is not in the cluster (sql, memory). */
function storeOf(driver = ''): string | undefined {
  if (/^configmaps?$/.test(driver)) return 'configmaps'
  return /^(secrets?)?$/.test(driver) ? 'secrets' : undefined
}

/**
 * The rules that a Role lacks, each ready to paste; empty where nothing is missing. Rights on the chart's own kinds are
 * not among them: what those are only Helm finds out.
 */
export function missingRules(rules: readonly Rule[], plan: Plan): string[] {
  return needs(plan).flatMap(({ apiGroup, resource, verbs, name }) => {
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
