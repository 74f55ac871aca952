/** The formats that are read, and what to do about any other one. */
export type Format = 'csv' | 'parquet' | 'gzip' | { problem: string }

/** So many bytes are enough to detect the format of a file. */
export const HEAD_BYTES = 512

const EXPORT = 'Export it as CSV or Parquet.'
const UNPACK = 'Unpack it, and name the CSV or Parquet file.'
const UTF_16: Format = { problem: 'is UTF-16 text. Save it as CSV in UTF-8.' }
const ZIP: Format = { problem: `is a zip archive. ${UNPACK}` }
const EXCEL: Format = { problem: `is an Excel workbook. ${EXPORT}` }
const ARROW: Format = { problem: `is an Arrow (Feather) file. ${EXPORT}` }
const PICKLE: Format = { problem: `is a Python pickle. ${EXPORT}` }
const COMPRESSED: Format = { problem: `is compressed. ${UNPACK}` }
const JSON_TEXT: Format = { problem: `is JSON. ${EXPORT}` }
const R_DATA: Format = { problem: `is a file of R. ${EXPORT}` }
const MARKUP: Format = { problem: `is HTML or XML. ${EXPORT}` }

/** First bytes, as Latin-1. None of them can start a header line, except that of Parquet. */
const SIGNATURES: readonly [start: string, format: Format][] = [
  ['PAR1', 'parquet'],
  ['\x1f\x8b', 'gzip'],
  ['PK\x03\x04', ZIP],
  ['PK\x05\x06', ZIP],
  ['\xd0\xcf\x11\xe0', EXCEL],
  ['ARROW1\0', ARROW],
  ['FEA1\0', ARROW],
  ['\xff\xff\xff\xff', ARROW],
  ['\xff\xfe', UTF_16],
  ['\xfe\xff', UTF_16],
  ['Obj\x01', { problem: `is an Avro file. ${EXPORT}` }],
  ['SEQ\x06', { problem: `is a Hadoop sequence file. ${EXPORT}` }],
  ['\x80\x02', PICKLE],
  ['\x80\x03', PICKLE],
  ['\x80\x04', PICKLE],
  ['\x80\x05', PICKLE],
  ['\x93NUMPY', { problem: `is a NumPy array. ${EXPORT}` }],
  ['\x89HDF', { problem: `is an HDF5 file. ${EXPORT}` }],
  ['SQLite format 3', { problem: `is an SQLite database. ${EXPORT}` }],
  ['\x28\xb5\x2f\xfd', COMPRESSED],
  ['BZh', COMPRESSED],
  ['\xfd7zXZ', COMPRESSED],
  ['\x04\x22\x4d\x18', COMPRESSED],
  ['7z\xbc\xaf', COMPRESSED],
  ['\xff\x06\0\0sNaPpY', COMPRESSED],
  ['\x1f\x9d', COMPRESSED],
  ['RDX2\n', R_DATA],
  ['RDX3\n', R_DATA],
  ['X\n\0\0\0', R_DATA],
  ['<stata_dta>', { problem: `is a Stata file. ${EXPORT}` }],
  ['$FL2@(#)', { problem: `is an SPSS file. ${EXPORT}` }],
  [`${'\0'.repeat(12)}\xc2\xea\x81`, { problem: `is a SAS file. ${EXPORT}` }],
  ['MATLAB 5.0 MAT-file', { problem: `is a MATLAB file. ${EXPORT}` }],
  ['%PDF-', { problem: `is a PDF. ${EXPORT}` }],
  [
    'version https://git-lfs',
    { problem: 'is a pointer of Git LFS. Set `lfs: true` in the step of actions/checkout.' },
  ],
  ['outs:\n- ', { problem: 'is a pointer of DVC. Run `dvc pull`, and name the file without .dvc.' }],
  ['/annex/objects/', { problem: 'is a pointer of git-annex. Run `git annex get` before this step.' }],
]

/** Detects the format of a file by its first bytes. An unknown format is CSV. */
export function detectFormat(head: Uint8Array): Format {
  const start = Buffer.from(head).toString('latin1')
  const format = SIGNATURES.find(([signature]) => start.startsWith(signature))?.[1]
  if (format === ZIP) return /\[Content_Types\]\.xml|_rels\/|docProps\/|xl\//.test(start) ? EXCEL : ZIP
  if (format) return format
  // A first column may be named ORCID, but text has no control characters.
  if (start.startsWith('ORC') && head.some((byte) => byte < 0x09))
    return { problem: `is an ORC file. ${EXPORT}` }
  // ASCII in UTF-16 has a NUL in each second byte.
  if (/^(?:[^\0]\0){2}|^(?:\0[^\0]){2}/.test(start)) return UTF_16
  if (start.slice(257, 262) === 'ustar') return { problem: `is a tar archive. ${UNPACK}` }
  const text = start.replace(/^\xef\xbb\xbf/, '').trimStart()
  if (/^\{\s*["'}]|^\[\s*([[{"\]]|-?[\d.]+\s*,\s*-?\d)/.test(text)) return JSON_TEXT
  // A first column may be named <DATE>.
  return /^<(!doctype|!--|html|\?xml|table[ >]|[a-z]+>\s*<)/i.test(text) ? MARKUP : 'csv'
}
