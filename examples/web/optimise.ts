/** What the page does with a model: compile it, check the result, compare and time both forms on the GPU. */
import {
  checkEquivalence,
  compare,
  compile,
  graphStats,
  nominalDims,
  openSession,
  printLog,
  profileLayers,
  specialise,
  Tensor,
} from '../../src/index.ts';
import type {
  Device,
  Difference,
  Equivalence,
  Graph,
  GraphStats,
  LayerProfile,
  Session,
  SessionOptions,
} from '../../src/index.ts';

export interface Form {
  readonly stats: GraphStats;
  /** Milliseconds of a run without transfers, 25th percentile. */
  readonly ms: number;
  readonly dispatches: number;
}

export interface Outcome {
  readonly graph: Graph;
  readonly training: Form;
  readonly plain: Form;
  /** By the evaluator, region by region: what it does not find right must not be written. */
  readonly equivalence: Equivalence;
  /** On the GPU, on noise. */
  readonly difference: Difference;
  /** Of the plain form. */
  readonly layers: readonly LayerProfile[];
  /** What was not merged, and why; a line each. */
  readonly refused: string;
}

export interface Options {
  readonly device: Device;
  readonly tune: NonNullable<SessionOptions['tune']>;
  readonly say: (text: string) => Promise<void>;
}

/** Of a run in each form, in turn. */
const MOST_ROUNDS = 30;
const SECONDS = 5;

/** Batch 1, and 224 pixels where the file leaves them open. Throws what sessions throw. */
export async function optimise(source: Graph, { device, tune, say }: Options): Promise<Outcome> {
  await say('rewriting');
  const { graph, log } = compile(source);
  const fixed = (one: Graph) => specialise(one, nominalDims(source));
  await say('checking');
  const equivalence = await checkEquivalence(source, graph);
  await say('compiling kernels');
  using training = await openSession(fixed(source), { device, tune });
  using plain = await openSession(fixed(graph), { device, tune });
  await say('comparing');
  const difference = await compare(training, plain, noiseFor(plain));
  await say('timing');
  const [before, after] = await timeInTurn([training, plain]);
  const layers = profileLayers(fixed(graph), await plain.profile());
  const form = (one: Graph, session: Session, ms: number): Form => ({
    stats: graphStats(fixed(one)),
    ms,
    dispatches: session.plan.dispatches.length,
  });
  return {
    graph,
    training: form(source, training, before!),
    plain: form(graph, plain, after!),
    equivalence,
    difference,
    layers,
    refused: printLog(log.filter(({ kind }) => kind === 'refused')),
  };
}

const noiseFor = ({ plan }: Session): Record<string, Tensor> =>
  Object.fromEntries(
    plan.inputs.map(({ name, shape }) => {
      const length = shape.reduce((a, b) => a * b, 1);
      return [
        name,
        new Tensor(
          shape,
          Float32Array.from({ length }, (_, i) => Math.sin(7 * i)),
        ),
      ];
    }),
  );

async function timeInTurn(sessions: readonly Session[]): Promise<number[]> {
  const times = sessions.map((): number[] => []);
  const end = performance.now() + 1000 * SECONDS;
  for (let round = 0; round < MOST_ROUNDS && (round < 3 || performance.now() < end); round++) {
    for (const [i, session] of sessions.entries()) times[i]!.push(await session.measure());
  }
  return times.map((all) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 4)]!);
}
