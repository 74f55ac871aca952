import type { Helm } from './helm.ts'

/**
 * The same Helm, but it asks for values and manifest of one revision once, since Helm never changes them. A number that
 * history shows with another time than before is another revision (of a release that was installed anew).
 */
export function remembering(helm: Helm): Helm {
  const times = new Map<string, string>()
  const timeOf = (release: string, revision: number) => times.get(`${release} ${revision}`) ?? ''
  const values = once((release: string, revision: number, all: boolean, _time: string) =>
    helm.values(release, revision, all),
  )
  const manifest = once((release: string, revision: number, _time: string) =>
    helm.manifest(release, revision),
  )
  return {
    ...helm,
    async history(release) {
      const history = await helm.history(release)
      for (const { revision, updated } of history) times.set(`${release} ${revision}`, updated)
      return history
    },
    values: (release, revision, all) => values(release, revision, all, timeOf(release, revision)),
    manifest: (release, revision) =>
      revision === undefined
        ? helm.manifest(release)
        : manifest(release, revision, timeOf(release, revision)),
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
