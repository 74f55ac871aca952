import { UserError } from '../core/errors.ts'

/** What else applies the objects of a release: Flux or Argo CD. */
export interface Controller {
  kind: 'HelmRelease' | 'Kustomization' | 'Application'
  name: string
  namespace: string
  /** Whether it would undo a deployment; `unknown`: it cannot be read. */
  state: 'active' | 'suspended' | 'unknown'
}

/** An object of the cluster, with what states its owner. */
export interface OwnedObject {
  kind: string
  metadata: {
    name: string
    namespace?: string | undefined
    labels: Readonly<Record<string, string>>
    annotations: Readonly<Record<string, string>>
  }
}

const FLUX_KINDS = [
  ['HelmRelease', 'helm.toolkit.fluxcd.io'],
  ['Kustomization', 'kustomize.toolkit.fluxcd.io'],
] as const

/** The controllers that objects are labelled with, each once. An annotation of Flux makes it leave an object alone. */
export function findControllers(objects: readonly OwnedObject[]): Omit<Controller, 'state'>[] {
  const found = objects.flatMap((object) => {
    const { labels, annotations } = object.metadata
    const flux = FLUX_KINDS.flatMap(([kind, group]) => {
      const { [`${group}/name`]: name, [`${group}/namespace`]: namespace = '' } = labels
      const isLeft =
        annotations[`${group}/reconcile`] === 'disabled' ||
        /^(?:ignore|ifnotpresent)$/i.test(annotations[`${group}/ssa`] ?? '')
      return name === undefined || isLeft ? [] : [{ kind, name, namespace }]
    })
    return [...flux, ...findApplication(object)]
  })
  return [...new Map(found.map((each) => [Object.values(each).join('/'), each])).values()]
}

/** Namespace of Argo CD's Applications, unless a tracking id names another one. */
const ARGO_CD_NAMESPACE = 'argocd'

/**
 * By the tracking id `fraud:apps/Deployment:ml/digits`. Argo CD ignores one that names another object, such as a copied one;
 * so does this.
 */
function findApplication({ kind, metadata }: OwnedObject): Omit<Controller, 'state'>[] {
  const id = metadata.annotations['argocd.argoproj.io/tracking-id'] ?? ''
  const [, application = '', tracked, name] = /^([^:]+):[^/:]*\/([^:/]+):[^/]*\/(.+)$/.exec(id) ?? []
  if (tracked !== kind || name !== metadata.name) return []
  const [, namespace = ARGO_CD_NAMESPACE, short = application] = /^([^_]+)_(.+)$/.exec(application) ?? []
  return [{ kind: 'Application', name: short, namespace }]
}

/** `HelmRelease ml/digits of Flux` */
export function formatController({ kind, name, namespace }: Omit<Controller, 'state'>): string {
  return `${kind} ${namespace}/${name} of ${kind === 'Application' ? 'Argo CD' : 'Flux'}`
}

/** The command after which the controller leaves the objects alone. */
export function suspendCommand({ kind, name, namespace }: Omit<Controller, 'state'>): string {
  return kind === 'Application'
    ? `argocd app set ${namespace}/${name} --sync-policy none`
    : `flux suspend ${kind.toLowerCase()} ${name} --namespace ${namespace}`
}

/** An object that Helm does not take over. */
export interface NotOwnedObject {
  kind: string
  name: string
}

interface ReleaseName {
  release: string
  namespace: string
}

/** Objects exist that are not the release's, so that Helm does not take them over. */
export class NotOwnedError extends UserError {
  readonly place: ReleaseName
  readonly object: NotOwnedObject
  /** @param existing objects of the chart in the cluster, where they were read */
  constructor(place: ReleaseName, object: NotOwnedObject, existing: readonly OwnedObject[] = []) {
    super(describeNotOwned(place, object, existing))
    this.place = place
    this.object = object
  }
}

const MANAGED_BY = 'app.kubernetes.io/managed-by'
const RELEASE_NAME = 'meta.helm.sh/release-name'
const RELEASE_NAMESPACE = 'meta.helm.sh/release-namespace'

/** Whether Helm would take the object into the release. */
function isOwned({ metadata: { labels, annotations } }: OwnedObject, { release, namespace }: ReleaseName) {
  return (
    labels[MANAGED_BY] === 'Helm' &&
    annotations[RELEASE_NAME] === release &&
    annotations[RELEASE_NAMESPACE] === namespace
  )
}

/** Whose the objects are, and how Helm may take them over. */
function describeNotOwned(
  place: ReleaseName,
  first: NotOwnedObject,
  existing: readonly OwnedObject[],
): string {
  const foreign = existing.filter((object) => !isOwned(object, place))
  const objects =
    foreign.length > 0 ? foreign.map(({ kind, metadata: { name } }) => ({ kind, name })) : [first]
  const names = objects.map(({ kind, name }) => `${kind} ${name}`).join(', ')
  const isOne = objects.length === 1
  const exist = `${names} ${isOne ? 'exists' : 'exist'} already`
  const other = foreign.find(({ metadata: { annotations } }) => annotations[RELEASE_NAME] !== undefined)
  const rename = "give the chart's objects other names (fullnameOverride, in many charts)"
  if (other) {
    const { [RELEASE_NAME]: release, [RELEASE_NAMESPACE]: namespace } = other.metadata.annotations
    return `Input release: ${exist} and ${isOne ? 'belongs' : 'belong'} to the release ${release} in namespace ${namespace}, so Helm does not take them into release ${place.release}. Set release to ${release}, or ${rename}.`
  }
  const controllers = findControllers(foreign)
  const owner = controllers.map(formatController).join(' and ') || describeTool(foreign)
  const stop = controllers.map((each) => `"${suspendCommand(each)}"`)
  const targets = objects.map(({ kind, name }) => `${kind.toLowerCase()}/${name}`).join(' ')
  const flags = `--overwrite --namespace ${place.namespace}`
  const commands = [
    ...stop,
    `"kubectl label ${targets} ${MANAGED_BY}=Helm ${flags}"`,
    `"kubectl annotate ${targets} ${RELEASE_NAME}=${place.release} ${RELEASE_NAMESPACE}=${place.namespace} ${flags}"`,
  ]
  return `Input release: ${exist}, made by ${owner}, so Helm does not take them into release ${place.release}. To let Helm adopt them, run ${commands.join(' and ')}, then re-run. To keep them, ${rename}.`
}

function describeTool(objects: readonly OwnedObject[]): string {
  const isApplied = objects.some(
    ({ metadata }) => metadata.annotations['kubectl.kubernetes.io/last-applied-configuration'] !== undefined,
  )
  return isApplied ? 'kubectl apply' : 'another tool than Helm'
}
