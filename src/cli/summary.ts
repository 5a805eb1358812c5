/** What a model gave, in few words. */
import { printShape, type Tensor } from '../../ir/index.ts';
import type { Score } from './labels.ts';
import { printTable } from '../table.ts';

export interface OutputSummary {
  readonly name: string;
  readonly shape: Tensor['shape'];
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** For scores of classes: the largest of each row. */
  readonly top?: readonly (readonly Score[])[];
  /** Where it was written. */
  readonly file?: string;
}

const MAX_ROWS = 10;

export function summarise(
  name: string,
  { shape, data }: Tensor,
  top: readonly (readonly Score[])[] | null,
  file: string | undefined,
): OutputSummary {
  const values = Float64Array.from(data);
  const [min, max] = values.reduce(
    ([least, most], value) => [Math.min(least!, value), Math.max(most!, value)],
    [Infinity, -Infinity],
  ) as [number, number];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { name, shape, min, max, mean, ...(top && { top }), ...(file !== undefined && { file }) };
}

export function printOutput({ name, shape, min, max, mean, top, file }: OutputSummary): string {
  const range = `from ${min.toPrecision(4)} to ${max.toPrecision(4)}, mean ${mean.toPrecision(4)}`;
  const lines = [`${name} ${printShape(shape)} ${range}${file === undefined ? '' : ` -> ${file}`}`];
  const rows = top ?? [];
  rows.slice(0, MAX_ROWS).forEach((scores, row) => {
    if (rows.length > 1) lines.push(`  row ${row}`);
    const cells = scores.map(({ index, label, score }) => [
      score.toFixed(4),
      label === undefined ? `class ${index}` : `${label} (class ${index})`,
    ]);
    lines.push(printTable(cells, ['right', 'left']));
  });
  if (rows.length > MAX_ROWS)
    lines.push(`  and ${rows.length - MAX_ROWS} more rows (--json lists all)`);
  return lines.join('\n');
}
