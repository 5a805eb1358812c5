/** Float16 on the command line, and what it does to the results. */
import { Option } from 'commander';
import type { Precision } from '../../codegen/index.ts';
import type { Graph } from '../../ir/index.ts';
import { compare, type Difference } from '../compare.ts';
import { openSession } from '../runtime/index.ts';
import type { Device, Inputs, Session, SessionOptions } from '../runtime/index.ts';
import { usageError, type Io } from './answer.ts';
import { findSaturated, printSaturated, type Saturated } from './saturation.ts';
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

/** Where float32 could not be had, why. */
export interface NotCompared {
  readonly arithmetic: Precision;
  readonly notCompared: string;
}

/** What rounding alone does to results is less: of their greatest, some 0.1 % in the networks of the zoo. */
const MUCH = 0.01;

/**
 * That of a session opened with `opening`. Null where it is in float32 itself. Never fails: what the session gave must
 * not be lost where float32 needs more than there is.
 */
export async function measureHalf(
  graph: Graph,
  session: Session,
  inputs: Inputs,
  opening: SessionOptions,
): Promise<HalfError | NotCompared | null> {
  const { precision, arithmetic = 'f32', ...others } = opening;
  if (precision !== 'f16') return null;
  let difference: Difference;
  try {
    difference = await compareWithWhole(graph, session, inputs, others);
  } catch (error) {
    return { arithmetic, notCompared: error instanceof Error ? error.message : String(error) };
  }
  const error = { arithmetic, ...difference };
  if (difference.relativeError <= MUCH) return error;
  const { tune: _, tuning: _given, ...untuned } = others;
  // A hint: where it cannot be had, the error alone is told.
  const saturated = await findSaturated(graph, session, inputs, untuned).catch(() => []);
  return saturated.length > 0 ? { ...error, saturated } : error;
}

async function compareWithWhole(
  graph: Graph,
  session: Session,
  inputs: Inputs,
  opening: SessionOptions,
): Promise<Difference> {
  // The session it is compared with has said already what there is to warn of.
  using whole = await openSession(graph, { ...opening, onWarning: () => {} });
  const { outputs: _, ...difference } = await compare(whole, session, inputs);
  return difference;
}

/** What there is to say in lines, or none. */
export function printHalf(error: HalfError | NotCompared | null): string[] {
  if (error === null) return [];
  const what = error.arithmetic === 'f16' ? 'stored and multiplied' : 'stored';
  if ('notCompared' in error) {
    const reason = error.notCompared;
    return [`${what} in float16; how far off float32 results are is not known: ${reason}`];
  }
  const { maxAbsError, relativeError, rows, differentAnswers, saturated } = error;
  const share = `${(100 * relativeError).toPrecision(2)} % of the largest`;
  const off = `${maxAbsError.toPrecision(3)} (${share})`;
  const answers = rows > 0 ? `; ${differentAnswers} of ${rows} answers differ` : '';
  return [
    `${what} in float16, results are off by up to ${off} from those in float32${answers}`,
    ...(saturated ? [printSaturated(saturated)] : []),
  ];
}
