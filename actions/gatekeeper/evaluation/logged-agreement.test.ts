import { describe, expect, it } from 'vitest'
import {
  answers,
  BAD,
  classFiles,
  evaluateFiles,
  GOOD,
  isYes,
  REFRESH,
} from '../../../test/fakes/gate-files.ts'

const CLASSES = ['0', '1'] as const
const compare = (candidate = GOOD, champion = BAD) =>
  classFiles(CLASSES, CLASSES, CLASSES, { candidate, champion })
const accuracy = (candidate: number, champion: number) => {
  return { candidate: { accuracy: candidate }, champion: { accuracy: champion } }
}

describe('values from predictions, and those that the runs logged', () => {
  it.each([
    ['the same data', 0.95, 0.8],
    ['other data of about the same difficulty', 0.93, 0.84],
    ['data on which the champion was better', 0.88, 0.89],
  ])('of %s agree without a note', async (_, candidate, champion) => {
    const { verdict, notes } = await evaluateFiles(
      compare(),
      { metric: 'accuracy' },
      accuracy(candidate, champion),
    )
    expect(verdict).toBe('promote')
    expect(notes).not.toContain('its run logged')
  })

  it('fit the other way round if the files are swapped: never a yes, never a no', async () => {
    for (const [candidate, champion] of [
      [0.8, 0.95],
      [0.81, 0.94],
    ] as const)
      for (const [files, logged] of [
        [compare(), accuracy(candidate, champion)],
        [compare(BAD, GOOD), accuracy(champion, candidate)],
      ] as const)
        expect(await evaluateFiles(files, { metric: 'accuracy' }, logged)).toMatchObject({
          verdict: 'inconclusive',
          reason: expect.stringMatching(/^accuracy: the predictions of the two models look swapped: .*Check/),
        })
  })

  it('of another scale or of other data cause a note for each model', async () => {
    const { verdict, notes } = await evaluateFiles(compare(), { metric: 'accuracy' }, accuracy(95, 0.55))
    expect(verdict).toBe('promote')
    expect(notes).toContain('accuracy of the candidate is 0.95 from its predictions, but its run logged 95,')
    expect(notes).toContain('accuracy of champion 1 is 0.8 from its predictions, but its run logged 0.55')
  })

  it('count under exactly the name of the metric', async () => {
    const logged = { candidate: { val_accuracy: 0.1 }, champion: { training_accuracy: 0.1 } }
    expect((await evaluateFiles(compare(), { metric: 'accuracy' }, logged)).notes).not.toContain('logged 0.1')
  })

  it('cause no note if the champion of few rows differs by chance', async () => {
    const files = compare(GOOD, (row) => row % 10 === 3)
    const { notes } = await evaluateFiles(files, { metric: 'accuracy' }, accuracy(0.95, 0.83))
    expect(notes).not.toContain('its run logged')
  })
})

describe('a champion whose predictions are those of other rows', () => {
  const other = (row: number) => answers(...CLASSES)((row * 7 + 1) % 400)
  const files = { ...compare(), champion: { prediction: other } }

  it('is incomparable if its run logged a good value', async () => {
    for (const keys of [{}, REFRESH])
      expect(
        await evaluateFiles(
          files,
          { metric: 'balanced_accuracy', ...keys },
          {
            champion: { balanced_accuracy: 0.92 },
          },
        ),
      ).toMatchObject({
        verdict: 'inconclusive',
        reason: expect.stringMatching(
          /know nothing about these rows \(0\.\d+\), although its run logged 0\.92/,
        ),
      })
  })

  it('is a useless champion if its run logged the like', async () => {
    const logged = { champion: { balanced_accuracy: 0.5 } }
    expect((await evaluateFiles(files, { metric: 'balanced_accuracy' }, logged)).verdict).toBe('promote')
  })

  it('is incomparable with numbers, too', async () => {
    const label = (row: number) => ((row * 7919) % 400) / 400
    const numbers = {
      holdout: { label },
      candidate: { prediction: (row: number) => label(row) + 0.01 * (row % 7) },
      champion: { prediction: (row: number) => label((row * 37 + 11) % 400) },
    }
    const evaluate = (mae: number) => evaluateFiles(numbers, { metric: 'mae' }, { champion: { mae } })
    expect(await evaluate(0.02)).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('although its run logged 0.02'),
    })
    expect((await evaluate(0.33)).verdict).toBe('promote')
  })
})

describe('a champion that has become bad since its run', () => {
  const isRare = (row: number) => Number(row % 10 === 0)
  /** Wrong on a share of the rows of each class. */
  const rare = (share: number) => (row: number) => {
    return Math.floor(row / 10) % 20 < 20 * share ? 1 - isRare(row) : isRare(row)
  }
  const files = { holdout: { label: isRare }, candidate: { prediction: rare(0.1) } }

  it.each([
    ['balanced_accuracy', 0.35, 0.92],
    ['f1', 0.25, 0.9],
    ['f1_macro', 0.25, 0.9],
    ['accuracy', 0.35, 0.92],
  ])('is replaced, with a note: %s', async (metric, wrong, logged) => {
    const { verdict, notes } = await evaluateFiles(
      { ...files, champion: { prediction: rare(wrong) } },
      { metric },
      { champion: { [metric]: logged } },
    )
    expect(verdict).toBe('promote')
    expect(notes).toContain(`but its run logged ${logged},`)
  })

  it('is replaced if the labels follow its numbers still', async () => {
    const label = (row: number) => 100 + ((row * 37) % 20)
    const numbers = {
      holdout: { label },
      candidate: { prediction: (row: number) => label(row) + (row % 3) },
      champion: { prediction: (row: number) => 110 + 3 * (label(row) - 110) },
    }
    const { verdict, notes } = await evaluateFiles(numbers, { metric: 'mae' }, { champion: { mae: 1 } })
    expect(verdict).toBe('promote')
    expect(notes).toContain('of the champion is worse than a constant')
  })

  it('causes a note if it is not clearly better than chance, although its run logged no value', async () => {
    const { verdict, notes } = await evaluateFiles(
      { ...files, champion: { prediction: rare(0.5) } },
      { metric: 'balanced_accuracy' },
    )
    expect(verdict).toBe('promote')
    expect(notes).toContain('0.5 (chance: 0.5) of the champion is not clearly better than chance. Check')
  })

  it('is replaced if it finds none of a few positive rows', async () => {
    const isPositive = (row: number) => Number(row % 80 === 0)
    const few = {
      holdout: { label: isPositive },
      candidate: { prediction: isPositive },
      champion: { prediction: (row: number) => Number(row === 7) },
    }
    const { verdict, notes } = await evaluateFiles(few, { metric: 'f1' }, { champion: { f1: 0.3 } })
    expect(verdict).toBe('promote')
    expect(notes).not.toContain('its run logged')
  })
})

describe('predictions of both models that are identical', () => {
  const files = compare(GOOD, GOOD)

  it('promote nothing, since the script may not read MODEL_URI', async () => {
    expect(await evaluateFiles(files, { metric: 'accuracy', ...REFRESH })).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringMatching(/identical on every row\. .*MODEL_URI\. If both .* proba_<class>/),
    })
    expect(await evaluateFiles(files, { metric: 'accuracy' })).toMatchObject({
      verdict: expect.stringMatching(/^(reject|inconclusive)$/),
      notes: expect.stringContaining('identical on every row. Are they of two models?'),
    })
  })

  it('are two models if their probabilities differ', async () => {
    const proba = (noise: number) => (row: number) => 0.2 + 0.5 * Number(isYes(row)) + noise * (row % 7)
    const withProbabilities = (noise: number) => {
      return {
        proba_0: (row: number) => 1 - proba(noise)(row),
        proba_1: proba(noise),
        prediction: answers(...CLASSES, GOOD),
      }
    }
    const two = { ...files, candidate: withProbabilities(0.01), champion: withProbabilities(0.02) }
    expect((await evaluateFiles(two, { metric: 'accuracy', ...REFRESH })).verdict).toBe('promote')
  })
})
