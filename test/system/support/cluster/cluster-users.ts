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

/** Reads the RBAC objects of examples/rbac for a user with minimal permissions. */
export function readPublishedRole(): RoleObject[] {
  const text = readFileSync(join(repository, 'examples/rbac/role.yaml'), 'utf8')
  return parseAllDocuments(text).map((document) => document.toJS())
}

export const readPublishedRules = (): Rule[] =>
  readPublishedRole().find(({ kind }) => kind === 'Role')?.rules ?? []

/**
 * Creates users in a namespace from the published objects, each with its own name and rules.
 * @returns their kubeconfigs as text, in the same order
 */
export async function createUsers(
  cluster: Namespace,
  users: readonly { name: string; rules: readonly Rule[] }[],
): Promise<string[]> {
  const { namespace } = cluster
  const items = users.flatMap(({ name, rules }) =>
    readPublishedRole().map((object) => ({
      ...object,
      metadata: { name, namespace },
      ...(object.rules && { rules }),
      ...(object.roleRef && { roleRef: { ...object.roleRef, name } }),
      ...(object.subjects && { subjects: object.subjects.map((each) => ({ ...each, name, namespace })) }),
    })),
  )
  await cluster.apply({ apiVersion: 'v1', kind: 'List', items })
  const tokens: string[] = []
  for (const { name } of users) tokens.push((await cluster.kubectl('create', 'token', name)).trim())
  return tokens.map((token) => buildKubeconfig(cluster, { token }))
}

/** Builds the rig's kubeconfig with other credentials. */
export function buildKubeconfig(cluster: Namespace, user: object): string {
  const config = parse(readFileSync(cluster.rig.kubernetes.kubeconfig, 'utf8'))
  return JSON.stringify({ ...config, users: [{ name: config.users[0].name, user }] }, null, 2)
}
