import * as z from 'zod'
import { UserError } from '../../domain/failure.ts'
import {
  missingRules,
  type Need,
  objectNeeds,
  ownNeeds,
  type Plan,
  type Rule,
} from '../../domain/rollout-rights.ts'
import type { ClusterConnection } from './connection.ts'
import type { Kubectl } from './kubectl.ts'
import { marksName } from './marks.ts'
import { objectsIn, type Resource, resourcesOf } from './release-objects.ts'

const strings = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? [])
const review = z.object({
  status: z.object({
    incomplete: z.boolean().default(false),
    resourceRules: z
      .array(z.object({ apiGroups: strings, resources: strings, verbs: strings, resourceNames: strings }))
      .nullish(),
  }),
})

/**
 * Whether the user may do all that a rollout is going to do, ours and what Helm does to the objects of these manifests.
 * @throws UserError with every rule that is missing, before anything is touched
 */
export async function checkRights(
  { helm, kubectl, namespace, release }: ClusterConnection,
  plan: Omit<Plan, 'marks'>,
  manifests: readonly Promise<string>[],
): Promise<void> {
  const [rules, ...texts] = await Promise.all([rulesIn(kubectl, namespace), ...manifests])
  // An authorizer that cannot list its rules (a cloud's own, say) leaves them out; then only trying tells.
  if (rules === undefined) return
  const objects = await resourcesOf(kubectl, texts.flatMap(objectsIn), namespace)
  const of = (place: string | undefined): Need[] =>
    objectNeeds(
      objects.filter((each) => each.namespace === place),
      helm.major,
    )
  const here = missingRules(rules, [...ownNeeds({ marks: marksName(release), ...plan }), ...of(namespace)])
  const elsewhere = othersOf(objects, namespace).map(async (other) => {
    const theirs = await rulesIn(kubectl, other)
    return said(
      `in namespace ${other}. Add to its Role there:`,
      theirs ? missingRules(theirs, of(other)) : [],
    )
  })
  const problems = [
    said(`in namespace ${namespace}. Add to its Role:`, here),
    ...(await Promise.all(elsewhere)),
    said(
      'on objects of the whole cluster that the chart holds. Take them out of it, for an administrator to install, or let the user have a ClusterRole with:',
      missingRules(rules, of(undefined)),
    ),
  ].filter((problem) => problem !== '')
  if (problems.length > 0) throw new UserError(problems.join('\n'))
}

function othersOf(objects: readonly Resource[], own: string): string[] {
  return [...new Set(objects.flatMap(({ namespace }) => namespace ?? []))].filter((each) => each !== own)
}

function said(where: string, missing: readonly string[]): string {
  if (missing.length === 0) return ''
  return `The kubeconfig's user lacks rights ${where}\n${missing.map((rule) => `- ${rule}`).join('\n')}`
}

/** Asks the API server, in one question that everybody may ask. Undefined where it cannot tell all. */
async function rulesIn(kubectl: Kubectl, namespace: string): Promise<Rule[] | undefined> {
  const question = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    spec: { namespace },
  }
  const { status } = review.parse(await kubectl.create(question))
  return status.incomplete ? undefined : (status.resourceRules ?? [])
}
