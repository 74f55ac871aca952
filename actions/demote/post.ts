import type { Context } from '../../src/runtime/context.ts'
import type { Inputs, State } from '../../src/runtime/contract.ts'
import { real } from '../promote/adapters.ts'
import { giveBack, type Reached } from '../promote/proving.ts'
import type { contract } from './contract.ts'

export const post = (
  state: State<typeof contract>,
  inputs: Inputs<typeof contract>,
  context: Context,
  adapters: Reached = real,
): Promise<void> => giveBack(state.held, { action: 'demote', inputs, context, adapters })
