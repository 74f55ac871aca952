import { MAX_SUITE_BYTES, measureSuiteBytes } from '../scripts/check/suite-size.ts'
import type { Benchmark } from './benchmark.ts'

export const measureSize: Benchmark = async () => {
  const bytes = measureSuiteBytes()
  return [
    {
      name: 'the suite, as every job downloads it',
      figure: `${(bytes / 1e6).toFixed(2)} MB gzipped`,
      target: `at most ${MAX_SUITE_BYTES / 1e6} MB`,
      isMet: bytes <= MAX_SUITE_BYTES,
    },
  ]
}
