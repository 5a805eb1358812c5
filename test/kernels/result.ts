/** What a sweep gave on an adapter, as plain data, and as a table. */
import { nameOf, type Finding } from './record.ts';
import type { Counterexample } from './sweep.ts';

export interface AdapterResult {
  readonly adapter: string;
  readonly seconds: number;
  readonly findings: readonly Finding[];
  readonly refused: readonly { readonly kernel: string; readonly reason: string }[];
  /** Kernels and candidates that were there to be run, but never were. */
  readonly unmet: readonly string[];
  readonly counterexample: Counterexample | null;
}

const columns = ['kernel', 'candidate', 'graphs', 'worst error of its bound'] as const;

export const rowsOf = ({ findings, refused }: AdapterResult): string[][] => [
  ...findings.map(({ kernel, label, cases, worst }) => [
    kernel,
    label,
    String(cases),
    worst.toFixed(3),
  ]),
  ...refused.map(({ kernel, reason }) => [kernel, '', '0', `refused: ${reason}`]),
];

export function printTable(result: AdapterResult): string {
  const rows = [[...columns], ...rowsOf(result)];
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
  return [`${result.adapter}, ${result.seconds} s`, '', ...lines].join('\n');
}

/** Kernels and candidates in lines, adapters in columns. */
export function printMarkdown(results: readonly AdapterResult[]): string {
  const names = new Map<string, Map<AdapterResult, string>>();
  for (const result of results) {
    for (const { cases, worst, ...candidate } of result.findings) {
      const name = nameOf(candidate);
      const cells = names.get(name) ?? new Map<AdapterResult, string>();
      names.set(name, cells.set(result, `${cases}, ${worst.toFixed(3)}`));
    }
  }
  const refusalOf = ({ refused }: AdapterResult, name: string) =>
    refused.find(({ kernel }) => kernel === name.split(' ')[0])?.reason ?? '';
  const head = ['candidate', ...results.map(({ adapter }) => adapter)];
  const rows = [...names].map(([name, cells]) => [
    name,
    ...results.map((result) => cells.get(result) ?? refusalOf(result, name)),
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
