/** What each dispatch of a plan takes. */
import type { Dispatch, Plan } from '../../codegen/index.ts';
import { ReparamError } from '../../ir/index.ts';
import { summarise, type Times } from '../statistics.ts';
import { makeClock, type ClockKind } from './clock.ts';
import type { Device } from './device.ts';
import { repeatShort } from './repeat.ts';
import { openCopy, openMultiplyAdds, type Probe } from './roofline.ts';
import type { Step } from './steps.ts';

export interface ProfileOptions {
  /** How often each dispatch is timed; 10. */
  readonly rounds?: number;
  /** Which clock to use, for tests; by default timestamps of the device, where it has them. */
  readonly clock?: ClockKind;
  /** Whether to measure in the same rounds what the device can do at most; false. */
  readonly roofline?: boolean;
}

/** What a device can do at most: 25th percentiles over the rounds. */
export interface Roofline {
  /** Floating-point operations a second, two for a multiply-add. */
  readonly flops: number;
  /** Bytes a second of memory, those read and those written together. */
  readonly bytes: number;
}

export interface Profile {
  /**
   * Where the times are from: timestamps around each dispatch, with all in one submission, or the wall clock,
   * with a submission for each, which itself takes some 100 microseconds and is included.
   */
  readonly clock: ClockKind;
  readonly rounds: number;
  /** In the order of the plan's dispatches. */
  readonly dispatches: readonly DispatchProfile[];
  readonly roofline: Roofline | null;
}

export interface DispatchProfile extends Pick<
  Dispatch,
  'node' | 'covers' | 'kernel' | 'label' | 'selection' | 'conversions' | 'workgroups'
> {
  /** How often it was done in a row, to be long enough for the clock. */
  readonly times: number;
  /** Microseconds of one dispatch. */
  readonly us: Times;
}

const ROUNDS = 10;

/** Throws `input` unless it is undefined or a number of rounds. */
export function expectRounds(rounds: number | undefined): void {
  if (rounds === undefined || (Number.isInteger(rounds) && rounds >= 1)) return;
  throw new ReparamError('input', `rounds is ${rounds}, not an integer of at least 1`, 'rounds');
}

/** `upload` writes the inputs, before each round: the plan may use their memory for something else. */
export async function profileSteps(
  { name }: Plan,
  steps: readonly Step[],
  device: Device,
  options: ProfileOptions & { readonly upload: () => void },
): Promise<Profile> {
  const { upload, rounds = ROUNDS, clock: kind, roofline = false } = options;
  const probes: Probe[] = [];
  const clock = makeClock(device, { most: steps.length + 2, name, kind });
  try {
    if (roofline) probes.push(await openMultiplyAdds(device, kind), await openCopy(device));
    const all = [...steps.map((step) => [step]), ...probes.map((probe) => probe.steps)];
    const timed = await repeatShort(all, clock, upload);
    const readings: number[][] = [];
    for (let round = 0; round < rounds; round++) readings.push(await clock.read(timed, upload));
    const us = timed.map(({ times }, i) =>
      summarise(readings.map((reading) => reading[i]! / times)),
    );
    const [flops, bytes] = probes.map(({ work }, i) => (1e6 * work) / us[steps.length + i]!.p25);
    return {
      clock: clock.kind,
      rounds,
      dispatches: steps.map(({ dispatch }, i) => {
        const { node, covers, kernel, label, selection, conversions, workgroups } = dispatch;
        const { times } = timed[i]!;
        return {
          node,
          covers,
          kernel,
          label,
          selection,
          conversions,
          workgroups,
          times,
          us: us[i]!,
        };
      }),
      roofline: flops && bytes ? { flops, bytes } : null,
    };
  } finally {
    for (const probe of probes) probe.free();
    clock.free();
  }
}
