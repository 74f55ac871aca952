import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Test files that take minutes, longest first, so that no long file runs alone at the end. */
const LONGEST = [
  'retrain-workflow',
  'gate-workflows',
  'helm-deploy-lease',
  'helm-deploy-rollback-blocked',
  'reconcile',
  'fault-injection-sample',
  'gatekeeper-crash-recovery',
  'example-model',
  'rollback-workflow',
  'helm-deploy-smoke-test',
  'adopt-existing-release',
  'helm-deploy-rbac',
  'alerting',
  'chart-compatibility',
  'helm-chart-source',
  'helm-deploy-dry-run',
]

const rank = ({ moduleId }: TestSpecification) => {
  const place = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.system.test.ts`))
  return place < 0 ? LONGEST.length : place
}

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}
