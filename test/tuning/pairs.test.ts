/** Two convolutions that one kernel may compute: measured against doing them apart. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lower } from '../../codegen/index.ts';
import { parse } from '../../ir/index.ts';
import { openDevice, type Device } from '../../src/runtime/index.ts';
import { groupJobs } from '../../src/tuning/job-groups.ts';
import { tuneJob } from '../../src/tuning/tune-job.ts';
import { randomWeights } from '../support/random-weights.ts';

let device: Device;
beforeAll(async () => void (device = await openDevice()));
afterAll(() => device.close());

const graph = parse(
  `graph g(%x: f32[2,20,9,7]) {
    const %w : f32[20,1,3,3]
    const %b : f32[20]
    const %v : f32[13,20,1,1]
    %d = conv2d %x, %w, %b {pads=[1,1,1,1], group=20, act="gelu", actParams=[0]}
    %y = conv2d %d, %v {act="hardSigmoid", actParams=[0.2,0.5]}
    return %y
  }`,
  randomWeights(),
);

const hardware = () => ({ ...device.profile, software: false });

/** What is found to be best with made-up times, and the plan that comes of it. */
async function tuned(fastest: string) {
  const profile = hardware();
  const { key, offered } = groupJobs(graph, profile, {}).at(-1)!;
  const outcome = await tuneJob(offered, {
    device: { ...device, profile },
    mode: 'quick',
    kernels: undefined,
    tools: {
      now: () => 0,
      measure: async (_: unknown, candidate: string) => (candidate === fastest ? 0.1 : 1),
    },
    isLate: () => false,
    onTry: () => {},
  });
  return { ...outcome, ...lower(graph, profile, { tuned: { [key]: outcome.best! } }) };
}

test('together, where that is faster', async () => {
  const { state, trials, dispatches } = await tuned('conv-separable 32x32');
  expect(state).toBe('measured');
  expect(trials.map(({ candidate }) => candidate)).toContain('apart');
  expect(trials.filter(({ rejected }) => rejected !== undefined)).toEqual([]);
  expect(dispatches).toHaveLength(1);
  expect(dispatches[0]).toMatchObject({
    node: 'y',
    covers: ['d', 'y'],
    kernel: 'conv-separable',
    label: '32x32',
    selection: { by: 'measurement' },
  });
});

test('apart, where that is faster', async () => {
  const { dispatches } = await tuned('apart');
  expect(dispatches.map(({ covers }) => covers)).toEqual([['d'], ['y']]);
});

test('there is no choice on devices that have no kernel for both', () => {
  const nodesOn = (software: boolean) =>
    groupJobs(graph, { ...hardware(), software }, {}).map(({ nodes }) => nodes);
  expect(nodesOn(false)).toEqual([['d'], ['y'], ['y']]);
  expect(nodesOn(true)).toEqual([['d'], ['y']]);
});
