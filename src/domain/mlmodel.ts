/**
 * Keys of an MLmodel file that name the training, the registration or the tool rather than the model: they differ
 * between two trainings that made the same model. All others say how it is loaded and called, and count.
 */
const ABOUT_THE_TRAINING: ReadonlySet<string> = new Set([
  'artifact_path',
  'mlflow_version',
  'model_id',
  'model_size_bytes',
  'model_uuid',
  'run_id',
  'saved_input_example_info',
  'utc_time_created',
])

/** What an MLmodel file, parsed, says of the model itself: one text for equal contents, in whatever order they stand. */
export function loadingOf(mlmodel: unknown): string {
  if (typeof mlmodel !== 'object' || mlmodel === null || Array.isArray(mlmodel))
    return JSON.stringify(mlmodel ?? null)
  const own = Object.entries(mlmodel).filter(([key]) => !ABOUT_THE_TRAINING.has(key))
  return sorted(Object.fromEntries(own))
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (typeof each !== 'object' || each === null || Array.isArray(each)) return each
    return Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
