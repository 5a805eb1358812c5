import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Dispatch, Plan } from '../../codegen/index.ts';
import { openDevice, type Device } from '../../src/runtime/index.ts';
import { startPlan } from '../../src/runtime/session.ts';
import { expectedY, scaleConstants, scalePlan, scaleWgsl } from './hand-made.ts';

const unreported: string[] = [];
let device: Device;
beforeAll(async () => {
  device = await openDevice({ onError: ({ message }) => unreported.push(message) });
});
afterAll(() => device.close());

const plan = scalePlan(4);
const [pipeline] = plan.pipelines as [Plan['pipelines'][number]];
const [stem, head] = plan.dispatches as [Dispatch, Dispatch];

/** The error of opening the plan with these changes. */
async function refusal(changes: Partial<Plan>): Promise<unknown> {
  try {
    const session = await startPlan({ ...plan, ...changes }, scaleConstants, { device });
    session.close();
  } catch (error) {
    if (device.memory.buffers > 0) throw new Error('the refused plan left buffers behind');
    return error;
  }
  throw new Error('the plan was not refused');
}

test('a shader that does not compile names node, kernel and line, and may be mended', async () => {
  const bad = { ...pipeline, key: 'bad', wgsl: scaleWgsl.replace('w[0]', 'weight[0]') };
  const known = device.pipelines.count;
  expect(await refusal({ pipelines: [bad] })).toMatchObject({
    name: 'ReparamError',
    code: 'gpu',
    subject: 'stem',
    message: expect.stringMatching(
      /^node "stem", kernel scale: its shader was refused: line 8:\d+: .*'weight'.*\n {4}if \(id\.x/,
    ),
  });
  expect(device.pipelines.count).toBe(known);
  using session = await startPlan(
    { ...plan, pipelines: [{ ...pipeline, key: 'bad' }] },
    scaleConstants,
    { device },
  );
  const { y } = await session.run({ x: Float32Array.of(1, 2, 3, 4) });
  expect([...y!.data]).toEqual(expectedY([1, 2, 3, 4]));
});

test('a pipeline that does not fit its layout names the node that uses it', async () => {
  const bad = { ...pipeline, key: 'layout', layout: ['read', 'read', 'read', 'uniform'] } as const;
  const dispatches = [stem, { ...head, pipeline: 1 }];
  expect(await refusal({ pipelines: [pipeline, bad], dispatches })).toMatchObject({
    code: 'gpu',
    subject: 'head',
    message: expect.stringMatching(
      /^node "head", kernel scale: its shader was refused: .*storage/is,
    ),
  });
});

test('a missing binding names the node', async () => {
  const dispatches = [stem, { ...head, bindings: head.bindings.slice(0, 3) }];
  expect(await refusal({ dispatches })).toMatchObject({
    code: 'gpu',
    subject: 'head',
    message: expect.stringMatching(/^node "head", kernel scale: its bindings were refused: .*3/s),
  });
});

test('a buffer both read and written names the node', async () => {
  const [input, weight, , sizes] = head.bindings as [
    Dispatch['bindings'][number],
    Dispatch['bindings'][number],
    unknown,
    Dispatch['bindings'][number],
  ];
  const output = {
    kind: 'write',
    value: 'z',
    region: { buffer: 1, offset: 0, bytes: 16 },
  } as const;
  const dispatches = [stem, { ...head, bindings: [input, weight, output, sizes] }];
  expect(await refusal({ dispatches })).toMatchObject({
    code: 'gpu',
    subject: 'head',
    message: expect.stringMatching(
      /^node "head", kernel scale: its dispatch was refused: .*writable/s,
    ),
  });
});

test('too many workgroups name the node', async () => {
  const dispatches: Dispatch[] = [stem, { ...head, workgroups: [1, 2 ** 24, 1] }];
  expect(await refusal({ dispatches })).toMatchObject({
    code: 'gpu',
    subject: 'head',
    message: expect.stringContaining('16777216'),
  });
});

test('a buffer larger than the device allows names its owner', async () => {
  const size = device.profile.limits.maxBufferSize + 8;
  expect(await refusal({ buffers: [16, size] })).toMatchObject({
    code: 'limit',
    subject: 'y',
    message: expect.stringMatching(/MiB for the activations of "scale", the largest being "y"/),
  });
});

test('a device that is lost says why, to runs under way and to later ones', async () => {
  const own = await openDevice();
  const session = await startPlan(plan, scaleConstants, { device: own });
  const x = new Float32Array(4);
  const runs = [session.run({ x }), session.run({ x }), session.measure()];
  own.gpu.destroy();
  const lost = {
    code: 'device-lost',
    message: expect.stringMatching(/^the device was lost: destroyed: ./),
  };
  const settled = await Promise.allSettled(runs);
  // The first may have been done before.
  for (const one of settled.slice(1)) expect(one).toMatchObject({ reason: lost });
  await expect(session.run({ x })).rejects.toMatchObject(lost);
  await expect(session.measure()).rejects.toMatchObject(lost);
  await expect(startPlan(plan, scaleConstants, { device: own })).rejects.toMatchObject(lost);
  session.close();
  expect(own.memory.buffers).toBe(0);
  own.close();
});

test('none of the errors was reported a second time', () => {
  expect(unreported).toEqual([]);
});
