import type { Helm } from './helm.ts'

/**
 * The same Helm, but it asks for values and manifest of one revision once, since Helm never changes them. A number that
 * history shows with another time than before is another revision (of a release that was installed anew).
 */
export function remembering(helm: Helm): Helm {
  const seen = new Map<string, { updated: string; anew: number }>()
  const anew = (release: string, revision: number) => seen.get(`${release} ${revision}`)?.anew ?? 0
  const values = once((release: string, revision: number, all: boolean, _anew: number) =>
    helm.values(release, revision, all),
  )
  const manifest = once((release: string, revision: number, _anew: number) =>
    helm.manifest(release, revision),
  )
  return {
    ...helm,
    async history(release) {
      const history = await helm.history(release)
      for (const { revision, updated } of history) {
        const key = `${release} ${revision}`
        const before = seen.get(key)
        if (before?.updated !== updated) seen.set(key, { updated, anew: before ? before.anew + 1 : 0 })
      }
      return history
    },
    values: (release, revision, all) => values(release, revision, all, anew(release, revision)),
    manifest: (release, revision) =>
      revision === undefined ? helm.manifest(release) : manifest(release, revision, anew(release, revision)),
  }
}

/** The same question, asked once for each of its arguments; again where it failed. */
function once<A extends readonly unknown[], T>(ask: (...args: A) => Promise<T>): (...args: A) => Promise<T> {
  const answers = new Map<string, Promise<T>>()
  return (...args) => {
    const key = JSON.stringify(args)
    const known = answers.get(key)
    if (known) return known
    const asked = ask(...args)
    answers.set(key, asked)
    asked.catch(() => answers.delete(key))
    return asked
  }
}
