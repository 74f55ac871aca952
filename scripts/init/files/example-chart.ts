/** The name of the example, in its files. */
const EXAMPLE = 'digits'

/**
 * Renames the chart of examples/digits.
 * @param files text by the path in the chart
 * @param name of the new chart, a Kubernetes name
 * @returns text by the path in the chart
 */
export function renameExampleChart(files: ReadonlyMap<string, string>, name: string): Map<string, string> {
  return new Map(
    [...files].map(([path, text]) => [
      path,
      text
        .replaceAll(EXAMPLE, name)
        .replace(
          /# Build it from examples\/.*/,
          '# An image with your server and mlflow, as in examples/digits/serving of retrain-actions.',
        ),
    ]),
  )
}
