import { expect, test } from 'vitest'
import { findFixedModels } from './fixed-model.ts'

test.each([
  ['value: models:/churn/1', ['models:/churn/1']],
  ['value: "models:/churn@champion"', ['models:/churn@champion']],
  [
    'command: [serve, --model, models:/churn/Production, --again, models:/churn/Production]',
    ['models:/churn/Production'],
  ],
  ['value: models:/churn/7', []],
  ['value: models:/other/1', []],
  ['value: models:/churn-eu/1', []],
  ['value: models:/$(MODEL_NAME)/$(MODEL_VERSION)', []],
  ['value: models:/m-0f3e', []],
  ['value: churn/1', []],
])('%s has the fixed models %j beside version 7', (manifest, expected) => {
  expect(findFixedModels(manifest, 'churn', '7')).toEqual(expected)
})
