/** Crops before convolutions and borders made by slice assignment, as ACNet and Diverse Branch Blocks have them. */
import { describe, expect, test } from 'vitest';
import { evaluate, graphStats, type Graph } from '../../../ir/index.ts';
import { compile } from '../../../src/compile.ts';
import { readOnnx, writeOnnx } from '../../../src/formats/onnx/index.ts';
import { expectClose } from '../../support/close.ts';
import { runOnnx } from '../../support/onnx-runtime.ts';
import { randomInputs } from '../../support/random-weights.ts';
import { floatsOf, intsOf, onnxNodeOf as n, onnxOf, type OnnxParts } from './make-onnx.ts';

/** The graph, after it and what becomes of it give what ONNX Runtime gives for the file. */
async function imported(parts: OnnxParts, dims: Record<string, number> = {}): Promise<Graph> {
  const bytes = onnxOf(parts);
  const graph = readOnnx(bytes);
  const given = randomInputs(graph, dims);
  const wanted = await runOnnx(bytes, given);
  const plain = compile(graph).graph;
  for (const form of [graph, plain]) {
    expectClose(evaluate(form, given), wanted, 1e-5);
    expectClose(await runOnnx(writeOnnx(form), given), wanted, 1e-5);
    expectClose(evaluate(readOnnx(writeOnnx(form)), given), wanted, 1e-5);
  }
  return graph;
}

const image = [2, 2, 9, 8];
const ops = ({ nodes }: Graph) => nodes.map(({ op }) => op).join();

const END = 2 ** 62;
const slice = (input: string, output: string, axis: string, from = 'one', to = 'minusOne') =>
  n('Slice', [input, from, to, axis], [output]);
const sliceWeights = [
  ...[intsOf('rows', [2]), intsOf('columns', [3]), intsOf('both', [2, -1])],
  ...[intsOf('one', [1]), intsOf('minusOne', [-1]), intsOf('end', [END])],
  ...[intsOf('ones', [1, 1]), intsOf('minusOnes', [-1, -1])],
];

describe('crops', () => {
  /** A square kernel, a column and a row of it, and its middle: all see the same image. */
  const branches = (strides: number[]) => [
    n('Conv', ['x', 'w'], ['square'], { strides }),
    slice('x', 'forColumn', 'columns'),
    n('Conv', ['forColumn', 'column'], ['a'], { strides }),
    slice('x', 'forRow', 'rows'),
    n('Conv', ['forRow', 'row'], ['b'], { strides }),
    n('Slice', ['x', 'ones', 'minusOnes', 'both'], ['forPoint']),
    n('Conv', ['forPoint', 'point'], ['c'], { strides }),
    n('Sum', ['square', 'a', 'b', 'c'], ['y']),
  ];
  const weights = [
    ...[floatsOf('w', [3, 2, 3, 3]), floatsOf('column', [3, 2, 3, 1])],
    ...[floatsOf('row', [3, 2, 1, 3]), floatsOf('point', [3, 2, 1, 1])],
    ...sliceWeights,
  ];

  test.each([[[1, 1]], [[2, 1]], [[2, 3]]])('branches of strides %j merge', async (strides) => {
    const graph = await imported({ inputs: { x: image }, nodes: branches(strides), weights });
    expect(graphStats(graph).convs).toBe(4);
    expect(ops(compile(graph).graph)).toBe('conv2d');
    expect(compile(graph).graph.nodes[0]!.attrs).toMatchObject({ pads: [0, 0, 0, 0] });
  });

  test('with open sizes', async () => {
    const x = ['N', 2, 'H', 'W'];
    const parts = { inputs: { x }, nodes: branches([1, 1]), weights };
    expect(ops(compile(await imported(parts, { N: 2, H: 7, W: 6 })).graph)).toBe('conv2d');
  });

  test('one after the other, of some sides, beside pads of the others', async () => {
    const nodes = [
      slice('x', 's', 'rows', 'one', 'end'),
      n('Slice', ['s', 'minusFive', 'minusOne', 'columns'], ['t']),
      n('Conv', ['t', 'w'], ['y'], { pads: [0, 0, 2, 0], dilations: [2, 1] }),
    ];
    const all = [...weights, intsOf('minusFive', [-5])];
    const graph = await imported({ inputs: { x: image }, nodes, weights: all });
    expect(graph.nodes[0]!.attrs).toMatchObject({ pads: [-1, -3, 2, -1] });
    expect(graph.nodes).toHaveLength(1);
  });

  test('as pads below zero', async () => {
    const nodes = [n('Pad', ['x', 'p'], ['s']), n('Conv', ['s', 'w'], ['y'])];
    const all = [floatsOf('w', [3, 2, 3, 3]), intsOf('p', [0, 0, -1, 2, 0, 0, 1, -2])];
    const graph = await imported({ inputs: { x: image }, nodes, weights: all });
    expect(graph.nodes[0]!.attrs).toMatchObject({ pads: [-1, 2, 1, -2] });
  });

  test('of a padded image', async () => {
    const nodes = [
      n('Pad', ['x', 'p', 'v'], ['padded']),
      slice('padded', 's', 'rows'),
      n('Conv', ['s', 'w'], ['y']),
    ];
    const border = [intsOf('p', [0, 0, 2, 1, 0, 0, 0, 1]), floatsOf('v', [], [0.5])];
    const all = [...weights, ...border];
    const graph = await imported({ inputs: { x: image }, nodes, weights: all });
    expect(graph.nodes[0]!.attrs).toMatchObject({ pads: [1, 1, -1, 1] });
    expect(graph.nodes).toHaveLength(1);
  });

  test('whose size alone is asked for, of any border', async () => {
    const nodes = [
      n('Pad', ['x', 'p'], ['padded']),
      slice('padded', 's', 'rows', 'one', 'end'),
      n('Shape', ['s'], ['shape']),
      n('ConstantOfShape', ['shape'], ['zeros']),
      slice('padded', 't', 'rows', 'one', 'end'),
      n('Conv', ['t', 'point'], ['c']),
      n('Slice', ['zeros', 'one', 'end', 'channels'], ['part']),
      n('Add', ['c', 'part'], ['y']),
    ];
    const all = [...weights, intsOf('p', [0, 0, 1, 0, 0, 0, 1, 0]), intsOf('channels', [1])];
    const graph = await imported({ inputs: { x: image }, nodes, weights: all });
    expect(graph.nodes[0]!.op).toBe('conv2d');
  });
});

/** Indices [N, C, H, W, 4] of a box. */
function box(name: string, from: readonly number[], to: readonly number[]) {
  const sizes = to.map((end, i) => end - from[i]!);
  const indices: number[] = [];
  for (let i = 0; i < sizes.reduce((a, b) => a * b, 1); i++) {
    let rest = i;
    const index = sizes.toReversed().map((size) => {
      const at = rest % size;
      rest = Math.floor(rest / size);
      return at;
    });
    indices.push(...index.toReversed().map((at, k) => at + from[k]!));
  }
  return intsOf(name, indices, [...sizes, 4]);
}

const perChannel = (shape: number[], values: readonly number[]) => {
  const [images, channels, height, width] = shape as [number, number, number, number];
  const plane = Array.from({ length: channels }, (_, c) =>
    new Array<number>(height * width).fill(values[c]!),
  );
  return new Array(images).fill(plane.flat()).flat() as number[];
};

describe('slice assignment', () => {
  const x = [2, 2, 4, 5];
  const conv = (input: string) => n('Conv', [input, 'w'], ['y']);
  const w = floatsOf('w', [3, 2, 3, 3]);

  test('of an image into a constant one is a pad', async () => {
    const shape = [2, 2, 7, 8];
    const parts = {
      inputs: { x },
      nodes: [n('ScatterND', ['around', 'at', 'x'], ['s']), conv('s')],
      weights: [
        w,
        floatsOf('around', shape, perChannel(shape, [0.5, -2])),
        box('at', [0, 0, 1, 2], [2, 2, 5, 7]),
      ],
    };
    const graph = await imported(parts);
    expect(ops(graph)).toBe('conv2d');
    expect(graph.nodes[0]!.attrs).toMatchObject({ pads: [1, 2, 2, 1] });
  });

  test('to each side of a padded image is one pad', async () => {
    const sides = [
      ['top', [0, 0, 0, 0], [2, 2, 1, 7]],
      ['bottom', [0, 0, 5, 0], [2, 2, 6, 7]],
      ['left', [0, 0, 0, 0], [2, 2, 6, 1]],
      ['right', [0, 0, 0, 6], [2, 2, 6, 7]],
    ] as const;
    const nodes = sides.map(([side], i) =>
      n('ScatterND', [i ? sides[i - 1]![0] : 'padded', `at${side}`, `to${side}`], [side]),
    );
    const weights = sides.flatMap(([side, from, to]) => {
      const shape = to.map((end, i) => end - from[i]!);
      return [
        box(`at${side}`, from, to),
        floatsOf(`to${side}`, shape, perChannel(shape, [0.5, -2])),
      ];
    });
    const pads = intsOf('p', [0, 0, 1, 1, 0, 0, 1, 1]);
    const graph = await imported({
      inputs: { x },
      nodes: [n('Pad', ['x', 'p'], ['padded']), ...nodes, conv('right')],
      weights: [w, pads, ...weights],
    });
    expect(ops(graph)).toBe('conv2d');
    const onlyThree = await imported({
      inputs: { x },
      nodes: [n('Pad', ['x', 'p'], ['padded']), ...nodes.slice(0, 3), conv('left')],
      weights: [w, pads, ...weights.slice(0, 6)],
    });
    expect(ops(onlyThree)).toBe('conv2d,add,conv2d');
  });

  test.each([
    ['the inside', [0, 0, 1, 0], [2, 2, 2, 7]],
    ['one image of the batch', [0, 0, 0, 0], [1, 2, 1, 7]],
  ] as const)('to %s is not supported', (_, from, to) => {
    const shape = to.map((end, i) => end - from[i]!);
    const parts = {
      inputs: { x },
      nodes: [
        n('Pad', ['x', 'p'], ['padded']),
        n('ScatterND', ['padded', 'at', 'v'], ['s']),
        conv('s'),
      ],
      weights: [
        w,
        intsOf('p', [0, 0, 1, 1, 0, 0, 1, 1]),
        box('at', from, to),
        floatsOf('v', shape),
      ],
    };
    expect(() => readOnnx(onnxOf(parts))).toThrow(/assigns to the (inside|images)/);
  });
});
