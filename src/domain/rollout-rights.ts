/** A rule of a Role, as RBAC and the API server's SelfSubjectRulesReview write it. */
export interface Rule {
  apiGroups: readonly string[]
  resources: readonly string[]
  verbs: readonly string[]
  /** Present where the rule holds for these names only. */
  resourceNames?: readonly string[] | undefined
}

export interface Need {
  apiGroup: string
  resource: string
  verbs: readonly string[]
  /** The one object that is meant; undefined: any. */
  name?: string
}

/** What a rollout is going to do in its namespace, whatever the chart holds. */
export interface Plan {
  /** Name of the ConfigMap of marks and lease. */
  marks: string
  /** Whether pods are asked over HTTP for their version. */
  asksPods: boolean
  /** Whether a candidate's pod is run beside the release. */
  triesPod?: boolean | undefined
  /** HELM_DRIVER: where Helm keeps its releases. */
  driver?: string | undefined
}

/** An object of the chart, or of the release that is live. */
export interface ReleaseObject {
  /** Empty for the core group. */
  apiGroup: string
  /** In the plural, as the API server names it. */
  resource: string
  name: string
  /** Whether Helm runs it as a hook. */
  hook: boolean
}

/** What every rollout needs: Helm its releases, we our marks in a ConfigMap, and the watch. */
export function ownNeeds({ marks, asksPods, triesPod = false, driver }: Plan): Need[] {
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
    ...(triesPod ? [{ apiGroup: '', resource: 'pods', verbs: ['get', 'create', 'delete'] }] : []),
    ...(triesPod ? [{ apiGroup: '', resource: 'pods/portforward', verbs: ['create'] }] : []),
    ...(asksPods ? [{ apiGroup: '', resource: 'pods/proxy', verbs: ['get'] }] : []),
  ]
}

/** The kind in which Helm keeps its releases; undefined where that is not in the cluster (sql, memory). */
function storeOf(driver = ''): string | undefined {
  if (/^configmaps?$/.test(driver)) return 'configmaps'
  return /^(secrets?)?$/.test(driver) ? 'secrets' : undefined
}

const REVISIONS: Need = { apiGroup: 'apps', resource: 'controllerrevisions', verbs: ['list'] }
/** What we do because of a workload: the watch lists what stands between it and its pods. */
const WORKLOADS = new Map<string, Need[]>([
  ['deployments', [{ apiGroup: 'apps', resource: 'replicasets', verbs: ['list'] }]],
  // One that is not ready in all pods waits for ever for a broken one, which is then removed (adapters/kubernetes/forced-back.ts).
  ['statefulsets', [REVISIONS, { apiGroup: '', resource: 'pods', verbs: ['delete'] }]],
  ['daemonsets', [REVISIONS]],
])

/**
 * What Helm does to the objects of a release: it reads, creates and patches each (Helm 4 applies, which is a patch), and
 * deletes what the next revision no longer has. Of hooks it waits for Jobs and Pods, Helm 4 for every kind.
 */
export function objectNeeds(objects: readonly ReleaseObject[], major: '3' | '4'): Need[] {
  return objects.flatMap(({ apiGroup, resource, name, hook }) => {
    const waited = hook && (major === '4' || resource === 'jobs' || resource === 'pods')
    return [
      { apiGroup, resource, verbs: ['get', 'patch', 'delete'], name },
      { apiGroup, resource, verbs: ['create', ...(waited ? ['list', 'watch'] : [])] },
      ...((apiGroup === 'apps' && !hook && WORKLOADS.get(resource)) || []),
    ]
  })
}

const ORDER = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']

/** The rules that a Role lacks, each ready to paste; empty where nothing is missing. */
export function missingRules(rules: readonly Rule[], needs: readonly Need[]): string[] {
  const lacking = new Map<string, Set<string>>()
  for (const need of needs)
    for (const verb of need.verbs) {
      if (rules.some((rule) => allows(rule, need, verb))) continue
      const key = JSON.stringify([need.apiGroup, need.resource])
      lacking.set(key, (lacking.get(key) ?? new Set()).add(verb))
    }
  const alike = new Map<string, string[]>()
  for (const [key, verbs] of lacking) {
    const [apiGroup, resource] = JSON.parse(key) as [string, string]
    const tail = `verbs: ${listed([...verbs].sort((one, other) => ORDER.indexOf(one) - ORDER.indexOf(other)))}`
    const rule = JSON.stringify([apiGroup, tail])
    alike.set(rule, [...(alike.get(rule) ?? []), resource])
  }
  return [...alike].map(([rule, resources]) => {
    const [apiGroup, verbs] = JSON.parse(rule) as [string, string]
    return `{apiGroups: ["${apiGroup}"], resources: ${listed(resources)}, ${verbs}}`
  })
}

function listed(words: readonly string[]): string {
  return `[${words.map((word) => `"${word}"`).join(', ')}]`
}

function allows(rule: Rule, { apiGroup, resource, name }: Need, verb: string): boolean {
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
