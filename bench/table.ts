/** A result as text. */
import { printLayers, printMethod, rooflineNote } from '../src/profile/index.ts';
import type { BenchResult } from './result.ts';
import type { Times } from './statistics.ts';

type Cells = readonly string[];

/** All parts that were measured, each with a heading. */
export function printResult(result: BenchResult): string {
  const { machine, adapter, fmaPeakGflops, failed, steadyState } = result;
  const busy = `load ${machine.loadBefore.toFixed(1)} before`;
  const head = `${adapter}; ${machine.cpu}, ${machine.cores} cores, ${busy}; Node ${machine.node}`;
  return [
    head,
    section('how many times as fast, by 25th percentiles of the same rounds', [
      ['ratio', 'case', 'batch', 'subject', 'ms', 'peer', 'ms', 'max difference', 'predicted'],
      ...result.rows.map((row): Cells => [
        row.ratio.toFixed(2),
        row.case,
        `${row.batch}`,
        row.subject,
        printMs(row.msSubject),
        row.peer,
        printMs(row.msPeer),
        row.maxAbsDiff.toExponential(1),
        row.predicted
          ? `${row.predicted.macs.toFixed(2)} (multiply-adds) to ${row.predicted.weighed.toFixed(2)} (with bytes and dispatches)`
          : '',
      ]),
    ]),
    section('milliseconds', [
      ['case', 'batch', '', 'min', 'p25', 'median', 'runs'],
      ...result.timings.map((one) => [
        one.case,
        `${one.batch}`,
        one.contestant,
        ...printTimes(one.times),
      ]),
    ]),
    section(
      `our kernels, by ${result.layersClock === 'wall' ? 'the wall clock' : 'timestamps of the device'}; ` +
        `${fmaPeakGflops?.toFixed(1)} GFLOP/s is the peak of multiply-adds in the same rounds`,
      [
        ['share', 'GFLOP/s', 'ms', 'layer', 'kernel'],
        ...result.layers.map((one) => [
          `${(100 * one.shareOfPeak).toFixed(1)} %`,
          one.gflops.toFixed(1),
          printMs(one.ms),
          one.layer,
          one.kernel,
        ]),
      ],
    ),
    section('first result, the driver’s shader cache away: milliseconds', [
      ['case', '', 'min', 'p25', 'median', 'runs'],
      ...result.coldStarts.map((one) => [one.case, one.contestant, ...printTimes(one.times)]),
    ]),
    steadyState && `steady state\n${printSteadyState(steadyState)}`,
    ...result.profiles.map(
      (one) =>
        `${one.case} ${one.form}, layer by layer; the whole run took ${printMs(one.whole.p25)} ms (p25)\n` +
        `${printMethod(one)}\n${printLayers(one.layers)}`,
    ),
    result.profiles.length > 0 ? rooflineNote : null,
    section('failed', [
      ['', 'case', 'batch', 'reason'],
      ...failed.map((one) => [one.contestant, one.case ?? '', `${one.batch ?? ''}`, one.reason]),
    ]),
  ]
    .filter((part) => part !== null)
    .join('\n\n');
}

const section = (title: string, [header, ...rows]: readonly Cells[]): string | null =>
  rows.length === 0 ? null : `${title}\n${printColumns([header!, ...rows])}`;

const printMs = (ms: number): string => ms.toFixed(ms < 10 ? 3 : ms < 100 ? 2 : 0);

const printTimes = ({ min, p25, median, runs }: Times): Cells => [
  printMs(min),
  printMs(p25),
  printMs(median),
  `${runs}`,
];

function printSteadyState({
  runs,
  created,
  heapGrowth,
}: NonNullable<BenchResult['steadyState']>): string {
  const made = Object.entries(created).map(([name, count]) => `${name} ${count} times`);
  const kept = `the heap grew by ${(heapGrowth / 2 ** 20).toFixed(3)} MiB`;
  return `  ${runs} runs: ${made.length > 0 ? made.join(', ') : 'nothing was made on the GPU'}; ${kept}`;
}

/** Two spaces before each column; numbers are to the right. */
function printColumns(rows: readonly Cells[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const isNumber = rows[0]!.map((_, i) =>
    rows.slice(1).every((row) => /^[\d.]+( %)?$/.test(row[i]!)),
  );
  const print = (row: Cells) =>
    row.map((cell, i) => `  ${isNumber[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)}`);
  return rows.map((row) => print(row).join('').trimEnd()).join('\n');
}
