/** Float16 on the command line, and what it does to the results. */
import { Option } from 'commander';
import type { Precision } from '../../codegen/index.ts';
import type { Graph, ValueId } from '../../ir/index.ts';
import { compare, type Difference } from '../compare.ts';
import { openSession } from '../runtime/index.ts';
import type { Device, Inputs, Session, SessionOptions } from '../runtime/index.ts';
import { usageError, type Io } from './answer.ts';
import { warnOn } from './tuning.ts';

export interface PrecisionOptions {
  readonly precision: Precision;
  readonly arithmetic: Precision;
}

export const precisionOption = (): Option =>
  new Option('--precision <type>', 'how weights and the values between layers are stored')
    .choices(['f32', 'f16'])
    .default('f32');

export const arithmeticOption = (): Option =>
  new Option(
    '--arithmetic <type>',
    'what matrix products may multiply in, of what is stored in f16',
  )
    .choices(['f32', 'f16'])
    .default('f32');

export function expectPrecision({ precision, arithmetic }: PrecisionOptions): void {
  if (arithmetic === 'f16' && precision === 'f32') {
    throw usageError('--arithmetic f16 multiplies what is stored in float16: add --precision f16');
  }
}

/** What sessions are to be opened with. Warns where float16 is asked for and the device has none. */
export function sessionPrecision(
  { precision, arithmetic }: PrecisionOptions,
  { profile }: Device,
  io: Io,
): Pick<SessionOptions, 'precision' | 'arithmetic'> {
  if (precision === 'f32' || profile.features.includes('shader-f16'))
    return { precision, arithmetic };
  warnOn(io)('this GPU has no float16 (shader-f16): all is in float32');
  return { precision: 'f32', arithmetic: 'f32' };
}

/** How far the results are from those in float32. */
export interface HalfError extends Difference {
  readonly arithmetic: Precision;
  /** Where they are far off: the values between layers that float16 cannot hold. */
  readonly saturated?: readonly Saturated[];
}

/** A value with elements that are stored as the greatest float16 in place of what they are. */
export interface Saturated {
  readonly value: ValueId;
  readonly elements: number;
  /** The greatest magnitude of them. */
  readonly largest: number;
}

const GREATEST_HALF = 65504;

/** What rounding alone does to results is less: of their greatest, some 0.1 % in the networks of the zoo. */
const MUCH = 0.01;

/** That of a session opened with `opening`. Null where it is in float32 itself. */
export async function measureHalf(
  graph: Graph,
  session: Session,
  inputs: Inputs,
  opening: SessionOptions,
): Promise<HalfError | null> {
  const { precision, arithmetic = 'f32', ...others } = opening;
  if (precision !== 'f16') return null;
  // The session it is compared with has said already what there is to warn of.
  using whole = await openSession(graph, { ...others, onWarning: () => {} });
  const { outputs: _, ...difference } = await compare(whole, session, inputs);
  const error = { arithmetic, ...difference };
  if (difference.relativeError <= MUCH) return error;
  const saturated = await findSaturated(graph, inputs, others);
  return saturated.length > 0 ? { ...error, saturated } : error;
}

/** Values that no float16 holds, in the order of the graph; inputs and outputs are in float32 in any case. */
async function findSaturated(
  graph: Graph,
  inputs: Inputs,
  opening: SessionOptions,
): Promise<Saturated[]> {
  const ports = new Set(graph.outputs.map(({ value }) => value));
  const between = graph.nodes.flatMap(({ outputs }) => outputs).filter(({ id }) => !ports.has(id));
  if (between.length === 0) return [];
  const asOutputs = between.map(({ id }) => ({ name: id, value: id }));
  const { tune: _, tuning: _given, ...others } = opening;
  using session = await openSession({ ...graph, outputs: asOutputs }, others);
  const results = await session.run(inputs);
  return between.flatMap(({ id }) => {
    const sizes = Float64Array.from(results[id]!.data, Math.abs);
    const elements = sizes.filter((size) => size > GREATEST_HALF).length;
    const largest = sizes.reduce((most, size) => Math.max(most, size), 0);
    return elements > 0 ? [{ value: id, elements, largest }] : [];
  });
}

function printSaturated([first, ...more]: readonly Saturated[]): string {
  const { value, elements, largest } = first!;
  const others = more.length > 0 ? `, and ${more.length} more values between layers have such` : '';
  const count = elements === 1 ? '1 element' : `${elements} elements`;
  return (
    `  "${value}" has ${count} beyond ${GREATEST_HALF}, the greatest float16, up to ${largest.toPrecision(3)}${others}: ` +
    'they are cut off there; use --precision f32, or scale weights or inputs down'
  );
}

/** What there is to say in lines, or none. */
export function printHalf(error: HalfError | null): string[] {
  if (error === null) return [];
  const { maxAbsError, relativeError, rows, differentAnswers, arithmetic, saturated } = error;
  const what = arithmetic === 'f16' ? 'stored and multiplied' : 'stored';
  const share = `${(100 * relativeError).toPrecision(2)} % of the largest`;
  const off = `${maxAbsError.toPrecision(3)} (${share})`;
  const answers = rows > 0 ? `; ${differentAnswers} of ${rows} answers differ` : '';
  return [
    `${what} in float16, results are off by up to ${off} from those in float32${answers}`,
    ...(saturated ? [printSaturated(saturated)] : []),
  ];
}
