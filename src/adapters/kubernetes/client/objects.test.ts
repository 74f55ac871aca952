import { expect, test } from 'vitest'
import { formatSelector } from './objects.ts'

test('a selector is formatted for kubectl', () => {
  expect(
    formatSelector({
      matchLabels: { app: 'digits', tier: 'model' },
      matchExpressions: [
        { key: 'a', operator: 'In', values: ['x', 'y'] },
        { key: 'b', operator: 'NotIn', values: ['z'] },
        { key: 'c', operator: 'Exists', values: [] },
        { key: 'd', operator: 'DoesNotExist', values: [] },
      ],
    }),
  ).toBe('app=digits,tier=model,a in (x,y),b notin (z),c,!d')
})
