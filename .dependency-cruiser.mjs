/**
 * The import rules of the suite. Actions say what, release says in which order, adapters touch the world, domain
 * decides: actions/index > actions/* > src/release > src/adapters, src/policy > src/runtime > src/domain.
 */

/** The product. Tests and tools keep only the rule about cycles of files. */
const suite = '^(actions|src)/'

/** Each layer, and what it may import of the suite. */
const layers = {
  index: { path: '^actions/index[.]ts$', imports: '^(actions|src/runtime)/' },
  actions: {
    path: '^actions/[^/]+/',
    imports: '^(actions/[^/]+|src/(release|adapters|policy|runtime|domain))/',
  },
  release: { path: '^src/release/', imports: '^src/(release|adapters|policy|runtime|domain)/' },
  adapters: { path: '^src/adapters/', imports: '^src/(adapters|domain)/' },
  policy: { path: '^src/policy/', imports: '^src/(policy|runtime|domain)/' },
  runtime: { path: '^src/runtime/', imports: '^src/(runtime|domain)/' },
  domain: { path: '^src/domain/', imports: '^src/domain/' },
}

/** In src/release, each part may import itself and the parts after it. */
const releaseParts = [
  'registry/',
  'post-step[.]ts$',
  'with-lease[.]ts$',
  'recovery/',
  'rollout/',
  'lease/',
].map((part) => `^src/release/${part}`)

/** Modules that reach the outside world, and the one layer that may import them. */
const reservedModules = {
  runtime: ['@actions/core'],
  adapters: [
    '@actions/(github|exec)',
    '@octokit/',
    'undici',
    'execa',
    '(child_process|dgram|http|http2|https|net|tls)$',
  ],
}

const forbidden = [
  { name: 'no-cycle-of-files', from: {}, to: { circular: true } },
  { name: 'no-cycle-of-folders', scope: 'folder', from: { path: suite }, to: { circular: true } },
  { name: 'no-unresolvable-import', from: {}, to: { couldNotResolve: true } },
  {
    name: 'no-unknown-layer',
    from: { path: suite, pathNot: Object.values(layers).map(({ path }) => path) },
    to: {},
  },
  ...Object.entries(layers).map(([layer, { path, imports }]) => ({
    name: `layer-${layer}`,
    from: { path },
    to: { pathNot: imports, dependencyTypes: ['local'] },
  })),
  {
    name: 'no-other-action',
    comment: 'Only retrain composes the mains of others.',
    from: { path: '^actions/([^/]+)/', pathNot: '^actions/retrain/' },
    to: { path: '^actions/', pathNot: '^actions/($1/|index[.]ts$)' },
  },
  { name: 'domain-is-pure', from: { path: '^src/domain/' }, to: { dependencyTypesNot: ['local'] } },
  ...releaseParts.map((path, index) => ({
    name: 'release-order',
    from: { path },
    to: { path: '^src/release/', pathNot: releaseParts.slice(index) },
  })),
  ...Object.entries(reservedModules).map(([layer, modules]) => ({
    name: `only-${layer}`,
    from: { path: suite, pathNot: `^src/${layer}/` },
    to: { path: `(^|node_modules/)(${modules.join('|')})` },
  })),
]

export default {
  forbidden: forbidden.map((rule) => ({ severity: 'error', ...rule })),
  options: {
    exclude: { path: '[.]test[.]ts$' },
    doNotFollow: { path: 'node_modules' },
    // TypeScript 7 has no JavaScript API, which the tool's default parser needs.
    parser: 'swc',
    moduleSystems: ['es6'],
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
}
