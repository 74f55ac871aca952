import { conflictIn, FieldConflict } from '../../domain/field-conflict.ts'
import type { ClusterConnection } from './connection.ts'

/**
 * Whether Helm would fail over fields that others have set: the API server is asked to apply the same as the same field
 * manager, without doing it (Helm's own dry run asks for no more than a rendering). Undefined where Helm will not
 * apply on the server's side, or where this cannot be told beforehand.
 */
export async function conflictsWith(
  { helm, kubectl, release }: Pick<ClusterConnection, 'helm' | 'kubectl' | 'release'>,
  manifest: string,
): Promise<FieldConflict | undefined> {
  if (helm.major === '3' || helm.forcesConflicts) return undefined
  const dry = ['--server-side', '--dry-run=server', '--field-manager=helm', '--validate=ignore']
  const conflict = await kubectl.run(['apply', ...dry, '--output', 'name', '--filename', '-'], manifest).then(
    () => undefined,
    (error: unknown) => conflictIn(String(error)),
  )
  if (!conflict || !(await helm.appliesOnServer(release))) return undefined
  return new FieldConflict(release, conflict)
}
