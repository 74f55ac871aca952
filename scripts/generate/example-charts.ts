import { parse } from 'yaml'

interface ExampleChart {
  title: string
  link: string
  /** What the chart needs, as sentences. */
  notes: string
  /** The lines for a workflow, without the comment. */
  lines: string
}

/** Renders the table of the example charts and the lines for each, from the files of examples/charts. */
export function renderExampleCharts(files: readonly { path: string; text: string }[]) {
  const charts = files.map(readExampleChart)
  return {
    table: [
      '| chart | helm-deploy writes the version to | the pods state it in |\n| --- | --- | --- |',
      ...charts.map(renderRow),
    ].join('\n'),
    lines: charts.map(renderLines).join('\n\n'),
  }
}

/** @throws if the file does not begin with `# TITLE, LINK` and a comment */
function readExampleChart({ path, text }: { path: string; text: string }): ExampleChart {
  const [, title, link, comment = '', lines] =
    /^# (.+), (https:\S+)\n((?:# .*\n)+)(?!#)([\s\S]+)$/.exec(text) ?? []
  if (title === undefined || link === undefined || lines === undefined)
    throw new Error(`${path} does not begin with "# TITLE, LINK" and what the chart needs`)
  return { title, link, notes: comment.replace(/^# /gm, '').trim().replaceAll('\n', ' '), lines }
}

function renderRow({ title, lines }: ExampleChart): string {
  const inputs = parse(lines) as Record<string, string>
  const written = Object.keys((parse(inputs['version-values'] ?? '') ?? { 'model.version': '' }) as object)
  const stated = inputs['version-from'] ?? 'env:MODEL_VERSION'
  return `| [${title}](#${anchorOf(title)}) | ${written.map((path) => `\`${path}\``).join(', ')} | \`${stated}\` |`
}

function renderLines({ title, link, notes, lines }: ExampleChart): string {
  return `### ${title}\n\n[Source](${link}). ${notes}\n\n\`\`\`yaml\n${lines.trimEnd()}\n\`\`\``
}

/** The anchor that GitHub gives a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')
}
