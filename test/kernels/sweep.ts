/** Runs candidates over generated graphs on a device, and compares what they compute with the evaluator. */
import fc from 'fast-check';
import type { Precision } from '../../codegen/index.ts';
import { elementCount, printGraph, type Graph } from '../../ir/index.ts';
import { openSession, type Device } from '../../src/runtime/index.ts';
import { randomInputs } from '../support/random-weights.ts';
import { makeOracle } from './bounds.ts';
import { layerOf, type Offer } from './candidates.ts';
import { families } from './families.ts';
import type { Family } from './family.ts';
import { halfLowering, roundToHalves } from './halves.ts';
import { realLayers } from './real-layers.ts';
import { makeRecord, nameOf, type Candidate, type Record } from './record.ts';

export interface SweepOptions {
  readonly seed: number;
  /** Graphs of each family. */
  readonly cases: number;
  /** Each kernel in this many families, by one candidate in each; without it, all in all. */
  readonly familiesOfKernel?: number;
  /** In what kernels load, multiply and store; `f32`. */
  readonly precision?: Precision;
  /** Only these: a kernel's name, a family's. */
  readonly kernel?: string;
  readonly family?: string;
  /** The path to a counterexample of the family: nothing else is run. */
  readonly path?: string;
  /** Hears of each family before it is run. */
  readonly onFamily?: (name: string) => void;
}

export interface Counterexample {
  readonly family: string;
  readonly seed: number;
  readonly path: string;
  /** What is wrong, and the graph as text. */
  readonly message: string;
}

export interface SweepResult {
  readonly record: Record;
  readonly counterexample: Counterexample | null;
}

/** Stops at the first counterexample. */
export async function sweep(device: Device, options: SweepOptions): Promise<SweepResult> {
  const record = makeRecord(device.profile, options.kernel, options.precision);
  const { seed, familiesOfKernel } = options;
  const order = familiesOfKernel === undefined ? families : shuffle(families, seed);
  for (const [turn, family] of order.entries()) {
    if (options.family !== undefined && options.family !== family.name) continue;
    options.onFamily?.(family.name);
    const counterexample = await checkFamily(family, turn, device, record, options);
    if (counterexample) return { record, counterexample };
  }
  const isWhole = options.family === undefined && familiesOfKernel === undefined;
  if (isWhole) await checkRealLayers(device, record, options);
  return { record, counterexample: null };
}

const shuffle = <T>(list: readonly T[], seed: number): T[] => {
  const whole = fc.shuffledSubarray([...list], { minLength: list.length });
  return fc.sample(whole, { seed, numRuns: 1 })[0]!;
};

async function checkFamily(
  family: Family,
  turn: number,
  device: Device,
  record: Record,
  options: SweepOptions,
): Promise<Counterexample | null> {
  const { seed, cases: numRuns, path, familiesOfKernel = Infinity } = options;
  const isSampled = family.sampled || familiesOfKernel < Infinity;
  // While a counterexample is shrunk, only the candidate that failed is run.
  let failed: Candidate | null = null;
  const isWanted = (kernel: string) => {
    const others = record.familiesOf(kernel).filter((name) => name !== family.name);
    return others.length < familiesOfKernel && (family.kernels?.includes(kernel) ?? true);
  };
  const check = async (graph: Graph) => {
    const isPart = isSampled || family.kernels !== undefined;
    const offers = record.meet(graph, isPart).filter(({ kernel }) => isWanted(kernel));
    const all = offers.flatMap(candidatesOf);
    const chosen = isSampled ? offers.flatMap((offer) => sampleOf(offer, turn)) : all;
    const run = failed ? all.filter((one) => nameOf(one) === nameOf(failed!)) : chosen;
    await checkGraph(graph, run, device, record, options, family.name, (one) => (failed = one));
  };
  const property = fc.asyncProperty(family.graphs, check);
  const found = await fc.check(property, { seed, numRuns, ...(path ? { path } : {}) });
  if (!found.failed) return null;
  const { errorInstance: error, counterexamplePath } = found;
  const [graph] = found.counterexample ?? [];
  const message = `${error instanceof Error ? error.message : String(error)}\n${graph ? printGraph(graph) : ''}`;
  return { family: family.name, seed, path: counterexamplePath ?? '', message };
}

/** What was offered for no generated graph, on the smallest real layer that it is offered for. */
async function checkRealLayers(
  device: Device,
  record: Record,
  options: SweepOptions,
): Promise<void> {
  const layers = realLayers
    .map((build) => build())
    .map((graph) => ({ graph, size: elementCount(layerOf(graph).outputs[0].shape as number[]) }))
    .sort((a, b) => a.size - b.size);
  for (const { graph } of layers) {
    const run = record.meet(graph).flatMap(candidatesOf);
    const missing = run.filter((one) => !record.hasRun(one));
    await checkGraph(graph, missing, device, record, options, 'real layers', () => {});
  }
}

const candidatesOf = ({ kernel, labels }: Offer): Candidate[] =>
  labels.map((label) => ({ kernel, label }));

/** One candidate, another for another turn. */
const sampleOf = ({ kernel, labels }: Offer, turn: number): Candidate[] =>
  labels.length > 0 ? [{ kernel, label: labels[turn % labels.length]! }] : [];

/** Throws where a candidate fails, or is off by more than its bound. */
async function checkGraph(
  generated: Graph,
  run: readonly Candidate[],
  device: Device,
  record: Record,
  { precision }: SweepOptions,
  family: string,
  onFailure: (one: Candidate) => void,
): Promise<void> {
  if (run.length === 0) return;
  const isHalf = precision === 'f16';
  const drawn = { graph: generated, inputs: randomInputs(generated) };
  const { graph, inputs } = isHalf ? roundToHalves(drawn.graph, drawn.inputs) : drawn;
  const oracle = makeOracle(graph, inputs, precision);
  for (const one of run) {
    try {
      const lowering = isHalf ? halfLowering(graph, one.kernel) : {};
      using session = await openSession(graph, {
        device,
        lowering: { ...lowering, kernel: nameOf(one) },
      });
      const own = session.plan.dispatches.filter(({ covers }) => covers.includes('y'));
      const other = own.find(({ kernel }) => kernel !== one.kernel);
      if (other) throw new Error(`${other.kernel} is run`);
      const actual = Object.values(await session.run(inputs))[0]!;
      const { off, at, wanted } = oracle(one.kernel, actual);
      record.ran(one, off, family);
      if (off <= 1) continue;
      const what = `[${at}] is ${actual.data[at]}, not ${wanted}`;
      throw new Error(`off by ${off.toPrecision(3)} times its bound: ${what}`);
    } catch (cause) {
      onFailure(one);
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${nameOf(one)}: ${reason}`, { cause });
    }
  }
}
