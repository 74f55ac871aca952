import { toClassName } from '../../table/cells.ts'

/** A number with a fraction, up to the zeros that it may end with. */
const FRACTION = /^([+-]?\d*\.\d*[1-9])0*$/

/**
 * Creates the function from a text of a column to the class that it means. Labels that are numbers have several spellings:
 * 1 and 1.0, 0.5 and 0.50. A column that writes one fraction with and without zeros at its end, such as 1.1 and 1.10, has
 * texts, such as versions: each text is then a class.
 * @param texts the texts of the column, as `toClassText` reads them
 * @param labelNames the class of each text of the label column; undefined for that column itself
 */
export function createClassNaming(
  texts: Iterable<string>,
  labelNames: ReadonlyMap<string, string> = new Map(),
): (text: string) => string {
  if (findTwoSpellings(labelNames.keys()) || findTwoSpellings(texts))
    return (text) => labelNames.get(text) ?? text
  return (text) => toClassName(text) ?? ''
}

/** Finds two texts that are one fraction, such as 1.1 and 1.10. */
export function findTwoSpellings(texts: Iterable<string>): readonly [string, string] | undefined {
  const spellings = new Map<string, string>()
  for (const text of texts) {
    const number = FRACTION.exec(text)?.[1]
    if (number === undefined) continue
    const known = spellings.get(number) ?? text
    if (known !== text) return [known, text]
    spellings.set(number, text)
  }
  return undefined
}
