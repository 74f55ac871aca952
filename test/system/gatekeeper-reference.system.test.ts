import { expect, it } from 'vitest'
import { compareWithReference } from '../reference/compare.ts'

const CASES = 500

it('reports the numbers of pandas and scikit-learn, or none', async () => {
  const { compared, disagreements } = await compareWithReference(1, CASES)
  expect(disagreements.join('\n\n')).toBe('')
  // Fewer would mean that the gate, or the generator, lets hardly any case be measured.
  expect(compared / CASES).toBeGreaterThan(0.4)
})
