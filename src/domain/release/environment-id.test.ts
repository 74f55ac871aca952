import { expect, test } from 'vitest'
import { formatEnvironmentId, formatEvidenceName, parseEnvironmentId } from './environment-id.ts'

const place = { namespace: 'ml', release: 'fraud' }

test('a release is identified by its environment, where one is given', () => {
  expect(formatEnvironmentId(place)).toBe('ml/fraud')
  expect(formatEnvironmentId({ ...place, environment: 'prod/eu' })).toBe('prod/eu/ml/fraud')
})

test.each([place, { ...place, environment: 'prod/eu' }])('%j is read from its id', (each) => {
  expect(parseEnvironmentId(formatEnvironmentId(each))).toEqual({ environment: undefined, ...each })
})

test.each(['', 'fraud', '/fraud', 'ml/'])('%j is no environment id', (text) => {
  expect(parseEnvironmentId(text)).toBeUndefined()
})

test('an evidence name has no character that an artifact name cannot have', () => {
  expect(formatEvidenceName(place, '8', 7)).toBe('rollout-evidence-ml.fraud-8-7')
  expect(formatEvidenceName({ ...place, environment: 'prod/eu: "a" | b' }, '8', 7)).toBe(
    'rollout-evidence-prod.eu-a-b.ml.fraud-8-7',
  )
})
