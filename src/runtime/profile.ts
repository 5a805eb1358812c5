/** What each dispatch of a plan takes. */
import type { Dispatch, Plan } from '../../codegen/index.ts';
import { ReparamError } from '../../ir/index.ts';
import { summarise, type Times } from '../statistics.ts';
import { makeClock, type ClockKind } from './clock.ts';
import type { Device } from './device.ts';
import { repeatShort } from './repeat.ts';
import type { Step } from './steps.ts';

export interface ProfileOptions {
  /** How often each dispatch is timed; 10. */
  readonly rounds?: number;
  /** Which clock to use, for tests; by default timestamps of the device, where it has them. */
  readonly clock?: ClockKind;
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
}

export interface DispatchProfile extends Pick<
  Dispatch,
  'node' | 'covers' | 'kernel' | 'label' | 'workgroups'
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
  { upload, rounds = ROUNDS, clock: kind }: ProfileOptions & { readonly upload: () => void },
): Promise<Profile> {
  const clock = makeClock(device, { most: steps.length, name, kind });
  try {
    const timed = await repeatShort(
      steps.map((step) => [step]),
      clock,
      upload,
    );
    const readings: number[][] = [];
    for (let round = 0; round < rounds; round++) readings.push(await clock.read(timed, upload));
    return {
      clock: clock.kind,
      rounds,
      dispatches: steps.map(({ dispatch }, i) => {
        const { node, covers, kernel, label, workgroups } = dispatch;
        const { times } = timed[i]!;
        const us = summarise(readings.map((reading) => reading[i]! / times));
        return { node, covers, kernel, label, workgroups, times, us };
      }),
    };
  } finally {
    clock.free();
  }
}
