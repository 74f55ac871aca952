import { expect, test } from 'vitest'
import { formatEnvironmentId, formatEvidenceName } from './environment-id.ts'

const place = { namespace: 'ml', release: 'fraud' }

test('a release is identified by its environment, where one is given', () => {
  expect(formatEnvironmentId(place)).toBe('ml/fraud')
  expect(formatEnvironmentId({ ...place, environment: 'prod/eu' })).toBe('prod/eu/ml/fraud')
})

test('an evidence name has no character that an artifact name cannot have', () => {
  expect(formatEvidenceName(place, '8', 7)).toBe('rollout-evidence-ml.fraud-8-7')
  expect(formatEvidenceName({ ...place, environment: 'prod/eu: "a" | b' }, '8', 7)).toBe(
    'rollout-evidence-prod.eu-a-b.ml.fraud-8-7',
  )
})
