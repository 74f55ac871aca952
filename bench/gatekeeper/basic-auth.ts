import type { Benchmark } from '../benchmark.ts'
import { withBasicAuthServer } from './basic-auth-server.ts'
import { candidatesNeeded, compareWithPython, seedCandidates } from './candidates.ts'

/** Few, because logging a model takes seconds on this server. */
const PAIRS = 3

/** Measures both on a server with MLflow's basic-auth. It hashes the password at each request, so each request is slow. */
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
