import { inRace, race, seed } from './contenders.ts'
import type { Measurement } from './measurement.ts'
import { withPasswords } from './password-server.ts'

/** Few, since logging a model takes seconds there. */
const PAIRS = 3

/** The same two behind MLflow's own passwords: there the server hashes at every request, and each of them counts. */
export const basicAuth: Measurement = async ({ folder, mlflow }) => {
  const { python } = await mlflow()
  return withPasswords(folder, python, async (server) => {
    const candidates = seed(server, inRace(PAIRS))
    const { times, figure } = await race(folder, server, candidates, PAIRS)
    return [
      {
        what: 'the same behind basic auth',
        figure,
        bar: 'at least 2.5 times',
        holds: times >= 2.5,
      },
    ]
  })
}
