/** What a sweep gave on an adapter, as plain data, and as a table. */
import type { Finding } from './record.ts';
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

/** Beyond these, candidates differ with the sizes of images, and are one line. */
const MOST_LABELS = 12;

interface Line {
  readonly kernel: string;
  readonly candidate: string;
  /** Graphs times candidates. */
  readonly runs: number;
  readonly worst: number;
}

function linesOf({ findings }: AdapterResult): Line[] {
  const kernels = new Set(findings.map(({ kernel }) => kernel));
  return [...kernels].flatMap((kernel): Line[] => {
    const own = findings.filter((one) => one.kernel === kernel);
    if (own.length <= MOST_LABELS) {
      return own.map(({ label, cases, worst }) => ({
        kernel,
        candidate: label,
        runs: cases,
        worst,
      }));
    }
    const runs = own.reduce((sum, { cases }) => sum + cases, 0);
    const worst = Math.max(...own.map((one) => one.worst));
    return [{ kernel, candidate: `${own.length} candidates`, runs, worst }];
  });
}

const columns = ['kernel', 'candidate', 'runs', 'worst error, in bounds'];

export function printTable(result: AdapterResult): string {
  const rows = [
    columns,
    ...linesOf(result).map(({ kernel, candidate, runs, worst }) => [
      kernel,
      candidate,
      String(runs),
      worst.toFixed(3),
    ]),
    ...result.refused.map(({ kernel, reason }) => [kernel, '', '0', `refused: ${reason}`]),
  ];
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
  return [`${result.adapter}, ${result.seconds} s`, '', ...lines].join('\n');
}

/** Kernels in lines, with the number of runs and the worst error, in bounds, on each adapter. */
export function printMarkdown(results: readonly AdapterResult[]): string {
  const names = new Set(results.flatMap(({ findings }) => findings.map(({ kernel }) => kernel)));
  const cell = ({ findings, refused }: AdapterResult, name: string) => {
    const own = findings.filter(({ kernel }) => kernel === name);
    const reason = refused.find(({ kernel }) => kernel === name)?.reason;
    if (own.length === 0) return reason ?? 'not run';
    const runs = own.reduce((sum, { cases }) => sum + cases, 0);
    const worst = Math.max(...own.map((one) => one.worst));
    const candidates = own.length > 1 ? `${own.length} candidates, ` : '';
    return `${candidates}${runs} runs, ${worst.toFixed(3)}`;
  };
  const head = ['kernel', ...results.map(({ adapter }) => adapter)];
  const rows = [...names].map((name) => [name, ...results.map((result) => cell(result, name))]);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
