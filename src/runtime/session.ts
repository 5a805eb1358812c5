/// <reference lib="esnext.disposable" preserve="true" />
/** A plan ready to run on a device. */
import type { Plan } from '../../codegen/index.ts';
import { ReparamError, type Constant, type Tensor, type ValueId } from '../../ir/index.ts';
import type { Device } from './device.ts';
import { prepare } from './executable.ts';
import { readInputs, type Inputs } from './inputs.ts';
import { expectRounds, profileSteps, type Profile, type ProfileOptions } from './profile.ts';
import { makeTaskQueue } from './queue.ts';
import { makeRunner } from './run.ts';

export interface Session {
  /** What the session does: dispatches, buffers, weights. */
  readonly plan: Plan;
  readonly device: Device;
  /**
   * The outputs by name, for inputs by name. The inputs may be changed once the call has returned. Two
   * runs may be under way at once, one on the device while the outputs of the other are read back;
   * those beyond wait. Rejects with `input`, `closed`, `device-lost`, `gpu` or
   * `out-of-memory`.
   */
  run(inputs: Inputs): Promise<Record<string, Tensor>>;
  /**
   * Runs once without reading the outputs back: milliseconds from submission until the device is done.
   * Without inputs, it runs on fixed noise.
   */
  measure(inputs?: Inputs): Promise<number>;
  /**
   * What each dispatch of the plan takes, in microseconds, over several rounds. Runs wait meanwhile. Without
   * inputs, it runs on fixed noise. Makes what it needs on the device and frees it again.
   */
  profile(inputs?: Inputs | null, options?: ProfileOptions): Promise<Profile>;
  /**
   * Frees what the session has on the device, once the runs under way have their results; runs that wait
   * reject as `closed`.
   */
  close(): void;
  [Symbol.dispose](): void;
}

interface PlanOptions {
  readonly device: Device;
  /** Called when the session is closed. */
  readonly release?: () => void;
  /** Words about the sizes fixed, for messages. */
  readonly sizes?: string;
}

/** A session of a plan that is already there. */
export async function startPlan(
  plan: Plan,
  constants: Readonly<Record<ValueId, Constant>>,
  { device, release = () => {}, sizes = '' }: PlanOptions,
): Promise<Session> {
  const executable = await prepare(plan, constants, device);
  const runner = makeRunner(plan, executable, device);
  const queue = makeTaskQueue(executable.readbacks.length);
  let closed: ReparamError | null = null;

  const expectOpen = () => {
    if (closed) throw closed;
  };

  // What has to wait reads its inputs later, when the caller may have reused them.
  const accept = (inputs: Inputs, readsAtOnce: boolean): Float32Array[] => {
    expectOpen();
    const data = readInputs(plan.inputs, inputs, sizes);
    return readsAtOnce ? data : data.map((one) => one.slice());
  };

  const close = () => {
    if (closed) return;
    closed = new ReparamError('closed', `the session of "${plan.name}" was closed`, plan.name);
    // After the runs under way: Dawn may crash when a buffer that is being mapped is destroyed.
    void queue.addAlone(async () => {
      executable.free();
      release();
    });
  };

  return {
    plan,
    device,
    async run(inputs) {
      const data = accept(inputs, queue.idle);
      return queue.add(async (slot) => {
        expectOpen();
        return runner.run(data, slot);
      });
    },
    async measure(inputs) {
      const data = inputs ? accept(inputs, false) : null;
      return queue.addAlone(async () => {
        expectOpen();
        return runner.measure(data ?? runner.noise());
      });
    },
    async profile(inputs, profileOptions = {}) {
      expectRounds(profileOptions.rounds);
      const data = inputs ? accept(inputs, false) : null;
      return queue.addAlone(async () => {
        expectOpen();
        const upload = () => runner.upload(data ?? runner.noise());
        return profileSteps(plan, executable.steps, device, { ...profileOptions, upload });
      });
    },
    close,
    [Symbol.dispose]: close,
  };
}
