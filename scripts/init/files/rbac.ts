import { Document, isSeq, parse, parseAllDocuments, type YAMLMap, type YAMLSeq } from 'yaml'
import { missingRules, objectPermissions, type Rule } from '../../../src/domain/preflight/rbac.ts'
import type { Chart, ChartObject } from '../inspect/charts.ts'
import { printable } from '../settings/chooser.ts'

/** Groups of everyday kinds, for templates that compute their apiVersion. */
const GROUPS = new Map(
  Object.entries({
    apps: ['Deployment', 'StatefulSet', 'DaemonSet'],
    'networking.k8s.io': ['Ingress', 'NetworkPolicy'],
    autoscaling: ['HorizontalPodAutoscaler'],
    policy: ['PodDisruptionBudget'],
    batch: ['Job', 'CronJob'],
    'rbac.authorization.k8s.io': ['Role', 'RoleBinding'],
    'gateway.networking.k8s.io': ['HTTPRoute'],
  }).flatMap(([group, kinds]) => kinds.map((kind) => [kind, group] as const)),
)

/** The rules of examples/rbac for the kinds of its chart, by the resources. */
const EXAMPLE_KINDS = ['deployments', 'services', 'replicasets']

/** As in the files of this repository. */
const YAML_STYLE = { lineWidth: 0, flowCollectionPadding: false, singleQuote: true }

const HEAD = `# From examples/rbac/role.yaml of retrain-actions, filled in by its command npm run init.
# An administrator runs kubectl apply --filename retrain-rbac.yaml once. examples/rbac/README.md creates a kubeconfig from it.
`

/** Fills the namespace, and the kinds of the chart, into examples/rbac/role.yaml. */
export function renderRole(example: string, namespace: string, chart: Chart | undefined): string {
  const documents = parseAllDocuments(example.replace(/^(#.*\n)*/, ''))
  if ('empty' in documents) throw new Error('examples/rbac/role.yaml is empty')
  for (const document of documents) {
    document.setIn(['metadata', 'namespace'], namespace)
    if (document.hasIn(['subjects', 0])) document.setIn(['subjects', 0, 'namespace'], namespace)
    const rules = document.get('rules')
    if (isSeq<YAMLMap>(rules) && chart && chart.objects.length > 0) replaceKinds(rules, chart)
  }
  return HEAD + documents.map((document) => document.toString(YAML_STYLE)).join('')
}

/** Replaces the rules for the kinds of the example by those that the kinds of the chart need beside the other rules. */
function replaceKinds(rules: YAMLSeq<YAMLMap>, chart: Chart): void {
  rules.items = rules.items.filter(
    (item) => !(item.toJSON() as Rule).resources.some((name) => EXAMPLE_KINDS.includes(name)),
  )
  const required = objectPermissions(chart.objects.map(toReleaseObject), '4')
  for (const [index, rule] of missingRules(rules.toJSON() as Rule[], required).entries()) {
    const node = new Document(parse(rule)).contents as YAMLMap<unknown, YAMLSeq>
    // The style of the other rules.
    for (const { value } of node.items) if (value) value.flow = true
    if (index === 0) node.commentBefore = ` The kinds of the chart in ${printable(chart.path)}.`
    rules.add(node)
  }
}

function toReleaseObject({ apiGroup, kind, hook }: ChartObject) {
  const singular = kind.toLowerCase()
  const resource = /s$/.test(singular) ? `${singular}es` : `${singular.replace(/([^aeiou])y$/, '$1ie')}s`
  return { apiGroup: GROUPS.get(kind) ?? apiGroup, resource, name: 'any', hook }
}
