import { LARGEST_SUITE, suiteSize } from '../suite-size.ts'
import type { Measurement } from './measurement.ts'

export const size: Measurement = async () => {
  const bytes = suiteSize()
  return [
    {
      what: 'the suite, as every job downloads it',
      figure: `${(bytes / 1e6).toFixed(2)} MB gzipped`,
      bar: `at most ${LARGEST_SUITE / 1e6} MB`,
      holds: bytes <= LARGEST_SUITE,
    },
  ]
}
