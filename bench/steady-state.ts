/** What a session does after its first run: whether it makes objects of the GPU, or keeps memory. */
import { compile, openSession, zoo, type Device } from '../src/index.ts';
import { makeNoise } from './protocol.ts';

const WARM_UP = 50;
export const RUNS = 1000;

export interface SteadyState {
  readonly runs: number;
  /** Calls by name, `createBuffer`; command encoders, which WebGPU only lets be used once, are not counted. */
  readonly created: Readonly<Record<string, number>>;
  /** How much the heap of JavaScript has grown, in bytes, after collecting garbage. */
  readonly heapGrowth: number;
}

/** Counts all that is made on a device, until it is told to stop. */
export function countCreations({ gpu }: Device): { created: Record<string, number>; stop(): void } {
  const created: Record<string, number> = {};
  const names = namesOf(gpu).filter((name) => name.startsWith('create'));
  const counted = names.filter((name) => name !== 'createCommandEncoder');
  for (const name of counted) {
    const make = Reflect.get(gpu, name) as (...args: unknown[]) => unknown;
    const count = (...args: unknown[]) => {
      created[name] = (created[name] ?? 0) + 1;
      return make.apply(gpu, args);
    };
    Object.defineProperty(gpu, name, { value: count, configurable: true });
  }
  return { created, stop: () => counted.forEach((name) => Reflect.deleteProperty(gpu, name)) };
}

function namesOf(object: object): string[] {
  const parent = Object.getPrototypeOf(object) as object | null;
  return [...Object.getOwnPropertyNames(object), ...(parent ? namesOf(parent) : [])];
}

/** Runs a small network many times. Node must have been started with --expose-gc. */
export async function measureSteadyState(device: Device): Promise<SteadyState> {
  const { graph } = compile(zoo.mobileone());
  const session = await openSession(graph, { dims: { N: 1 }, device });
  const x = makeNoise(28 * 28);
  const run = async (times: number) => {
    for (let i = 0; i < times; i++) await session.run({ x });
  };
  const heap = async () => {
    // What callbacks of Dawn still hold is let go in a later turn.
    for (let i = 0; i < 3; i++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      globalThis.gc!();
    }
    return process.memoryUsage().heapUsed;
  };
  await run(WARM_UP);
  const before = await heap();
  const counting = countCreations(device);
  await run(RUNS);
  counting.stop();
  const heapGrowth = (await heap()) - before;
  session.close();
  return { runs: RUNS, created: counting.created, heapGrowth };
}
