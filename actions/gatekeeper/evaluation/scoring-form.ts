import type { HoldoutPolicy } from '../../../src/domain/gate/criteria/gate-policy.ts'

/** What Python prints where a script looks for an MLflow server, or for a run or a model that only the server has. */
const REGISTRY_ERRORS: readonly RegExp[] = [
  /MLFLOW_TRACKING_URI|\/api\/2\.0\/mlflow/,
  /\b(localhost|127\.0\.0\.1)\b.{0,12}\b5000\b/,
  /\bmlruns\b|\bmlflow\.db\b/,
  /\bNo such (run|registered model)\b|\bNo versions of model\b|\bCannot retrieve experiment\b/i,
  /\bRun (with id=\S+|'\S+') not found\b/,
  /\b(registered model|model version|logged model)\b.{0,120}\bnot found\b/i,
]

/** Whether a line of a script's output shows that the script called an MLflow server. */
export function mentionsRegistry(line: string): boolean {
  return REGISTRY_ERRORS.some((error) => error.test(line))
}

export const REGISTRY_HINT =
  'Its output mentions the MLflow server, which it must not call: it gets the files of the model in the folder MODEL_URI, and no credentials of the registry'

/** A whole scoring script in Python. */
export function formatScoringScript({
  source,
  id,
  label,
}: Pick<HoldoutPolicy, 'source' | 'id' | 'label'>): string {
  const path = 'path' in source ? source.path : 'holdout.csv'
  const [file, idColumn, labelColumn] = [path, id, label].map((text) => JSON.stringify(text))
  return `import os, mlflow, pandas as pd
rows = pd.read_csv(${file}, dtype={${idColumn}: str}, index_col=${idColumn}).drop(columns=${labelColumn})
model = mlflow.pyfunc.load_model(os.environ["MODEL_URI"])
table = pd.DataFrame({"prediction": model.predict(rows)}, index=rows.index)
table.to_csv(os.environ["PREDICTIONS_PATH"], index_label=${idColumn})`
}
