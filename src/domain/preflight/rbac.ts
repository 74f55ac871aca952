/** A rule of a Role, in the form of the API server's SelfSubjectRulesReview. */
export interface Rule {
  apiGroups: readonly string[]
  resources: readonly string[]
  verbs: readonly string[]
  /** The rule holds for these names only. */
  resourceNames?: readonly string[] | undefined
}

export interface RequiredPermission {
  apiGroup: string
  resource: string
  verbs: readonly string[]
  /** Undefined: any object. */
  name?: string
}

/** What a rollout does in its namespace, independent of the chart. */
export interface RolloutPlan {
  /** Name of the Lease of the release, and of the ConfigMap with its verified revisions and its outbox. */
  stateObject: string
  /** `version-from: http:` */
  readsVersionOverHttp: boolean
  /** A smoke test runs. */
  runsSmokeTest?: boolean | undefined
  /** HELM_DRIVER: where Helm stores its releases. */
  driver?: string | undefined
}

/** An object of the chart or of the live release. */
export interface ReleaseObject {
  /** Empty for the core group. */
  apiGroup: string
  /** In the plural: "deployments". */
  resource: string
  name: string
  /** Helm runs it as a hook. */
  hook: boolean
}

/** What every rollout needs: for Helm's releases, the ConfigMap, the Lease and the watch. */
export function requiredPermissions(plan: RolloutPlan): RequiredPermission[] {
  const { stateObject: name, readsVersionOverHttp, runsSmokeTest, driver } = plan
  const releases = helmStorageResource(driver)
  return [
    ...(releases
      ? [{ apiGroup: '', resource: releases, verbs: ['get', 'list', 'create', 'update', 'delete'] }]
      : []),
    ...(releases === 'configmaps' ? [] : [{ apiGroup: '', resource: 'configmaps', verbs: ['create'] }]),
    { apiGroup: '', resource: 'configmaps', verbs: ['get', 'patch'], name },
    { apiGroup: 'coordination.k8s.io', resource: 'leases', verbs: ['create'] },
    { apiGroup: 'coordination.k8s.io', resource: 'leases', verbs: ['get', 'patch'], name },
    { apiGroup: '', resource: 'pods', verbs: ['list'] },
    { apiGroup: '', resource: 'pods/log', verbs: ['get'] },
    { apiGroup: '', resource: 'events', verbs: ['list'] },
    ...(runsSmokeTest ? [{ apiGroup: '', resource: 'pods', verbs: ['get', 'create', 'delete'] }] : []),
    ...(runsSmokeTest ? [{ apiGroup: '', resource: 'pods/portforward', verbs: ['create'] }] : []),
    ...(readsVersionOverHttp ? [{ apiGroup: '', resource: 'pods/proxy', verbs: ['get'] }] : []),
  ]
}

/** The resource in which Helm stores its releases; undefined: not in the cluster (sql, memory). */
export function helmStorageResource(driver = ''): string | undefined {
  if (/^configmaps?$/.test(driver)) return 'configmaps'
  return /^(secrets?)?$/.test(driver) ? 'secrets' : undefined
}

/** The object in which Helm stores a revision. */
export const revisionObjectName = (release: string, revision: number): string =>
  `sh.helm.release.v1.${release}.v${revision}`

const LIST_CONTROLLER_REVISIONS: RequiredPermission = {
  apiGroup: 'apps',
  resource: 'controllerrevisions',
  verbs: ['list'],
}
/** The watch lists the objects between a workload and its pods. */
const WORKLOAD_PERMISSIONS = new Map<string, RequiredPermission[]>([
  ['deployments', [{ apiGroup: 'apps', resource: 'replicasets', verbs: ['list'] }]],
  // A StatefulSet waits forever for a broken pod, so a rollback deletes it (adapters/kubernetes/rollout/statefulset-rollback.ts).
  ['statefulsets', [LIST_CONTROLLER_REVISIONS, { apiGroup: '', resource: 'pods', verbs: ['delete'] }]],
  ['daemonsets', [LIST_CONTROLLER_REVISIONS]],
])

/**
 * What Helm needs for the objects of a release. It reads, creates and patches each (Helm 4 applies, which is a patch), and
 * deletes those that the next revision omits. Helm 3 watches the Jobs and Pods of hooks, Helm 4 every hook.
 */
export function objectPermissions(objects: readonly ReleaseObject[], major: '3' | '4'): RequiredPermission[] {
  return objects.flatMap(({ apiGroup, resource, name, hook }) => {
    const isWatched = hook && (major === '4' || resource === 'jobs' || resource === 'pods')
    return [
      { apiGroup, resource, verbs: ['get', 'patch', 'delete'], name },
      { apiGroup, resource, verbs: ['create', ...(isWatched ? ['list', 'watch'] : [])] },
      ...((apiGroup === 'apps' && !hook && WORKLOAD_PERMISSIONS.get(resource)) || []),
    ]
  })
}

const VERB_ORDER = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']

/** The rules that a Role lacks, ready to paste into it; empty: none. */
export function missingRules(rules: readonly Rule[], required: readonly RequiredPermission[]): string[] {
  const byResource = Map.groupBy(required, ({ apiGroup, resource }) => `${apiGroup} ${resource}`)
  const lacking = [...byResource].map(([key, permissions]) => {
    const [apiGroup = '', resource = ''] = key.split(' ')
    const isMissing = (verb: string) =>
      permissions.some((each) => each.verbs.includes(verb) && !rules.some((rule) => allows(rule, each, verb)))
    return { apiGroup, resource, verbs: VERB_ORDER.filter(isMissing) }
  })
  const byVerbs = Map.groupBy(
    lacking.filter(({ verbs }) => verbs.length > 0),
    ({ apiGroup, verbs }) => `${apiGroup} ${formatList(verbs)}`,
  )
  return [...byVerbs].map(([key, alike]) => {
    const [apiGroup, ...verbs] = key.split(' ')
    const resources = formatList(alike.map(({ resource }) => resource))
    return `{apiGroups: ["${apiGroup}"], resources: ${resources}, verbs: ${verbs.join(' ')}}`
  })
}

function formatList(words: readonly string[]): string {
  return `[${words.map((word) => `"${word}"`).join(', ')}]`
}

function allows(rule: Rule, { apiGroup, resource, name }: RequiredPermission, verb: string): boolean {
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
