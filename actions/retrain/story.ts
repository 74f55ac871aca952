import type { Outcome } from '../../src/runtime/action.ts'
import type { Outputs } from '../../src/runtime/contract.ts'
import type { contract } from './contract.ts'
import { summaryOf } from './summary.ts'

export type Known = Partial<Outputs<typeof contract>>

/** What a part of the chain came to, in whatever outputs of its own. */
interface Part<O> {
  outputs: O
  summary?: string
  failure?: Error | undefined
}

/** What the chain knows so far. A part that fails has told what it knows before it ends the story. */
export class Story {
  readonly known: Known = {}
  readonly #details: string[] = []

  /** Keeps what a part found out, in outputs of the chain. @throws the part's failure */
  keep<O extends object>(part: Part<O>, as: (outputs: O) => Known): O {
    Object.assign(this.known, as(part.outputs))
    if (part.summary) this.#details.push(part.summary)
    if (part.failure) throw part.failure
    return part.outputs
  }

  end(reason: string, failure?: Error): Outcome<typeof contract> {
    const outputs = { ...this.known, reason }
    const summary = summaryOf(outputs, this.#details)
    return failure ? { outputs, summary, failure } : { outputs: complete(outputs), summary }
  }
}

/** A chain that ended early is complete, too: what it did not come to is empty. */
function complete(known: Known): Outputs<typeof contract> {
  const nothing = {
    ...{ 'model-name': '', reason: '', 'run-id': '', metrics: '', verdict: '' as const, 'model-version': '' },
    ...{ 'candidate-value': '', 'champion-value': '', report: '', outcome: '', 'live-model-version': '' },
    ...{ 'live-revision': '', 'failure-reason': '', evidence: '', 'champion-version': '' },
    ...{ 'previous-version': '', promoted: 'false' as const, 'judged-on': 'nothing' as const },
    ...{ 'rows-needed': '', 'consecutive-rejections': '', 'max-rejections-reached': 'false' as const },
  }
  return { ...nothing, ...known }
}
