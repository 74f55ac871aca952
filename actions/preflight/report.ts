import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding, FindingStatus } from '../../src/domain/preflight/findings.ts'
import { escapeMarkdown, formatCodeBlock } from '../../src/runtime/markdown.ts'

const SIGNS: Readonly<Record<FindingStatus, string>> = {
  passed: '✅',
  failed: '❌',
  warning: '⚠️',
  'not-checked': '❔',
}

const MAX_LINE = 1500

/** The checklist as Markdown. */
export function renderChecklist(model: string, findings: readonly Finding[]): string {
  const items = findings.map(({ check, status, input, message }) => {
    const [first = '', ...rest] = message.split('\n')
    const named = input === undefined || status === 'passed' ? '' : ` (input \`${input}\`)`
    const block = rest.length === 0 ? '' : `\n\n${indent(formatCodeBlock(rest.join('\n')))}\n`
    return `- ${SIGNS[status]} **${check}**${named}: ${escapeMarkdown(first, MAX_LINE)}${block}`
  })
  return `## Preflight of ${escapeMarkdown(model)}: ${countProblems(findings)}\n\n${items.join('\n')}\n`
}

/** "2 problems, 1 warning". */
export function countProblems(findings: readonly Finding[]): string {
  const count = (status: FindingStatus, one: string) => {
    const { length } = findings.filter((finding) => finding.status === status)
    return length === 0 ? [] : [`${length} ${one}${length === 1 ? '' : 's'}`]
  }
  return [...count('failed', 'problem'), ...count('warning', 'warning')].join(', ') || 'all checks passed'
}

/** The findings of one status, a line each, for the log and the error of the step. */
export function formatFindings(findings: readonly Finding[], status: FindingStatus): string[] {
  return findings
    .filter((finding) => finding.status === status)
    .map(({ check, input, message }) =>
      input === undefined ? `${check}: ${message}` : `Input ${input}: ${message}`,
    )
}

/** @returns the path of the file */
export function writeReport(temp: string, markdown: string): string {
  const path = join(mkdtempSync(join(temp, 'preflight-')), 'preflight.md')
  writeFileSync(path, markdown)
  return path
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ')
}
