import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { repository } from '../../../../rig/paths.ts'
import type { Rule } from '../../../../src/domain/preflight/rbac.ts'
import type { Namespace } from './namespace.ts'

interface RoleObject {
  kind: string
  metadata: { name: string; namespace: string }
  rules?: Rule[]
  roleRef?: { name: string }
  subjects?: { name: string; namespace: string }[]
}

/** The objects of examples/rbac for a user with the least permissions. */
export function readPublishedRole(): RoleObject[] {
  const text = readFileSync(join(repository, 'examples/rbac/role.yaml'), 'utf8')
  return parseAllDocuments(text).map((document) => document.toJS())
}

export const readPublishedRules = (): Rule[] =>
  readPublishedRole().find(({ kind }) => kind === 'Role')?.rules ?? []

/**
 * Creates users of a namespace, each with the published objects but its own name, namespace and rules.
 * @returns their kubeconfigs, as text, in the same order
 */
export async function createUsers(
  space: Namespace,
  users: readonly { name: string; rules: readonly Rule[] }[],
): Promise<string[]> {
  const { namespace } = space
  const items = users.flatMap(({ name, rules }) =>
    readPublishedRole().map((object) => ({
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
  return tokens.map((token) => buildKubeconfig(space, { token }))
}

/** The rig's kubeconfig for another user, whose credentials these are. */
export function buildKubeconfig(space: Namespace, user: object): string {
  const config = parse(readFileSync(space.rig.kubernetes.kubeconfig, 'utf8'))
  return JSON.stringify({ ...config, users: [{ name: config.users[0].name, user }] }, null, 2)
}
