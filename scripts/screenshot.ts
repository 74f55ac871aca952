import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { renderMarkdown } from '../rig/page/markdown.ts'
import { readStylesheet } from '../rig/page/stylesheet.ts'
import { checkoutPath } from './checkout.ts'

/** The job summary of the demo's second scene: npm run demo -- --summary docs/images/job-summary.md */
const SUMMARY = checkoutPath('docs/images/job-summary.md')
const PICTURE = checkoutPath('docs/images/job-summary.png')
const MAX_BYTES = 150_000
const WIDTH = 900
const PACKAGES = ['chromium', 'fonts-liberation', 'fonts-dejavu-core', 'fonts-noto-color-emoji']

/** Renders the page in a style similar to GitHub's. */
export function renderPage(markdown: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Job summary</title>
<style>${readStylesheet()}
body { margin: 0; background: #fff }
.markdown-body { box-sizing: border-box; width: ${WIDTH}px; padding: 24px; font-family: 'Liberation Sans', sans-serif; font-size: 14px }
.markdown-body td:last-child { white-space: nowrap }
.markdown-body pre, .markdown-body code { font-family: 'DejaVu Sans Mono', monospace }
</style>
<article class="markdown-body">${renderMarkdown(markdown)}</article>
<script>document.documentElement.dataset.height = Math.ceil(document.querySelector('article').getBoundingClientRect().height)</script>
</html>`
}

/** Writes a PNG with the height of the page. @throws if Chromium fails, or the picture is too large for a README */
function takeScreenshot(markdown: string, picture: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'screenshot-'))
  try {
    const page = join(folder, 'page.html')
    writeFileSync(page, renderPage(markdown))
    const chromium = (...args: string[]) =>
      execFileSync(
        'chromium',
        [
          '--headless',
          '--no-sandbox',
          '--disable-gpu',
          '--hide-scrollbars',
          ...args,
          pathToFileURL(page).href,
        ],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 28 },
      )
    const height = /data-height="(\d+)"/.exec(chromium(`--window-size=${WIDTH},100`, '--dump-dom'))?.[1]
    if (!height)
      throw new Error('Chromium did not render the page: run chromium --headless manually to see the error')
    chromium(`--window-size=${WIDTH},${height}`, `--screenshot=${picture}`)
    const { size } = statSync(picture)
    if (size > MAX_BYTES)
      throw new Error(`${picture} has ${size} bytes, but at most ${MAX_BYTES} are allowed`)
    console.log(`wrote ${picture}: ${WIDTH} x ${height}, ${size} bytes`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function installChromium(): void {
  if (spawnSync('chromium', ['--version']).status === 0) return
  console.log(`installing ${PACKAGES.join(', ')}`)
  execFileSync('apt-get', ['install', '--yes', '--no-install-recommends', ...PACKAGES], { stdio: 'inherit' })
}

if (import.meta.main) {
  installChromium()
  takeScreenshot(readFileSync(SUMMARY, 'utf8'), PICTURE)
}
