/** Masks values as the runner does: the value, each of its lines, and their encodings (ValueEncoders.cs). */
export class Masker {
  readonly values = new Set<string>()
  #parts: string[] = []

  add(value: string): void {
    for (const part of [value, ...value.split(/[\r\n]+/).map((line) => line.trim())]) {
      if (part !== '') this.values.add(part)
    }
    const all = [...this.values].flatMap((part) => [
      part,
      Buffer.from(part).toString('base64'),
      encodeURIComponent(part),
      JSON.stringify(part).slice(1, -1),
    ])
    this.#parts = [...new Set(all)].sort((a, b) => b.length - a.length)
  }

  mask(text: string): string {
    return this.#parts.reduce((masked, part) => masked.replaceAll(part, '***'), text)
  }
}
