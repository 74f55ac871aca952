/** A text of a rendered pod, and its place such as `container serve: env MODEL_URI`. */
export interface RenderedText {
  place: string
  text: string
}

/** A text that no pod can be meant to get. */
export interface UnusableText extends RenderedText {
  problem: 'expression' | 'image' | 'map' | 'placeholder' | 'template' | 'unset'
}

const PROBLEMS: readonly (readonly [UnusableText['problem'], RegExp])[] = [
  // GitHub evaluates it in workflows only. Python and Backstage have the same braces.
  [
    'expression',
    /\$\{\{.{0,200}?(?<![\w.])(?:github|secrets|vars|env|inputs|needs|steps|matrix|runner|jobs?|strategy)[.[]/,
  ],
  // Helm's own objects: other templates in braces may be prompts, or belong to Vault, as in {{ .Data.data.Release }}.
  [
    'template',
    /\{\{-?\s*[^}]{0,200}(?<![\w)\]])\.(?:Values\.\w|Release\.(?:Name(?:space)?|Service|Revision|Is\w+)\b|Chart\.[A-Z])/,
  ],
  // As Go prints a map, and a missing value.
  ['map', /^map\[(?:[\w./-]+:|\])/],
  ['unset', /%!\w\(/],
  // Not <FILL_ME> and <insert>, which are tokens of language models.
  [
    'placeholder',
    /^<(?:todo|your|(?:todo|your|replace|change|insert)[^a-z<>][^<>]*|(?:change|replace)me|fill[-_ ]?(?:in|out)\b[^<>]*)>$/i,
  ],
  // Only Argo CD's Vault plugin and vals replace them.
  ['placeholder', /^<path:[^<>]+#[^<>]+>$|^ref\+[a-z0-9]+:\/\//],
]

/** Texts that cannot be meant. Only patterns count that no server could use. */
export function findUnusableTexts(texts: readonly RenderedText[]): UnusableText[] {
  return texts.flatMap((each) => {
    const problem = PROBLEMS.find(([, pattern]) => pattern.test(each.text))?.[0]
    return problem ? [{ ...each, problem }] : []
  })
}

const PATH_COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const DOMAIN_COMPONENT = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?'
/** The grammar of github.com/distribution/reference, by which kubelet and runtimes parse an image. */
const IMAGE = new RegExp(
  `^(?:(?:${DOMAIN_COMPONENT}(?:\\.${DOMAIN_COMPONENT})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?/)?` +
    `${PATH_COMPONENT}(?:/${PATH_COMPONENT})*(?::\\w[\\w.-]{0,127})?` +
    '(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$',
)

/** Images that no node can parse (`InvalidImageName`). */
export function findInvalidImages(images: readonly RenderedText[]): UnusableText[] {
  return images
    .filter(({ text }) => text !== '' && !IMAGE.test(text))
    .map((image) => findUnusableTexts([image])[0] ?? { ...image, problem: 'image' })
}
