import { describe, expect, test } from 'vitest';
import {
  addCosts,
  graphStats,
  nodeCost,
  nominalShape,
  parse,
  peakActivationBytes,
  view,
  weigh,
} from '../../ir/index.ts';
import { randomWeights } from '../support/random-weights.ts';

/** The cost of the last node of a graph over x, written after its constants. */
function costOf(x: string, ...lines: string[]) {
  const text = `graph g(%x: ${x}) {\n${lines.join('\n')}\nreturn %x\n}`;
  const graph = parse(text, randomWeights());
  return nodeCost(graph.nodes.at(-1)!, view(graph).shape);
}

test('a 3x3 convolution', () => {
  const cost = costOf(
    'f32[2,3,8,10]',
    'const %w : f32[4,3,3,3]',
    'const %b : f32[4]',
    '%c = conv2d %x, %w, %b {pads=[1,1,1,1]}',
  );
  expect(cost).toEqual({
    macs: 2 * 4 * 8 * 10 * 3 * 3 * 3,
    bytes: 4 * (2 * 3 * 8 * 10 + 4 * 3 * 3 * 3 + 4 + 2 * 4 * 8 * 10),
    dispatches: 1,
  });
});

test('the first layer of ResNet-50: 118 million multiply-adds', () => {
  const line = '%c = conv2d %x, %w {strides=[2,2], pads=[3,3,3,3]}';
  expect(costOf('f32[1,3,224,224]', 'const %w : f32[64,3,7,7]', line).macs).toBe(118_013_952);
});

test('depthwise: as many times fewer as there are channels', () => {
  const line = '%c = conv2d %x, %w {group=32, pads=[1,1,1,1]}';
  expect(costOf('f32[1,32,7,7]', 'const %w : f32[32,1,3,3]', line).macs).toBe(32 * 7 * 7 * 9);
});

test('linear layers, also of sequences', () => {
  const w = 'const %w : f32[10,8]';
  expect(costOf('f32[2,8]', w, '%y = linear %x, %w').macs).toBe(2 * 10 * 8);
  expect(costOf('f32[2,5,8]', w, '%y = linear %x, %w').macs).toBe(2 * 5 * 10 * 8);
});

test('an operand used twice is read twice; float64 counts double', () => {
  expect(costOf('f32[2,3]', '%y = sum %x, %x').bytes).toBe(4 * 18);
  expect(costOf('f64[2,3]', '%y = relu %x').bytes).toBe(8 * 12);
});

test('renaming memory is free', () => {
  const free = { macs: 0, bytes: 0, dispatches: 0 };
  const lines = ['%y = identity %x', '%y = flatten %x', '%y = reshape %x {shape=[-1]}'];
  expect(lines.map((line) => costOf('f32[2,3]', line))).toEqual([free, free, free]);
  expect(costOf('f32[2,3]', '%y = relu %x').dispatches).toBe(1);
});

test('open sizes count as a batch of 1 and 56 pixels', () => {
  expect(nominalShape(['N', 3, 'H', 'floor((W+1)/2)'])).toEqual([1, 3, 56, 56]);
  const w = 'const %w : f32[4,3,1,1]';
  expect(costOf('f32[N,3,H,W]', w, '%c = conv2d %x, %w').macs).toBe(4 * 3 * 56 * 56);
});

test('costs add up, and each part weighs', () => {
  const [a, b] = [
    { macs: 1, bytes: 2, dispatches: 3 },
    { macs: 10, bytes: 20, dispatches: 30 },
  ];
  expect(addCosts([a, b])).toEqual({ macs: 11, bytes: 22, dispatches: 33 });
  expect(addCosts([])).toEqual({ macs: 0, bytes: 0, dispatches: 0 });
  const weights = [
    { ...a, macs: 2 },
    { ...a, bytes: 3 },
    { ...a, dispatches: 4 },
  ].map(weigh);
  expect(weights.every((w) => w > weigh(a))).toBe(true);
});

describe('the statistics of a graph', () => {
  const graph = parse(
    `graph g(%x: f32[1,3,8,8]) {
      const %w : f32[4,3,3,3]
      const %scale : f32[4]
      const %bias : f32[4]
      const %mean : f32[4]
      const %var : f32[4]
      const %fc : f32[10,4]
      %c = conv2d %x, %w {pads=[1,1,1,1]}
      %n = batchNorm %c, %scale, %bias, %mean, %var
      %p = globalAveragePool %n
      %f = flatten %p
      %y = linear %f, %fc
      return %y
    }`,
    randomWeights(),
  );

  test('count learned parameters, not running statistics', () => {
    expect(graphStats(graph)).toEqual({
      nodes: 5,
      convs: 1,
      transposedConvs: 0,
      batchNorms: 1,
      params: 4 * 3 * 3 * 3 + 4 + 4 + 10 * 4,
      macs: 4 * 8 * 8 * 27 + 10 * 4,
    });
  });
});

test('only convolutions and linear layers have multiply-adds', () => {
  expect(
    costOf('f32[2,4,3,3]', 'const %s : f32[4]', '%n = batchNorm %x, %s, %s, %s, %s').macs,
  ).toBe(0);
  expect(costOf('f32[2,4,3,3]', '%m = maxPool %x').macs).toBe(0);
});

describe('the peak of activations', () => {
  const peak = (text: string) => peakActivationBytes(parse(text, randomWeights()));

  test('a chain holds two values, the largest pair', () => {
    const lines = '%a = relu %x\n%b = globalAveragePool %a\n%c = relu %b\nreturn %c';
    expect(peak(`graph g(%x: f32[1,2,3,4]) {\n${lines}\n}`)).toBe(4 * (24 + 24));
  });

  test('a branch stays until the sum that reads it', () => {
    const lines = '%a = relu %x\n%b = sigmoid %a\n%c = relu %b\n%y = sum %a, %c\nreturn %y';
    // At c: a, b and c; x is gone. At y: a, c and y.
    expect(peak(`graph g(%x: f32[10]) {\n${lines}\n}`)).toBe(4 * 30);
    const kept = lines.replace('%y = sum %a, %c\n', '%d = relu %c\n%y = sum %a, %x, %d\n');
    expect(peak(`graph g(%x: f32[10]) {\n${kept}\n}`)).toBe(4 * 40);
  });

  test('weights do not count, outputs stay to the end, elements have their size', () => {
    const lines = 'const %w : f64[10]\n%a = relu %x\n%b = mul %a, %w\n%c = relu %b\nreturn %a, %c';
    expect(peak(`graph g(%x: f64[10]) {\n${lines}\n}`)).toBe(8 * 30);
  });

  test('what nobody reads is there while it is computed', () => {
    expect(peak('graph g(%x: f32[10]) {\n%a = relu %x\n%b = relu %x\nreturn %x\n}')).toBe(4 * 20);
  });

  test('an input is there from the start, and read twice by one node counts once', () => {
    const text = 'graph g(%x: f32[10], %z: f32[5]) {\n%a = sum %x, %x\nreturn %a\n}';
    expect(peak(text)).toBe(4 * 25);
  });
});
