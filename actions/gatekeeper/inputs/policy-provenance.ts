import { isAbsolute, relative, resolve, sep } from 'node:path'
import * as z from 'zod'
import { connectContents, type GitHubContents } from '../../../src/adapters/github/contents.ts'
import { UserError } from '../../../src/domain/core/errors.ts'
import { oneLine } from '../../../src/domain/core/text.ts'
import { canonicalizePolicy } from '../../../src/domain/gate/criteria/canonical-policy.ts'
import type { GatePolicy } from '../../../src/domain/gate/criteria/gate-policy.ts'
import { type LoadedPolicy, type PolicyInputs, parsePolicy } from '../../../src/policy/policy-inputs.ts'
import type { Context } from '../../../src/runtime/context.ts'
import { quote } from '../../../src/runtime/fields.ts'

/** Whether the policy is under review on the default branch, and the reason. */
export interface PolicyProvenance {
  trusted: boolean
  reason: string
}

const trusted = (reason: string): PolicyProvenance => ({ trusted: true, reason })

export interface ProvenanceInputs extends PolicyInputs {
  'allow-policy-from-ref'?: boolean | undefined
  'github-token'?: string | undefined
}

/** These events run the workflow of the default branch. A re-run uses the commit of the first run. */
const DEFAULT_BRANCH_EVENTS = ['schedule', 'repository_dispatch']
/** These events check out GITHUB_REF. Others, such as pull_request_target, may not. */
const CHECKED_OUT_REF_EVENTS = ['push', 'workflow_dispatch']
const eventSchema = z.object({ repository: z.object({ default_branch: z.string() }) })

/**
 * Checks that a policy file is the default branch's. Otherwise anyone who can push a branch could lower its criteria. A
 * policy that reads its holdout, script or predictions from the branch is untrusted too, since the branch could supply any
 * evidence. A policy in the workflow file is reviewed with the workflow.
 * @throws Fault if GitHub does not answer
 */
export async function checkPolicyProvenance(
  read: LoadedPolicy,
  inputs: ProvenanceInputs,
  context: Context,
  github: (context: Context) => GitHubContents = (context) =>
    connectForContext(context, inputs['github-token']),
): Promise<PolicyProvenance> {
  const { file } = read
  const { repository, event } = context.run
  if (file === undefined) return trusted('the policy is part of the workflow')
  if (inputs['allow-policy-from-ref']) return trusted('allow-policy-from-ref is set')
  if (repository === '') return trusted('there is no default branch outside GitHub')
  if (DEFAULT_BRANCH_EVENTS.includes(event)) return trusted(`${event} runs on the default branch`)
  const branch = eventSchema.safeParse(context.event()).data?.repository.default_branch
  if (CHECKED_OUT_REF_EVENTS.includes(event) && branch && context.env.GITHUB_REF === `refs/heads/${branch}`)
    return trusted('the run is on the default branch')

  const path = toRepositoryPath(file, context.workspace)
  if (path === undefined)
    return untrusted(file, 'is outside the workspace and cannot be compared with the default branch')
  const fromCheckout = listCheckoutInputs(read.policy)
  if (fromCheckout.length > 0) {
    const fix = 'Run on the default branch, read them from artifacts of the runs'
    return untrusted(file, `reads its ${fromCheckout.join(' and ')} from this ref`, fix)
  }
  const onDefaultBranch = await github(context).readDefaultBranchFile(repository, path)
  if (onDefaultBranch === undefined)
    return untrusted(file, 'is not on the default branch, or the token cannot read it (contents: read)')
  try {
    const { policy } = parsePolicy({ text: onDefaultBranch, label: 'the default branch' }, inputs)
    return canonicalizePolicy(policy) === canonicalizePolicy(read.policy)
      ? trusted('the file is the same on the default branch')
      : untrusted(file, 'differs from the default branch')
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return untrusted(file, `is invalid on the default branch (${oneLine(error.message)})`)
  }
}

/** Lists the evidence that the checkout supplies, which the author of the branch controls. */
function listCheckoutInputs({ holdout, predictions }: GatePolicy): string[] {
  const sources: [string, boolean][] = [
    ['holdout', holdout !== undefined && 'path' in holdout.source],
    ['training ids', holdout?.trainingIds !== undefined && 'path' in holdout.trainingIds],
    ['script', predictions?.kind === 'evaluate'],
    ['predictions', predictions?.kind === 'files'],
  ]
  return sources.flatMap(([name, isFromCheckout]) => (isFromCheckout ? [name] : []))
}

function untrusted(file: string, problem: string, fix = 'Merge it'): PolicyProvenance {
  const reason = `the policy ${quote(file)} ${problem}. ${fix}, or set allow-policy-from-ref: true`
  return { trusted: false, reason }
}

/** The path relative to the repository root; undefined outside the workspace. */
function toRepositoryPath(file: string, workspace: string): string | undefined {
  const path = relative(workspace, resolve(workspace, file))
  const isOutside = path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path)
  return isOutside ? undefined : path.replaceAll(sep, '/')
}

function connectForContext(context: Context, token: string | undefined): GitHubContents {
  const { env, cancelled, log } = context
  return connectContents({ base: env.GITHUB_API_URL ?? 'https://api.github.com', token, env, cancelled, log })
}
