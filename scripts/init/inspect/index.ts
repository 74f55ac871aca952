import type { Repository } from '../repository.ts'
import { type Chart, findCharts } from './charts.ts'
import { type Evaluation, findEvaluationFiles } from './evaluation-files.ts'
import { findPythonVersion } from './installation.ts'
import { type PreviousSettings, readPreviousSettings } from './previous-settings.ts'
import { findTrackingAddresses, type TrackingAddress } from './tracking-addresses.ts'
import { findTrainingScripts, type TrainingScript } from './training-scripts.ts'
import { type ExistingWorkflow, findWorkflows } from './workflows.ts'

/** What a repository says about the training and the deployment of its model. */
export interface Inspection {
  scripts: readonly TrainingScript[]
  notebooks: readonly string[]
  python: { version: string; source: string } | undefined
  charts: readonly Chart[]
  addresses: readonly TrackingAddress[]
  evaluation: Evaluation
  workflows: readonly ExistingWorkflow[]
  previous: PreviousSettings
}

/** @param suite owner/name of this repository */
export function inspectRepository(repository: Repository, suite: string): Inspection {
  return {
    scripts: findTrainingScripts(repository),
    notebooks: [...repository.files.keys()].filter((path) => path.endsWith('.ipynb')),
    python: findPythonVersion(repository),
    charts: findCharts(repository),
    addresses: findTrackingAddresses(repository),
    evaluation: findEvaluationFiles(repository),
    workflows: findWorkflows(repository, suite),
    previous: readPreviousSettings(repository, suite),
  }
}
