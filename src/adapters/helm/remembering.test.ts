import { describe, expect, it } from 'vitest'
import type { Revision } from '../../domain/history.ts'
import type { Helm } from './helm.ts'
import { remembering } from './remembering.ts'

/** Counts what is asked of it. */
function asked(updated: () => string) {
  const calls: string[] = []
  const revision = (): Revision => ({
    revision: 1,
    updated: updated(),
    status: 'deployed',
    chart: '',
    description: '',
  })
  const helm = {
    history: async () => [revision()],
    async values(release: string, of: number, all: boolean) {
      calls.push(`values ${release} ${of} ${all}`)
      return { at: updated() }
    },
    async manifest(release: string, of?: number) {
      calls.push(`manifest ${release} ${of ?? 'newest'}`)
      if (calls.length === 1 && of === 9) throw new Error('away')
      return `made at ${updated()}`
    },
  } as Partial<Helm> as Helm
  return { helm: remembering(helm), calls }
}

describe('remembering', () => {
  it('asks for a revision once, and for its values with and without defaults', async () => {
    const { helm, calls } = asked(() => 't1')
    await Promise.all([helm.manifest('digits', 1), helm.manifest('digits', 1)])
    await helm.manifest('digits', 1)
    for (const all of [true, false, true]) await helm.values('digits', 1, all)
    expect(calls).toEqual(['manifest digits 1', 'values digits 1 true', 'values digits 1 false'])
  })

  it('asks for the newest each time, and for another revision or release', async () => {
    const { helm, calls } = asked(() => 't1')
    await helm.manifest('digits')
    await helm.manifest('digits')
    await helm.manifest('digits', 2)
    await helm.manifest('letters', 2)
    expect(calls).toHaveLength(4)
  })

  it('asks again where history shows another revision under the number', async () => {
    let time = 't1'
    const { helm, calls } = asked(() => time)
    await helm.manifest('digits', 1)
    await helm.history('digits')
    expect(await helm.manifest('digits', 1)).toBe('made at t1')
    expect(calls).toHaveLength(1)
    time = 't2'
    await helm.history('digits')
    expect(await helm.manifest('digits', 1)).toBe('made at t2')
    expect(await helm.values('digits', 1, true)).toEqual({ at: 't2' })
  })

  it('asks again what failed', async () => {
    const { helm } = asked(() => 't1')
    await expect(helm.manifest('digits', 9)).rejects.toThrow('away')
    expect(await helm.manifest('digits', 9)).toBe('made at t1')
  })
})
