import { describe, expect, it } from 'vitest'
import { describeBestEstimator, findBestEstimator, formatModels } from './select-model.ts'

const named = (...names: string[]) => names.map((name, index) => ({ id: `m-${index + 1}`, name }))
const fitted = (estimator_class: string) => ({ estimator_class })
const GRID = fitted('sklearn.model_selection._search.GridSearchCV')

describe('the best estimator of a search', () => {
  it.each([
    ['in any order', named('model', 'best_estimator'), GRID, 'm-2'],
    ['in any order', named('best_estimator', 'model'), GRID, 'm-1'],
    [
      'of a random search',
      named('model', 'best_estimator'),
      fitted('sklearn.model_selection._search.RandomizedSearchCV'),
      'm-2',
    ],
    [
      'of another module of scikit-learn',
      named('model', 'best_estimator'),
      fitted('sklearn.model_selection.GridSearchCV'),
      'm-2',
    ],
  ])('is found %s', (_case, models, tags, id) => {
    expect(findBestEstimator(models, tags)?.model.id).toBe(id)
  })

  it.each([
    ['beside a third model', named('model', 'best_estimator', 'final'), GRID],
    ['of two searches', named('model', 'best_estimator', 'model', 'best_estimator'), GRID],
    ['without the search', named('best_estimator', 'other'), GRID],
    ['twice', named('best_estimator', 'best_estimator'), GRID],
    ['alone', named('best_estimator'), GRID],
    ['by a name like it', named('model', 'best_estimator_2'), GRID],
    ['of an estimator that was fitted later', named('model', 'best_estimator'), fitted('sklearn.svm.SVC')],
    ['of a class of the user', named('model', 'best_estimator'), fitted('my.GridSearchCV')],
    [
      'of a class with such an end',
      named('model', 'best_estimator'),
      fitted('sklearn.model_selection.MyGridSearchCV'),
    ],
    ['without autologging', named('model', 'best_estimator'), {}],
  ])('is not guessed: %s', (_case, models, tags) => {
    expect(findBestEstimator(models, tags)).toBeUndefined()
  })

  it('is named in a sentence, with the search', () => {
    const best = findBestEstimator(named('model', 'best_estimator'), GRID)
    expect(best && describeBestEstimator(best)).toMatch(/of GridSearchCV, .*\(best_estimator, m-2\) is taken/)
  })
})

it('lists ten of many models', () => {
  expect(formatModels(named('a"b', 'c'))).toBe(String.raw`"a\"b" (m-1), "c" (m-2)`)
  expect(formatModels(named(...'abcdefghijkl'))).toMatch(/"j" \(m-10\), and 2 more$/)
})
