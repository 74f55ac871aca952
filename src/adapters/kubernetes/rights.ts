import * as z from 'zod'
import { UserError } from '../../domain/failure.ts'
import { missingRules } from '../../domain/rollout-rights.ts'
import type { Kubectl } from './kubectl.ts'
import { marksName } from './marks.ts'

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
 * Asks the API server, in one question that everybody may ask, what this user may do in the namespace.
 * @throws UserError with every rule that is missing, before a rollout begins for which it would be too late
 */
export async function checkRights(
  kubectl: Kubectl,
  {
    namespace,
    release,
    ...plan
  }: { namespace: string; release: string; asksPods: boolean; driver: string | undefined },
): Promise<void> {
  const question = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    spec: { namespace },
  }
  const { status } = review.parse(await kubectl.create(question))
  // An authorizer that cannot list its rules (a cloud's own, say) leaves them out; then only trying tells.
  if (status.incomplete) return
  const missing = missingRules(status.resourceRules ?? [], { marks: marksName(release), ...plan })
  if (missing.length === 0) return
  throw new UserError(
    `The kubeconfig's user lacks rights in namespace ${namespace}. Add to its Role:\n${missing.map((rule) => `- ${rule}`).join('\n')}`,
  )
}
