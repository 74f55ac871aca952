import { isAbsolute, relative, resolve, sep } from 'node:path'
import * as z from 'zod'
import { connectGitHub, type GitHub } from '../../src/adapters/github/github.ts'
import { UserError } from '../../src/domain/failure.ts'
import { canonical } from '../../src/domain/gate/canonical.ts'
import type { GatePolicy } from '../../src/domain/gate/policy.ts'
import { oneLine } from '../../src/domain/one-line.ts'
import type { Context } from '../../src/runtime/context.ts'
import { shown } from '../../src/runtime/fields.ts'
import { type PolicyInputs, policyOf, type ReadPolicy } from './policy.ts'

/** Whether a policy is the one that the repository's owners agreed on; with how that is known, or why it does not count. */
export type Standing = { counts: true; how: string } | { counts: false; why: string }

export interface StandingInputs extends PolicyInputs {
  'allow-policy-from-ref'?: boolean | undefined
  'github-token'?: string | undefined
}

/** These run the workflow of the default branch; run again, on the commit of it that they ran on the first time. */
const ALWAYS_DEFAULT = ['schedule', 'repository_dispatch']
/** These check out what GITHUB_REF says. Of others, such as pull_request_target, that is not certain. */
const OF_THEIR_REF = ['push', 'workflow_dispatch']

/**
 * A policy file counts only as it is on the default branch: otherwise whoever may push a branch could let a model
 * through by asking less of it; nor does one that is judged by files of the branch itself, which may show whatever is
 * asked. What stands in the workflow is as much under review as the gate itself.
 * @throws Fault where GitHub does not answer
 */
export async function policyStanding(
  read: ReadPolicy,
  inputs: StandingInputs,
  context: Context,
  github: (context: Context) => GitHub = (context) => connected(context, inputs['github-token']),
): Promise<Standing> {
  const { file } = read
  const { repository, event } = context.run
  if (file === undefined) return { counts: true, how: 'the policy stands in the workflow' }
  if (inputs['allow-policy-from-ref'])
    return { counts: true, how: 'allow-policy-from-ref lets the file of this ref count' }
  if (repository === '') return { counts: true, how: 'outside GitHub, there is no default branch' }
  if (ALWAYS_DEFAULT.includes(event)) return { counts: true, how: `${event} runs on the default branch` }
  const branch = defaultBranch(context)
  if (OF_THEIR_REF.includes(event) && branch && context.env.GITHUB_REF === `refs/heads/${branch}`)
    return { counts: true, how: 'this is the default branch' }

  const path = inRepository(file, context.workspace)
  if (path === undefined)
    return no(
      file,
      'lies outside the workspace, so that nothing of the default branch can be held against it',
    )
  const own = ofThisRef(read.policy)
  if (own.length > 0)
    return no(
      file,
      `is judged by files of the workspace: its ${own.join(' and ')} are those of this ref`,
      'judge on the default branch, or by artifacts of the runs',
    )
  const there = await github(context).fileOnDefaultBranch(repository, path)
  if (there === undefined)
    return no(file, 'is not on the default branch, or the token may not read it there (contents: read)')
  return compared(read, file, there, inputs)
}

function compared(read: ReadPolicy, file: string, there: string, inputs: PolicyInputs): Standing {
  try {
    const { policy } = policyOf({ text: there, where: 'the default branch' }, inputs)
    return canonical(policy) === canonical(read.policy)
      ? { counts: true, how: 'the file says the same on the default branch' }
      : no(file, "differs from the default branch's")
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return no(file, `cannot be read as it is on the default branch (${oneLine(error.message)})`)
  }
}

/** What the checkout supplies of the evidence, and with it whoever wrote the branch. */
function ofThisRef({ holdout, predictions }: GatePolicy): string[] {
  const given: [string, boolean][] = [
    ['holdout', holdout !== undefined && 'path' in holdout.source],
    ['training ids', holdout?.trainingIds !== undefined && 'path' in holdout.trainingIds],
    ['script', predictions?.kind === 'evaluate'],
    ['predictions', predictions?.kind === 'files'],
  ]
  return given.flatMap(([what, here]) => (here ? [what] : []))
}

function no(file: string, why: string, cure = 'merge it there'): Standing {
  return {
    counts: false,
    why: `the policy ${shown(file)} ${why}; ${cure}, or set allow-policy-from-ref: true`,
  }
}

/** Path from the repository's root on, where the workspace is its checkout. */
function inRepository(file: string, workspace: string): string | undefined {
  const path = relative(workspace, resolve(workspace, file))
  return path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path)
    ? undefined
    : path.replaceAll(sep, '/')
}

const eventSchema = z.object({ repository: z.object({ default_branch: z.string() }) })

function defaultBranch(context: Context): string | undefined {
  return eventSchema.safeParse(context.event()).data?.repository.default_branch
}

function connected(context: Context, token: string | undefined): GitHub {
  const base = context.env.GITHUB_API_URL ?? 'https://api.github.com'
  return connectGitHub({ base, token, env: context.env, cancelled: context.cancelled })
}
