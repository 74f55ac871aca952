import type { Benchmark } from '../benchmark.ts'
import { withBasicAuthServer } from './basic-auth-server.ts'
import { candidatesNeeded, compareWithPython, seedCandidates } from './candidates.ts'

/** Few, since logging a model takes seconds there. */
const PAIRS = 3

/** The same two behind MLflow's own passwords: there the server hashes at every request, and each of them counts. */
export const measureBasicAuth: Benchmark = async ({ folder, mlflow }) => {
  const { python } = await mlflow()
  return withBasicAuthServer(folder, python, async (server) => {
    const candidates = seedCandidates(server, candidatesNeeded(PAIRS))
    const { times, figure } = await compareWithPython(folder, server, candidates, PAIRS)
    return [
      {
        name: 'the same behind basic auth',
        figure,
        target: 'at least 2.5 times',
        isMet: times >= 2.5,
      },
    ]
  })
}
