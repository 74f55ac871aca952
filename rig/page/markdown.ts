import { Marked } from 'marked'

/** Elements that GitHub allows in Markdown and that only affect the layout. They lose all attributes. */
const ALLOWED =
  'details summary br sub sup code kbd b i em strong s del ins p div pre blockquote hr h1 h2 h3 h4 h5 h6 ul ol li table thead tbody tr th td'.split(
    ' ',
  )
const VOID = ['br', 'hr']
const TAG = /<(\/?)([a-z][a-z0-9]*)\b[^<>]*>/gi

const escapeTags = (text: string): string => text.replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Escapes text for HTML and for attributes in double quotes. */
export const escapeHtml = (text: string): string =>
  escapeTags(text.replaceAll('&', '&amp;')).replaceAll('"', '&quot;').replaceAll("'", '&#39;')

/** Rewrites raw HTML in the order of a document, and knows which elements are open. */
class HtmlFilter {
  private readonly open: string[] = []

  /** Keeps allowed elements without attributes, and shows any other tag as text. */
  filter(html: string): string {
    const text = html.replaceAll(/<!--[\s\S]*?(-->|$)/g, '')
    let output = ''
    let end = 0
    for (const match of text.matchAll(TAG)) {
      output += escapeTags(text.slice(end, match.index)) + this.renderTag(match)
      end = match.index + match[0].length
    }
    return output + escapeTags(text.slice(end))
  }

  private renderTag([tag, slash, written = '']: RegExpExecArray): string {
    const name = written.toLowerCase()
    if (!ALLOWED.includes(name)) return escapeTags(tag)
    if (VOID.includes(name)) return `<${name}>`
    if (slash === '') {
      this.open.push(name)
      return `<${name}>`
    }
    // An end tag without its start tag could close an element of the page.
    return this.open.includes(name) ? this.close(this.open.lastIndexOf(name)) : ''
  }

  /** Closes the open elements from this depth on. */
  close(depth = 0): string {
    return this.open
      .splice(depth)
      .reverse()
      .map((name) => `</${name}>`)
      .join('')
  }
}

const isSafeLink = (href: string): boolean => /^(https?:|mailto:|#)/i.test(href)

/**
 * Renders GitHub's Markdown as HTML that is safe to show: a summary contains texts of models, logs and data. Raw HTML is
 * limited to layout, links to web addresses, and images become links, because a page must not load what it shows.
 */
export const renderMarkdown = (markdown: string): string => {
  const filter = new HtmlFilter()
  const renderLink = (href: string, text: string) =>
    isSafeLink(href) ? `<a href="${escapeHtml(href)}" rel="noreferrer">${text}</a>` : text
  const marked = new Marked({
    async: false,
    gfm: true,
    renderer: {
      html: ({ text }) => filter.filter(text),
      // marked does not escape the text of raw elements such as <code>. It escapes any other.
      text: (token) => ('escaped' in token && token.escaped ? escapeTags(token.text) : false),
      link({ href, tokens }) {
        return renderLink(href, this.parser.parseInline(tokens))
      },
      image: ({ href, text }) => renderLink(href, escapeHtml(text || href)),
    },
  })
  return marked.parse(markdown, { async: false }) + filter.close()
}
