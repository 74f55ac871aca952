import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkoutPath } from '../../scripts/checkout.ts'
import { escapeHtml, renderMarkdown } from './markdown.ts'

/** Parses which elements a browser would create: names of start tags, and those with attributes in full. */
const listTags = (html: string) => [...html.matchAll(/<[a-z][^>]*>/gi)].map(([tag]) => tag)

test('the summary of a job is rendered with its tables, bars and links', () => {
  const html = renderMarkdown(readFileSync(checkoutPath('docs/images/job-summary.md'), 'utf8'))
  expect(html).toContain('<td>✅ pass</td>')
  expect(html).toMatch(/<code>\s┊│\s├────●───┤\s<\/code>/)
  expect(html).toMatch(/<a href="http:[^"]+" rel="noreferrer">version 2<\/a>/)
})

test.each([
  ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
  ['text <img src=x onerror=alert(1)>', '&lt;img src=x onerror=alert(1)&gt;'],
  ['<iframe src="https://example.com"></iframe>', '&lt;iframe src="https://example.com"&gt;&lt;/iframe&gt;'],
  ['<style>body{display:none}</style>', '&lt;style&gt;body{display:none}&lt;/style&gt;'],
  ['<svg/onload=alert(1)>', '&lt;svg/onload=alert(1)&gt;'],
  ['<meta http-equiv="refresh" content="0;url=https://example.com">', '&lt;meta http-equiv'],
  ['| a |\n| --- |\n| <script>x</script> |', '<td>&lt;script&gt;x&lt;/script&gt;</td>'],
  [
    '<b title="x>y<script>alert(1)</script>">bold</b>',
    '<b>y&lt;script&gt;alert(1)&lt;/script&gt;"&gt;bold</b>',
  ],
  ['a <code><img/src=x onerror=alert(1)//>', '&lt;img/src=x onerror=alert(1)//&gt;'],
  ['a <kbd><img src=x onerror=alert(1) //', '&lt;img src=x onerror=alert(1) //'],
  ['<scr<script>ipt>alert(1)', '&lt;scr&lt;script&gt;ipt&gt;alert(1)'],
])('%s is shown as text', (markdown, expected) => {
  const html = renderMarkdown(markdown)
  expect(html).toContain(expected)
  expect(listTags(html).filter((tag) => !/^<(p|b|code|kbd|table|thead|tbody|tr|th|td)>$/.test(tag))).toEqual(
    [],
  )
})

test('layout elements of GitHub stay, without attributes', () => {
  const html = renderMarkdown(
    '<details open ontoggle="alert(1)"><summary onclick=alert(1)>Steps</summary>\n\n- one<br/>two\n\n</details>',
  )
  expect(html).toBe('<details><summary>Steps</summary><ul>\n<li>one<br>two</li>\n</ul>\n</details>')
})

test.each([
  [
    'an element that is never closed ends with the summary',
    '<details><b>all below',
    '<details><b>all below</b></details>',
  ],
  [
    'an end tag cannot close an element of the page',
    'a</div></section></article>',
    '<p>a&lt;/section&gt;&lt;/article&gt;</p>\n',
  ],
  ['elements that overlap are nested', '<div><b>x</div>y</b>', '<div><b>x</b></div>y'],
  ['a comment is not shown', 'a<!-- <script>x</script> -->b', '<p>ab</p>\n'],
])('%s', (_, markdown, expected) => {
  expect(renderMarkdown(markdown)).toBe(expected)
})

test.each([
  'javascript:alert(1)',
  'JavaScript:alert(1)',
  '&#106;avascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:x',
  'file:///etc/passwd',
  '//example.com/x',
])('a link to %s is shown as its text', (address) => {
  for (const markdown of [`[click](${address})`, `[click](<${address}>)`, `![click](${address})`])
    expect(renderMarkdown(markdown)).not.toContain('href')
})

test('a link cannot leave its attribute', () => {
  const html = renderMarkdown(
    `[x](https://example.com/"onmouseover="alert(1) "t") [y](https://example.com/?a=1&b='2')`,
  )
  expect(listTags(html).filter((tag) => !/^<(p|a href="[^"<>]*" rel="noreferrer")>$/.test(tag))).toEqual([])
})

test('an image is a link, because a page loads nothing', () => {
  expect(renderMarkdown('![curve](https://example.com/a.png)')).toBe(
    '<p><a href="https://example.com/a.png" rel="noreferrer">curve</a></p>\n',
  )
})

test('text is escaped for HTML and attributes', () => {
  expect(escapeHtml(`<a href="x" id='y'>&amp;`)).toBe('&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;')
})

const fragments = [
  ...[
    '<',
    '>',
    '"',
    "'",
    '`',
    '```',
    '\n',
    '\n\n',
    ' ',
    '|',
    '-',
    '[',
    '](',
    ')',
    '!',
    '/',
    '\\',
    '&lt;',
    '&#60;',
    '&quot;',
  ],
  ...[
    '<script>',
    '</script>',
    '<code>',
    '</code>',
    '<pre>',
    '</pre>',
    '<details>',
    '</details>',
    '<b ',
    '<img src=x ',
  ],
  ...[
    'onerror=alert(1)',
    'href="',
    'javascript:',
    'https://example.com',
    '<!--',
    '-->',
    '<![CDATA[',
    '<?x',
    '<a',
    '</article>',
  ],
  ...['| a |\n| --- |\n| ', 'text', '<kbd><svg/onload=x', '<script', '</'],
]
const SAFE_TAG =
  /^<(\/?(p|b|i|em|strong|s|del|ins|sub|sup|code|kbd|pre|blockquote|h[1-6]|ul|ol|li|div|details|summary|table|thead|tbody|tr|th|td|a)|br|hr|code class="[^"<>]*"|ol start="\d+"|a href="[^"<>]*" rel="noreferrer"|t[dh] align="(left|right|center)")>$/

test('any text gives only elements of the page and of GitHub, and each one that it opens is closed', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...fragments), { maxLength: 24 }), (parts) => {
      const html = renderMarkdown(parts.join(''))
      const tags = [...html.matchAll(/<[^>]*>?/g)].map(([tag]) => tag)
      expect(tags.filter((tag) => !SAFE_TAG.test(tag))).toEqual([])
      for (const name of ['details', 'code', 'div', 'a'])
        expect(html.split(new RegExp(`<${name}[ >]`)).length, name).toBe(html.split(`</${name}>`).length)
    }),
    { numRuns: 2000 },
  )
})
