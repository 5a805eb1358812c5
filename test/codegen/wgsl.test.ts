/** Whole shaders of small jobs, to be read when they change. The names of the files say what they are. */
import { expect, test } from 'vitest';
import { defaultProfile, lower } from '../../codegen/index.ts';
import { activationNames, activations, opNames, parse, type Fused } from '../../ir/index.ts';
import { epilogue } from '../../codegen/activation.ts';
import { kernels, pairKernels } from '../../codegen/kernels/index.ts';
import { randomWeights } from '../support/random-weights.ts';

const conv = 'conv2d %x, %w, %k {pads=[1,1,1,1], act="relu"}';

/** By kernel: a node, and the candidate to take. */
const jobs: Readonly<Record<string, readonly [node: string, kernel?: string]>> = {
  activate: ['gelu %x'],
  add: ['add %x, %c'],
  'average-pool': ['averagePool %x'],
  'batch-norm': ['batchNorm %x, %k, %k, %k, %var'],
  concat: ['concat %x, %x2'],
  'conv-channels': ['conv2d %x, %w, %k {strides=[2,2], act="relu"}', 'conv-channels rows1'],
  'conv-depthwise': ['conv2d %x, %dw {group=4}', 'conv-depthwise m1y1x4'],
  'conv-depthwise-rows': [
    'conv2d %x, %dw, %k {group=4, pads=[1,1,1,1], act="relu"}',
    'conv-depthwise-rows x6y6',
  ],
  'conv-direct': [conv, 'conv-direct'],
  'conv-gemm-shuffled': ['conv2d %x3, %many1, %k40 {act="relu"}', 'conv-gemm-shuffled 32x32s8'],
  'conv-gemm': ['conv2d %x3, %many, %k40 {pads=[1,1,1,1], act="relu"}', 'conv-gemm 32x32k2'],
  'conv-matmul': ['conv2d %x, %pw {act="relu"}', 'conv-matmul columns1x16'],
  'conv-pointwise': ['conv2d %x, %pw {strides=[2,2]}', 'conv-pointwise m4x4'],
  'conv-separable': [
    `conv2d %x, %dw, %k {group=4, pads=[1,1,1,1], strides=[2,1], act="clip", actParams=[0,6]}
     %y = conv2d %z, %pw, %k {act="leakyRelu", actParams=[0.1]}`,
    'conv-separable 32x32',
  ],
  'conv-subgroup': ['conv2d %x, %w, %k {strides=[2,2], act="relu"}', 'conv-subgroup m8y2x4'],
  'conv-tiled': [conv, 'conv-tiled m4y1x2'],
  'conv-transpose-direct': [
    'convTranspose2d %x, %w, %k {strides=[2,2], pads=[1,1,1,1], act="relu"}',
    'conv-transpose-direct',
  ],
  'conv-transpose-subgroup': [
    'convTranspose2d %x, %w, %k {strides=[2,2], pads=[1,1,1,1], act="relu"}',
    'conv-transpose-subgroup m4y1x2',
  ],
  'conv-transpose-tiled': [
    'convTranspose2d %x, %pw {strides=[2,1]}',
    'conv-transpose-tiled m4y1x1',
  ],
  'conv-unrolled': ['conv2d %x, %w {pads=[1,1,1,1], strides=[2,1]}', 'conv-unrolled m4x4'],
  'conv-winograd': ['conv2d %x3, %many {pads=[1,1,1,1], act="relu"}', 'conv-winograd rows2x4'],
  'conv-winograd-gemm': [
    'conv2d %x64, %many64 {pads=[1,1,1,1], act="relu"}',
    'conv-winograd-gemm 64x16',
  ],
  'conv-winograd2-gemm': [
    'conv2d %x64, %many64 {pads=[1,1,1,1], act="relu"}',
    'conv-winograd2-gemm 64x16',
  ],
  'global-average-pool': ['globalAveragePool %x', 'global-average-pool'],
  'global-average-pool-shared': ['globalAveragePool %x', 'global-average-pool-shared x16'],
  'linear-direct': ['linear %x, %fc', 'linear-direct'],
  'linear-gemm': ['linear %x, %fc', 'linear-gemm 64x16'],
  'linear-reduce': ['linear %x, %fc', 'linear-reduce m4y4'],
  'linear-tiled': ['linear %x, %fc', 'linear-tiled m4y4'],
  'max-pool': ['maxPool %x'],
  mul: ['mul %x, %x2'],
  softmax: ['softmax %x', 'softmax'],
  'softmax-shared': ['softmax %x', 'softmax-shared x4'],
  sum: ['sum %x, %x2, %x {act="clip", actParams=[-inf,6]}'],
};

test('there is a snapshot for every kernel', () => {
  const single = opNames.flatMap((op) => {
    const offered = kernels[op];
    return offered === 'alias' ? [] : offered.map(({ name }) => name);
  });
  const names = [...single, ...pairKernels.map(({ name }) => name)];
  expect(Object.keys(jobs).sort()).toEqual([...new Set(names)].sort());
});

test.each(Object.entries(jobs))('%s', async (name, [node, kernel]) => {
  const graph = parse(
    `graph g(%x: f32[1,4,6,6], %x2: f32[1,4,6,6], %x3: f32[1,40,6,6], %x64: f32[1,64,6,6]) {
      const %w : f32[4,4,3,3]
      const %many : f32[40,40,3,3]
      const %many1 : f32[40,40,1,1]
      const %many64 : f32[64,64,3,3]
      const %dw : f32[4,1,3,3]
      const %pw : f32[4,4,1,1]
      const %fc : f32[8,6]
      const %k : f32[4]
      const %k40 : f32[40]
      const %var : f32[4]
      const %c : f32[4,1,1]
      %${node.includes('%z') ? 'z' : 'y'} = ${node}
      return %y
    }`,
    randomWeights(),
  );
  const profile = {
    ...defaultProfile,
    features: ['subgroups'],
    subgroupSize: 8,
    subgroupMinSize: 8,
  };
  const plan = lower(graph, profile, kernel ? { kernel } : {});
  expect(new Set(plan.dispatches.map((dispatch) => dispatch.kernel))).toEqual(new Set([name]));
  const texts = plan.pipelines.map(({ wgsl }) => wgsl);
  await expect(texts.join('\n')).toMatchFileSnapshot(`wgsl/${name}.wgsl`);
});

test('conv-winograd on rows of whole vectors, and from one convolution to the next', async () => {
  const graph = parse(
    `graph g(%x: f32[1,40,16,16]) {
      const %w : f32[40,40,3,3]
      const %k : f32[40]
      %y0 = conv2d %x, %w, %k {pads=[1,1,1,1], act="relu"}
      %y1 = conv2d %y0, %w, %k {pads=[1,1,1,1], act="relu"}
      return %y1
    }`,
    randomWeights(),
  );
  const profile = {
    ...defaultProfile,
    features: ['subgroups'],
    subgroupSize: 8,
    subgroupMinSize: 8,
  };
  const plan = lower(graph, profile, { kernel: 'conv-winograd rows2x4' });
  const texts = ['patches-vectors', 'joint', 'outputs-vectors'].map(
    (wanted) =>
      plan.pipelines[plan.dispatches.find(({ label }) => label === wanted)!.pipeline]!.wgsl,
  );
  await expect(texts.join('\n')).toMatchFileSnapshot('wgsl/conv-winograd-vectors.wgsl');
});

test('conv-gemm in float16, what it loads and stores, and its products', async () => {
  const graph = parse(
    `graph g(%x: f32[1,40,6,6], %r: f32[1,40,6,6]) {
      const %many : f32[40,40,3,3]
      const %k : f32[40]
      %y = conv2d %x, %many, %k {pads=[1,1,1,1]}
      %s = sum %y, %r {act="relu"}
      return %s
    }`,
    randomWeights(),
  );
  const profile = { ...defaultProfile, features: ['shader-f16'] };
  const plan = lower(graph, profile, {
    kernel: 'conv-gemm 32x32k2h',
    weights: 'f16',
    arithmetic: 'f16',
    ports: { x: 'f16', r: 'f16', s: 'f16' },
  });
  const texts = plan.pipelines.map(({ wgsl }) => wgsl);
  await expect(texts.join('\n')).toMatchFileSnapshot('wgsl/conv-gemm-half.wgsl');
});

test('from one conv-winograd2-gemm to the next', async () => {
  const graph = parse(
    `graph g(%x: f32[2,64,7,5], %r: f32[2,64,7,5]) {
      const %w : f32[64,64,3,3]
      const %k : f32[64]
      %c = conv2d %x, %w, %k {pads=[1,1,1,1]}
      %y0 = sum %c, %r {act="relu"}
      %y1 = conv2d %y0, %w, %k {pads=[1,1,1,1]}
      return %y1
    }`,
    randomWeights(),
  );
  const { dispatches, pipelines } = lower(graph, defaultProfile, { kernel: 'conv-winograd2-gemm' });
  const { wgsl } = pipelines[dispatches.find(({ label }) => label === 'joint')!.pipeline]!;
  await expect(wgsl).toMatchFileSnapshot('wgsl/conv-winograd2-gemm-joint.wgsl');
});

test('conv-winograd2-gemm by shuffles, of a depth that is no whole number of steps', async () => {
  const graph = parse(
    `graph g(%x: f32[1,65,7,5]) {
      const %w : f32[64,65,3,3]
      %y = conv2d %x, %w {pads=[1,1,1,1]}
      return %y
    }`,
    randomWeights(),
  );
  const profile = { ...defaultProfile, features: ['subgroups'], subgroupMinSize: 4 };
  const plan = lower(graph, profile, { kernel: 'conv-winograd2-gemm 32x32s4' });
  const { pipeline } = plan.dispatches.find(({ label }) => label === '32x32s4')!;
  const { wgsl } = plan.pipelines[pipeline]!;
  await expect(wgsl).toMatchFileSnapshot('wgsl/conv-winograd2-gemm-shuffled.wgsl');
});

test('the activations', async () => {
  // With the tanh form of gelu beside the exact one.
  const all = activationNames.map((act) => [act, Object.values<number>(activations[act].params)]);
  const texts = [...all, ['gelu', [1]]].map(([act, actParams]) => {
    const { functions, words } = epilogue({ act, actParams } as Fused);
    return `// ${String(act)} ${words.map(({ name, value }) => `${name}=${value}`).join(' ')}\n${functions}\n`;
  });
  await expect(texts.join('\n')).toMatchFileSnapshot('wgsl/activations.wgsl');
});
