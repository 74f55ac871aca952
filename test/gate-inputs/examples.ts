// Examples that several inputs share.

/** Examples without blanks. */
export const words = (text: string) => text.split(' ')

// Cells of a table.

export const MISSING = [
  '',
  ' ',
  '\\N',
  ...words(
    'NA n/a NaN -nan NAN None null Null <NA> 1.#IND #REF! #DIV/0! [NULL] <null> NA_character_ #BEZUG! #NOM?',
  ),
]
/** Other spellings of "yes". */
export const MISSPELLED = ['Yes', 'YES', '[yes]', '"yes"', "'yes'", 'y es', '\uff59es']
export const NOT_NUMBERS = [
  ...['', '1 000', "1'000", ...words('abc NaN inf -Infinity 1e999 1,5 1.234,5 1,234.5 1_000 45%')],
  ...[
    '5 kg',
    '\u22125',
    '\uff11\uff12',
    '\u0661\u0662',
    '\u00bd',
    ...words('$5 0x1F 0x1p3 1e --5 5- (5) [5]'),
  ],
  ...['{"value": 5}', '"5"', '1d5', '12:30', '2026-11-28', 'yes', 'T', '#N/A'],
]

/** Texts that are no time, or none that can be true. */
export const TIMES = [
  ...['', 'NaT', 'yesterday', '2026-02-30', '2026-11-31', '2026-02-29T10:00:00Z', '2026-13-01', '2026-28-11'],
  ...['Nov 28 2026', ...words('28.11.2026 11/28/2026 28/11/2026 2026/11/28 20261128 20261128T100000Z 2026')],
  ...[...words('1405-09-07 2569-11-28 5787-09-18 0115-11-28 R8-11-28 2026-W48-6 2026-332 2026-11')],
  ...['2026-11-28T25:00:00Z', '2026-11-28T10:00:60Z', '2026-11-28T10:00:00,5Z', '2026-11-28T10:00:00+25:00'],
  ...[
    '2026-11-28 10:00 PST',
    '2026-11-28 10:00 AM',
    '2026-11-28T10:00:00 Europe/Berlin',
    '10:00:00',
    '46354',
    '46354.5',
  ],
  ...[
    '\uff12026-11-28',
    ...words('20420 29749000 639000000000000000 -1790000000 0 9999-12-31 1970-01-01 true'),
  ],
]

/** Texts that a reader takes for "yes": an invisible character, a no-break space, a decomposed or a damaged one. */
export const INVISIBLE = ['yes\u200b', '\u2060yes', 'y\u00ades', '\u00a0yes']
export const DAMAGED = 'ye\ufffd'
export const NUMBERS = ['110', '110.5', '+110', '1.1e2', ' 110 ', '-0']
export const NUMBER_FORMS =
  'decimal numbers with a point: `0.5`, `.5`, `+5`, `5e-1`; `true` and `false` are 1 and 0'

// Values of a policy, as YAML.

export const NO_VALUE = ['', '~', '[1, 2]', '{a: 1}']
export const NO_TEXT = [...NO_VALUE, '""', '{}', '[]', '*anchor', '!column id']
export const NO_NUMBER = [
  ...[
    ...NO_VALUE,
    'abc',
    '5%',
    '"0,05"',
    '1_000',
    '0x1F',
    '0o17',
    '+0.05',
    '1e999',
    '.nan',
    '.inf',
    'NaN',
    '"0.05 "',
  ],
  ...[
    '!percent 0.05',
    '\u22120.05',
    '0.05\u20ac',
    '\uff10.5',
    ...words('0.05.1 5e 1/2 2026-11-28 true *anchor'),
  ],
]
export const NO_COUNT = [...NO_NUMBER, '-5', '0', '50.5', '50.0', '1e3', '"1,000"', '9999999999', '50 0']
export const NO_AMOUNT = [
  ...NO_NUMBER,
  '-0.05',
  '1',
  '5',
  '{relative: 5%}',
  '{relative: -0.05}',
  '{absolute: 1}',
  '{relative: 0.05, by: 1}',
]
export const NO_OPTION = [...NO_VALUE, 'Higher', 'true', 'yes', '1', '"skip "', 'off']
export const NO_DURATION = [
  ...NO_VALUE,
  '7',
  '"7 d"',
  'P7D',
  '1.5h',
  '-1d',
  '7M',
  '7w',
  '7 days',
  '"168:00"',
  '0d',
  '7D',
  '1e3s',
  '\u0667d',
  `${'9'.repeat(30)}d`,
]
export const NO_VERSION = [
  ...NO_VALUE,
  '0',
  '-7',
  '7.0',
  'v7',
  '007',
  'latest',
  'champion',
  '1e1',
  '0x7',
  '\uff17',
]
export const NO_DAY = [
  ...[
    ...NO_VALUE,
    '2026-02-30',
    '2026-13-01',
    '31.12.2026',
    '12/31/2026',
    '2026/12/31',
    '20261231',
    '2569-12-31',
  ],
  ...['1405-10-10', '2206-12-31', '2026-12', '2026-12-31 10:00', '31 Dec 2026', '\uff12026-12-31', 'never'],
]
export const NO_TIME = [
  ...[
    '',
    '[1, 2]',
    '{a: 1}',
    '{param: a, tag: b}',
    '{param: ""}',
    '2026-02-30',
    '2026-10-01T08:30:00',
    '2026-10-01 08:30:00Z',
  ],
  ...[...words('01.10.2026 20261001 1790000000 2569-10-01 1405-10-10 train_until yesterday 46296')],
]
export const NO_ROWS = [
  '',
  '[1, 2]',
  '{a: 1}',
  '10 000',
  '{param: 10}',
  ...words('0 -5 "10,000" 10.000 10_000 1e4 10k +10 .5 0x10'),
]
export const NO_MAPPING = ['', '5', 'on', '[]', '[a]', '{unknown: 1}', '{Run: 1}', '{"": 1}']
export const NO_LIST = ['', '5', 'country', '{column: country}', '[country]', '[[]]', '[{}]', '[~]']
