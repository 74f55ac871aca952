/** Removes the lines of Python that are only a comment. */
export function removeComments(text: string): string {
  return text.replace(/^\s*#.*$/gm, '')
}

/** Returns the text between the parentheses of each call of a function, by its last name. */
export function listCalls(text: string, name: string): string[] {
  const starts = [...text.matchAll(new RegExp(`(?<![\\w])${name}\\s*\\(`, 'g'))]
  return starts
    .filter(({ index }) => !/\bdef\s+$/.test(text.slice(0, index)))
    .map(({ index, 0: match }) => text.slice(index + match.length).slice(0, 5000))
    .map((rest) => splitAtCommas(rest).join(','))
}

/** Splits arguments, or the items of a mapping, at their commas. Ends at a closing bracket that no item opened. */
export function splitAtCommas(text: string): string[] {
  const items: string[] = ['']
  let depth = 0
  let quote = ''
  for (let index = 0; index < text.length; index += 1) {
    const letter = text[index] ?? ''
    if (quote !== '') {
      if (letter === quote && text[index - 1] !== '\\') quote = ''
    } else if (letter === '"' || letter === "'") quote = letter
    else if ('([{'.includes(letter)) depth += 1
    else if (')]}'.includes(letter)) {
      if (depth === 0) break
      depth -= 1
    } else if (letter === ',' && depth === 0) {
      items.push('')
      continue
    }
    items[items.length - 1] += letter
  }
  return items
}

/** Returns the text of an argument by its keyword, else by its position. */
export function findArgument(call: string, keyword: string, position?: number): string | undefined {
  const items = splitAtCommas(call).map((item) => item.trim())
  const named = items.find((item) => new RegExp(`^${keyword}\\s*=(?!=)`).test(item))
  if (named !== undefined) return named.replace(/^\w+\s*=\s*/, '')
  const positional = position === undefined ? undefined : items[position]
  return positional !== undefined && !/^\w+\s*=(?!=)/.test(positional) ? positional : undefined
}

/** Returns the string that an expression is: a literal, or a name that the source assigns a literal. */
export function resolveString(expression: string | undefined, source: string): string | undefined {
  const text = expression?.trim() ?? ''
  const literal = /^[ru]?(["'])([^"'\n\\]*)\1$/.exec(text)
  if (literal) return literal[2]
  if (!/^[A-Za-z_]\w*$/.test(text)) return undefined
  return new RegExp(`^[ \\t]*${text}[ \\t]*=[ \\t]*(["'])([^"'\\n\\\\]*)\\1[ \\t]*$`, 'm').exec(source)?.[2]
}
