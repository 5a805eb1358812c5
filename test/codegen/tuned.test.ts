/** Jobs by their keys, and choices that were measured. */
import { describe, expect, test } from 'vitest';
import { defaultProfile, jobKey, jobsOf, lower } from '../../codegen/index.ts';
import type { Job, Kernel, TunedChoice, TunedChoices } from '../../codegen/index.ts';
import { aloneJob, pipelinesOf } from '../../codegen/tuned.ts';
import { convTiled } from '../../codegen/kernels/conv-tiled.ts';
import { parse, type Graph } from '../../ir/index.ts';
import { randomWeights } from '../support/random-weights.ts';

/** A convolution `y`, and whatever lines come before and after. */
const conv = (attrs: string, { x = '1,8,9,9', w = '8,8,3,3', before = '', after = '' } = {}) =>
  parse(
    `graph g(%x: f32[${x}], %r: f32[1,8,9,9]) {
      const %w : f32[${w}]
      const %b : f32[8]
      const %p : f32[8]
      ${before}
      %y = conv2d ${attrs}
      ${after || 'return %y'}
    }`,
    randomWeights(),
  );

const keysOf = (graph: Graph) => jobsOf(graph).map(({ job }) => jobKey(job));
const plain = '%x, %w {pads=[1,1,1,1]}';

test('a key in text', () => {
  expect(keysOf(conv('%x, %w, %b {pads=[1,1,1,1], act="relu"}'))).toEqual([
    'conv2d [1,8,9,9] const[8,8,3,3] const[8] - dilations=[1,1] group=1 pads=[1,1,1,1] strides=[1,1] relu',
  ]);
});

test('jobs that differ in anything a kernel may depend on have keys that differ', () => {
  const jobs = [
    conv(plain),
    conv('%x, %w'),
    conv('%x, %w {pads=[1,1,1,1], strides=[2,2]}'),
    conv('%x, %w {pads=[1,1,1,1], dilations=[2,2]}'),
    conv('%x, %w {pads=[1,1,1,1], group=2}', { w: '8,4,3,3' }),
    conv('%x, %w, %b {pads=[1,1,1,1]}'),
    conv('%x, %w, _, %p {pads=[1,1,1,1]}'),
    conv('%x, %w {pads=[1,1,1,1], act="relu"}'),
    conv('%x, %w {pads=[1,1,1,1], act="gelu", actParams=[0]}'),
    conv('%x, %w {pads=[1,1,1,1], act="gelu", actParams=[1]}'),
    conv(plain, { x: '2,8,9,9' }),
    conv(plain, { x: '1,8,9,10' }),
    conv(plain, { w: '9,8,3,3' }),
    conv(plain, { after: '%s = sum %y, %r\nreturn %s' }),
    conv(plain, { after: '%s = sum %y, %r {act="relu"}\nreturn %s' }),
    conv('%x, %k {pads=[1,1,1,1]}', { before: '%k = relu %w' }),
    conv('%x, %k {pads=[1,1,1,1]}', { w: '8,72', before: '%k = reshape %w {shape=[8,8,3,3]}' }),
  ];
  const keys = jobs.map((graph) => keysOf(graph).at(-1)!);
  expect(new Set(keys).size).toBe(jobs.length);
});

test('names of values are no part of a key, nor is whether operands are one value', () => {
  const graph = parse(
    `graph g(%a: f32[1,8,9,9], %c: f32[1,8,9,9]) {
      const %w : f32[8,8,3,3]
      const %v : f32[8,8,3,3]
      %y = conv2d %a, %w {pads=[1,1,1,1]}
      %s = sum %y, %a
      %z = conv2d %s, %v {pads=[1,1,1,1]}
      %t = sum %z, %c
      return %t
    }`,
    randomWeights(),
  );
  const keys = keysOf(graph);
  expect(keys).toHaveLength(2);
  expect(keys[0]).toBe(keys[1]);
});

describe('a choice that was measured', () => {
  const graph = conv(plain);
  const job = jobsOf(graph)[0]!.job as Job<'conv2d'>;
  const kernelOf = (tuned?: TunedChoices, kernel?: string) => {
    const options = { ...(tuned && { tuned }), ...(kernel && { kernel }) };
    return lower(graph, defaultProfile, options)
      .pipelines[0]!.key.split(' ')
      .slice(0, -1)
      .join(' ');
  };
  const choice = (label: string): TunedChoice => {
    const all = convTiled.candidates(aloneJob(job), defaultProfile);
    const pipelines = pipelinesOf(all.find((one) => one.label === label)!);
    return { kernel: 'conv-tiled', label, pipelines };
  };
  const untuned = kernelOf();
  const other = ['m4y1x2', 'm4y2x4'].find((label) => untuned !== `conv-tiled ${label}`)!;
  const tuned = (one: TunedChoice): TunedChoices => ({ [jobKey(job)]: one });

  test('is taken', () => {
    expect(kernelOf(tuned(choice(other)))).toBe(`conv-tiled ${other}`);
  });
  test('is told apart from an estimate', () => {
    const selectionOf = (options: { tuned?: TunedChoices }) =>
      lower(graph, defaultProfile, options).dispatches[0]!.selection;
    expect(selectionOf({})!.by).toBe('estimate');
    const trials = ['one', 'two', 'three'];
    expect(selectionOf({ tuned: tuned({ ...choice(other), trials }) })).toEqual({
      candidates: 3,
      by: 'measurement',
    });
  });
  test('is taken where operands are one value, though the shader is another', () => {
    const twice = conv(plain, { after: '%s = sum %y, %x\nreturn %s' });
    const once = conv(plain, { after: '%s = sum %y, %r\nreturn %s' });
    const keyOf = (one: Graph, choices: TunedChoices) =>
      lower(one, defaultProfile, { tuned: choices }).pipelines[0]!.key;
    const own = jobsOf(once)[0]!.job as Job<'conv2d'>;
    const all = convTiled.candidates(aloneJob(own), defaultProfile);
    const pipelines = pipelinesOf(all.find(({ label }) => label === other)!);
    const choices = { [jobKey(own)]: { kernel: 'conv-tiled', label: other, pipelines } };
    expect(keyOf(once, choices)).toBe(pipelines[0]);
    expect(keyOf(twice, choices)).toMatch(`conv-tiled ${other}`);
    expect(keyOf(twice, choices)).not.toBe(pipelines[0]);
  });
  test('gives way to a kernel that is forced', () => {
    expect(kernelOf(tuned(choice(other)), 'conv-direct')).toBe('conv-direct');
  });
  test('is taken though another kernel claims the job', () => {
    const lanes = {
      ...defaultProfile,
      features: ['subgroups'],
      subgroupSize: 8,
      subgroupMinSize: 8,
      software: true,
    };
    const wide = conv(plain, { x: '1,64,9,9', w: '64,64,3,3', after: 'return %y' });
    const key = jobKey(jobsOf(wide)[0]!.job);
    const kernels = (options = {}) => lower(wide, lanes, options).dispatches[0]!.kernel;
    expect(kernels()).toBe('conv-winograd');
    expect(kernels({ tuned: { [key]: choice('m4y2x4') } })).toBe('conv-tiled');
  });
  test('counts for its job only', () => {
    expect(kernelOf({ [`${jobKey(job)} relu`]: choice(other) })).toBe(untuned);
  });
  test.each<[string, Partial<TunedChoice>]>([
    ['kernel', { kernel: 'conv-tilde' }],
    ['label', { label: 'm4y1x3' }],
    ['shader', { pipelines: ['conv-tiled m4y2x4 0'] }],
    ['number of shaders', { pipelines: [...choice(other).pipelines, ...choice(other).pipelines] }],
  ])('is stale once its %s is another', (_, change) => {
    expect(kernelOf(tuned({ ...choice(other), ...change }))).toBe(untuned);
  });
  test('is stale once its kernel refuses the job', () => {
    const picky: Kernel<'conv2d'> = { ...convTiled, name: 'picky', refuses: () => 'no' };
    const all = tuned({ ...choice(other), kernel: 'picky' });
    const { pipelines } = lower(graph, defaultProfile, {
      tuned: all,
      kernels: { conv2d: [picky] },
    });
    expect(pipelines[0]!.key).toMatch(untuned);
  });
});

test('kernels can be added to those of an op', () => {
  const cheap: Kernel<'conv2d'> = {
    ...convTiled,
    name: 'conv-cheap',
    candidates: (job, device) =>
      convTiled.candidates(job, device).map((one) => ({ ...one, cost: 0, label: 'cheap' })),
  };
  const graph = conv(plain);
  const seen = (options = {}) => jobsOf(graph, options)[0]!.kernels.map(({ name }) => name);
  expect(seen({ kernels: { conv2d: [cheap] } })).toEqual([...seen(), 'conv-cheap']);
  expect(seen({ kernels: { linear: [] } })).toEqual(seen());
  expect(() => lower(graph, defaultProfile, { kernel: 'conv-cheap dear' })).not.toThrow();
  const forced = { kernel: 'conv-cheap dear', kernels: { conv2d: [cheap] } };
  expect(() => lower(graph, defaultProfile, forced)).toThrow('conv-cheap: offers cheap, not dear');
});
