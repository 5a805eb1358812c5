/** Float16 on the command line, and what it does to the results. */
import { Option } from 'commander';
import type { Precision } from '../../codegen/index.ts';
import type { Graph } from '../../ir/index.ts';
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
export type HalfError = Difference & { readonly arithmetic: Precision };

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
  return { arithmetic, ...difference };
}

/** A line, or none. */
export function printHalf(error: HalfError | null): string[] {
  if (error === null) return [];
  const { maxAbsError, relativeError, rows, differentAnswers, arithmetic } = error;
  const what = arithmetic === 'f16' ? 'stored and multiplied' : 'stored';
  const share = `${(100 * relativeError).toPrecision(2)} % of the largest`;
  const off = `${maxAbsError.toPrecision(3)} (${share})`;
  const answers = rows > 0 ? `; ${differentAnswers} of ${rows} answers differ` : '';
  return [`${what} in float16, results are off by up to ${off} from those in float32${answers}`];
}
