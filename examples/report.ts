/** What the demo reports, and how it looks in a terminal. */

/** One form of a network; counts and times at batch 1. */
export interface Form {
  readonly nodes: number;
  readonly convs: number;
  readonly params: number;
  /** Multiply-adds of convolutions and linear layers. */
  readonly macs: number;
  readonly dispatches: number;
  /** Bytes of activations. */
  readonly peakBytes: number;
  readonly ms: number;
}

export interface Report {
  readonly model: string;
  readonly before: Form;
  readonly after: Form;
  /** What the trained networks answered on 1,000 images. */
  readonly check: {
    readonly correctBefore: number;
    readonly correctAfter: number;
    readonly differentAnswers: number;
    readonly maxAbsDiffToPyTorch: number;
  } | null;
}

const integer = (n: number): string => n.toLocaleString('en');
const time = (ms: number): string => `${ms.toFixed(ms < 10 ? 2 : 1)} ms`;

const rows: readonly [string, keyof Form, (n: number) => string][] = [
  ['nodes', 'nodes', integer],
  ['convolutions', 'convs', integer],
  ['parameters', 'params', integer],
  ['multiply-adds', 'macs', integer],
  ['dispatches', 'dispatches', integer],
  ['activation bytes', 'peakBytes', integer],
  ['time, median', 'ms', time],
];

const line = (name: string, ...cells: readonly string[]): string =>
  `  ${name.padEnd(18)}${cells.map((cell) => cell.padStart(16)).join('')}`;

/** Both forms side by side, and how much less the plain one is. */
export function printReport({ model, before, after, check }: Report): string {
  const table = rows.map(([name, key, print]) => {
    const ratio = `${(before[key] / after[key]).toFixed(2)} x`;
    return line(name, print(before[key]), print(after[key]), ratio);
  });
  const answers = check && [
    line('right of 1,000', `${check.correctBefore}`, `${check.correctAfter}`),
    `  ${check.differentAnswers} answers differ; at most ${check.maxAbsDiffToPyTorch.toExponential(1)} from PyTorch's logits`,
  ];
  return [model, line('', 'training', 'plain', 'less'), ...table, ...(answers ?? []), ''].join(
    '\n',
  );
}
