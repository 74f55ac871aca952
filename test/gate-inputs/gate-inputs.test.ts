import { describe, expect, it } from 'vitest'
import { contract } from '../../actions/gatekeeper/contract.ts'
import { listPolicyKeys } from '../../scripts/generate/policy-table.ts'
import { allInputs } from '../../src/runtime/contract.ts'
import { runCase } from './gate-case.ts'
import { gateInputs } from './gate-inputs.ts'

const walk = (list: 'valid' | 'malformed') =>
  Object.values(gateInputs)
    .flat()
    .map((input) => [input.name, input, input[list]] as const)

const TIMEOUT_MS = 120_000

describe('an input of the gate', () => {
  it.each(walk('malformed'))(
    '%s: a malformed one is named, and promotes nothing',
    async (_, { put, places, verdict }, examples) => {
      expect(examples.length).toBeGreaterThanOrEqual(3)
      for (const example of examples) {
        const result = await runCase(put(example))
        const expected = { example, verdict, promotions: [], missingPlaces: [] }
        const missingPlaces = places(example).filter((place) => !result.message.includes(place))
        expect({ example, missingPlaces, ...result }).toEqual({ ...expected, message: result.message })
      }
    },
    TIMEOUT_MS,
  )

  it.each(walk('valid'))(
    '%s: a valid one is promoted',
    async (_, { put }, examples) => {
      expect(examples.length).toBeGreaterThanOrEqual(1)
      for (const example of examples)
        expect({ example, ...(await runCase(put(example))) }).toMatchObject({ example, verdict: 'promote' })
    },
    TIMEOUT_MS,
  )
})

describe('the table', () => {
  const names = (kind: string) => gateInputs[kind]?.map(({ name }) => name.replaceAll('`', '')) ?? []

  it('has each key of a policy', () => {
    // The keys of an artifact are among the files.
    const covered = [...names('policy'), ...names('files'), 'holdout.training_ids.path']
    expect(listPolicyKeys().filter((key) => !covered.includes(key))).toEqual([])
  })

  it('has each input of the action but credentials, which MLflow and GitHub read', () => {
    const credentials = /^(tracking-(username|password|token)|workspace|github-token)$/
    const inputs = Object.keys(allInputs(contract)).filter((name) => !credentials.test(name))
    expect(inputs.filter((name) => !names('inputs').includes(name))).toEqual([])
  })
})
