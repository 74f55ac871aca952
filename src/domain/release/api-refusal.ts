/** Why the API server refuses an object: the same words in kubectl, Helm 3 and Helm 4. */
export interface ApiRefusal {
  reason:
    | 'ImmutableField'
    /** The cluster has no such kind, or not in this API version. */
    | 'UnknownKind'
    /** A webhook, a policy or an admission plugin. */
    | 'Denied'
    /** A value that no object of the kind may have. */
    | 'Invalid'
  /** Job; jobs or jobs.batch where the API server says that; empty where it names no object. */
  kind: string
  name: string
  /** spec.template; empty where the API server names none. */
  field: string
  /** The refused value; empty for an object or a long text. */
  value: string
  /** The API server's reason on one line, without dumps of objects. */
  message: string
}

export const describeUnknownKind = (kind: string, apiVersion: string): string =>
  `the cluster has no kind ${kind} in version ${apiVersion}`

/** A refusal as a clause without a full stop: `Job digits-init: spec.template: field is immutable`. */
export function formatApiRefusal({ kind, name, field, value, message }: ApiRefusal): string {
  const subject = name ? `${kind} ${name}` : kind
  const at = field && (value ? `${field} ${value}` : field)
  return [subject, at, message.replace(/\.$/, '')].filter(Boolean).join(': ')
}

/** How a refused object is made acceptable, as sentences with a command. @param namespace the release's */
export function apiRefusalHint(refusal: ApiRefusal, namespace: string): string {
  const command = replaceCommand(refusal, namespace)
  return `${apiRefusalAdvice(refusal)}${command && ` To replace it, run "${command}".`}`
}

/** What to change in the chart. */
export function apiRefusalAdvice({
  reason,
  kind,
  field,
  message,
}: Pick<ApiRefusal, 'reason' | 'kind' | 'field' | 'message'>): string {
  if (reason === 'UnknownKind')
    return 'Install its CRD, or use an API version that "kubectl api-resources" lists.'
  if (reason === 'Denied')
    return 'Change the object as the message says, or ask the administrators of the policy.'
  if (reason === 'Invalid')
    return message.startsWith('duplicate entries')
      ? 'Keep one of the entries in the chart, values or values-files: Helm 4 applies on the server, which accepts each once.'
      : 'Correct the value in the chart, values or values-files.'
  if (kind === 'Job')
    return 'Make the Job a hook (annotation helm.sh/hook: pre-upgrade), put the version into its name, or give it the same values for all versions.'
  if (/^PersistentVolume(Claim)?$/.test(kind)) return 'Leave the field as it is: the object holds data.'
  if (kind === 'ConfigMap' || (kind === 'Secret' && field !== 'type'))
    return 'Put the version into its name, or leave immutable out.'
  return 'Leave the field as it is, or give the object another name.'
}

/** The command after which Helm creates the object again; empty where that loses data, or helps nothing. */
function replaceCommand({ reason, kind, name }: ApiRefusal, namespace: string): string {
  if (reason !== 'ImmutableField' || /^(PersistentVolume(Claim)?|StorageClass)$/.test(kind)) return ''
  // The pods of a StatefulSet keep running meanwhile.
  const cascade = kind === 'StatefulSet' ? ' --cascade=orphan' : ''
  return `kubectl delete ${kind.toLowerCase()} ${name} --namespace ${namespace}${cascade}`
}
