import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { Neutraliser } from '../../domain/workflow-command.ts'

/**
 * Prints what somebody else's program says without letting it speak to the runner: workflow commands are stopped until
 * a token that only this object knows, and what looks like a command is broken up besides, since the runner reads
 * stdout and stderr side by side.
 */
export class ShieldedOutput {
  readonly #out: Writable
  readonly #token = randomBytes(16).toString('hex')
  readonly #neutraliser = new Neutraliser()
  #inLine = false

  constructor(out: Writable) {
    this.#out = out
    this.#out.write(`::stop-commands::${this.#token}\n`)
  }

  /** Settles when the reader has kept up, so that nothing piles up here. */
  async write(text: string): Promise<void> {
    if (text === '') return
    this.#inLine = !/[\n\r]$/.test(text)
    if (!this.#out.write(this.#neutraliser.push(text))) await once(this.#out, 'drain')
  }

  /** Ends a line before another writer goes on. */
  async endLine(): Promise<void> {
    if (this.#inLine) await this.write('\n')
  }

  /** From here on commands count again. */
  release(): void {
    this.#out.write(`${this.#inLine ? '\n' : ''}::${this.#token}::\n`)
  }
}
