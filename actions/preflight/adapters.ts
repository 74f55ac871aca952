import { readHelmVersion, renderChart } from '../../src/adapters/helm/helm.ts'
import { readKubectlVersion } from '../../src/adapters/kubernetes/client/connection.ts'
import { openRelease } from '../../src/adapters/kubernetes/release/release.ts'
import { openMlflow } from '../../src/release/registry/connect.ts'
import type { Inputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'

export type PreflightInputs = Inputs<typeof contract>

export const systemAdapters = { openRelease, openMlflow, readHelmVersion, readKubectlVersion, renderChart }
export type Adapters = typeof systemAdapters
