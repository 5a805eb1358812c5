/** Winograd convolutions that follow each other, some without the image between them, on a device. */
import { expect } from 'vitest';
import { evaluate, Tensor, type Graph, type WeightSource } from '../../ir/index.ts';
import { openSession, type Device, type SessionOptions } from '../../src/runtime/index.ts';
import { expectWithin, unit } from './magnitude.ts';
import { randomInputs, randomWeights } from './random-weights.ts';
import { winogradErrors } from './winograd-error.ts';
import { f4x4, type Form } from './winograd-magnitude.ts';

/**
 * How many times as large as other weights and inputs these are, by name, so that bounds which allow for the errors of
 * some layers tell them from zero: the biases of the first and of the second layer, and what is added to the second.
 */
const scales: Readonly<Record<string, number>> = { b0: 30, b1: 1e4, r: 1e4 };

const scaled = (id: string, { shape, data }: Tensor): Tensor =>
  new Tensor(
    shape,
    data.map((value) => value * (scales[id] ?? 1)),
  );

export const jointWeights = (): WeightSource => (id, declared) =>
  scaled(id, randomWeights()(id, declared) as Tensor);

interface Expected {
  readonly device: Device;
  readonly lowering?: NonNullable<SessionOptions['lowering']>;
  readonly form?: Form;
  /** At most; exactly so unless `isExact` is false, where estimates may be against them. */
  readonly joints: number;
  readonly isExact?: boolean;
}

/** The number of joints in the plan, and results within the bounds. */
export async function expectJoints(
  graph: Graph,
  { device, lowering = {}, form = f4x4, joints, isExact = true }: Expected,
): Promise<void> {
  using session = await openSession(graph, { device, lowering });
  const labels = session.plan.dispatches.map(({ label }) => label);
  const found = labels.filter((label) => label === 'joint').length;
  expect(found).toBeLessThanOrEqual(joints);
  if (isExact) expect(found).toBe(joints);
  const inputs = Object.fromEntries(
    Object.entries(randomInputs(graph)).map(([id, input]) => [id, scaled(id, input)]),
  );
  const errors = Object.entries(winogradErrors(graph, inputs, form));
  const allowed = errors.map(([name, { shape, data }]) => [
    name,
    new Tensor(
      shape,
      Float64Array.from(data, (error) => error / unit),
    ),
  ]);
  const actual = await session.run(inputs);
  expectWithin(actual, evaluate(graph, inputs), Object.fromEntries(allowed), 1);
}
