import { readFileSync } from 'node:fs'
import { checkoutPath } from '../../scripts/checkout.ts'

/** GitHub's style of Markdown, for `<article class="markdown-body">`. */
export const readStylesheet = (): string =>
  readFileSync(checkoutPath('node_modules/github-markdown-css/github-markdown-light.css'), 'utf8')
