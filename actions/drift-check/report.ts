import type { ColumnResult, ColumnSummary, DataDriftResult } from '../../src/domain/drift/result.ts'
import { describeColumn, describeFinding } from './messages.ts'
import type { ColumnReport } from './report-schema.ts'

/** JSON has no infinity and no NaN. */
const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** The columns as the JSON report has them. @param showValues whether categories keep their names */
export function buildColumnReports(result: DataDriftResult, showValues: boolean): ColumnReport[] {
  return result.columns.map((column) => buildColumnReport(column, showValues))
}

function buildColumnReport(column: ColumnResult, showValues: boolean): ColumnReport {
  const { histogram } = column
  return {
    name: column.name,
    type: column.type,
    verdict: column.verdict,
    reason: describeColumn(column, showValues),
    findings: column.findings.map((finding) => describeFinding(finding, showValues)),
    tests: column.tests.map(({ test, what, statistic, pValue, adjustedPValue }) => ({
      test,
      what,
      statistic: finiteOrNull(statistic),
      pValue: finiteOrNull(pValue),
      adjustedPValue: finiteOrNull(adjustedPValue),
    })),
    effects: column.effects.map(({ measure, value, floor, isMaterial }) => ({
      measure,
      value: finiteOrNull(value),
      floor,
      material: isMaterial,
    })),
    severity: finiteOrNull(column.severity),
    detectable: column.detectable
      ? { ...column.detectable, value: finiteOrNull(column.detectable.value) }
      : null,
    effectiveRows: column.effectiveRows ?? null,
    edges: showValues && histogram && 'edges' in histogram ? [...histogram.edges] : null,
    categories: histogram && 'categories' in histogram ? nameCategories(histogram, showValues) : null,
    reference: column.reference ? buildSide(column.reference, showValues) : null,
    current: column.current ? buildSide(column.current, showValues) : null,
  }
}

function nameCategories(
  { categories, others }: { categories: readonly string[]; others: boolean },
  showValues: boolean,
): string[] {
  return categories.map((name, at) => {
    if (others && at === categories.length - 1) return name
    return showValues ? name : `category ${at + 1}`
  })
}

/** Quantiles are cells of the data: the outer ones are single rows. */
function buildSide(
  { rows, nulls, shares, ...summary }: ColumnSummary,
  showValues: boolean,
): ColumnReport['reference'] {
  const numeric = showValues ? summary.numeric : undefined
  return {
    rows,
    nulls,
    mean: numeric ? finiteOrNull(numeric.mean) : null,
    standardDeviation: numeric ? finiteOrNull(numeric.standardDeviation) : null,
    quantiles: numeric ? numeric.quantiles.map(finiteOrNull) : null,
    shares: [...shares],
  }
}
