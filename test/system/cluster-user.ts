import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { repository } from '../../rig/places.ts'
import type { Rule } from '../../src/domain/rollout-rights.ts'
import type { Namespace } from './helm-releases.ts'

interface RoleObject {
  kind: string
  metadata: { name: string; namespace: string }
  rules?: Rule[]
  roleRef?: { name: string }
  subjects?: { name: string; namespace: string }[]
}

/** The objects that we publish for a user with the fewest rights, as they stand in examples/rbac. */
export function publishedRole(): RoleObject[] {
  const text = readFileSync(join(repository, 'examples/rbac/role.yaml'), 'utf8')
  return parseAllDocuments(text).map((document) => document.toJS())
}

export const publishedRules = (): Rule[] => publishedRole().find(({ kind }) => kind === 'Role')?.rules ?? []

/**
 * Makes users of a namespace, each with the published objects but for name, namespace and rules.
 * @returns their kubeconfigs, as text, in the same order
 */
export async function usersWith(
  space: Namespace,
  users: readonly { name: string; rules: readonly Rule[] }[],
): Promise<string[]> {
  const { namespace } = space
  const items = users.flatMap(({ name, rules }) =>
    publishedRole().map((object) => ({
      ...object,
      metadata: { name, namespace },
      ...(object.rules && { rules }),
      ...(object.roleRef && { roleRef: { ...object.roleRef, name } }),
      ...(object.subjects && { subjects: object.subjects.map((each) => ({ ...each, name, namespace })) }),
    })),
  )
  await space.apply({ apiVersion: 'v1', kind: 'List', items })
  const tokens: string[] = []
  for (const { name } of users) tokens.push((await space.kubectl('create', 'token', name)).trim())
  return tokens.map((token) => kubeconfigWith(space, { token }))
}

/** The rig's kubeconfig for another user, whose credentials these are. */
export function kubeconfigWith(space: Namespace, user: object): string {
  const config = parse(readFileSync(space.rig.kubernetes.kubeconfig, 'utf8'))
  return JSON.stringify({ ...config, users: [{ name: config.users[0].name, user }] }, null, 2)
}
