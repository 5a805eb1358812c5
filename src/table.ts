/** Columns of text. */

type Side = 'left' | 'right';

/** Rows of cells as lines, two spaces before each column; columns without a side are to the left. */
export function printTable(rows: readonly (readonly string[])[], sides: readonly Side[]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...rows.map((row) => row[i]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, i) =>
          sides[i] === 'right' ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!),
        )
        .map((cell) => `  ${cell}`)
        .join('')
        .trimEnd(),
    )
    .join('\n');
}
