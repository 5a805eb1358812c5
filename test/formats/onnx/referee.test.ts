/** Files in which something is easily read wrong: written plain, they give what ONNX Runtime gave before. */
import { create, toBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { Tensor } from '../../../ir/index.ts';
import { compile } from '../../../src/compile.ts';
import { openOnnx } from '../../../src/formats/onnx/index.ts';
import * as pb from '../../../src/formats/onnx/schema/onnx_pb.ts';
import { expectClose } from '../../support/close.ts';
import { errorOf } from '../../support/errors.ts';
import { decodeOnnx } from '../../support/onnx-proto.ts';
import { runOnnx } from '../../support/onnx-runtime.ts';
import {
  floatsOf as f,
  intsOf as i,
  onnxNodeOf as n,
  onnxOf,
  type OnnxParts,
} from './make-onnx.ts';

const image = { x: [1, 4, 8, 8] };
const open = { x: ['N', 4, 'H', 'W'] };

/** A wrong size becomes a wrong number: x times the size of r along axis 2. */
const timesSize = [
  n('Shape', ['r'], ['S']),
  n('Gather', ['S', 'I'], ['G']),
  n('Cast', ['G'], ['GF'], { to: 1 }),
  n('Mul', ['x', 'GF'], ['y']),
];
const second = i('I', [2], []);

const resize = (size: number, factor: number): OnnxParts => ({
  inputs: { x: [1, 1, size, size] },
  weights: [f('sc', [4], [1, 1, factor, factor]), second],
  nodes: [n('Resize', ['x', '', 'sc'], ['r'], { mode: 'nearest' }), ...timesSize],
});

const cases: [string, OnnxParts][] = [
  ...[0.7, 0.9, 2.3, 0.55, 1.1].map((factor): [string, OnnxParts] => [
    `Resize by ${factor}`,
    resize(10, factor),
  ]),
  [
    'ReduceMax that does nothing without axes',
    {
      opset: 18,
      inputs: image,
      weights: [second],
      nodes: [n('ReduceMax', ['x'], ['r'], { noop_with_empty_axes: 1 }), ...timesSize],
    },
  ],
  [
    'ReduceSum over an empty list of axes',
    {
      opset: 17,
      inputs: image,
      weights: [i('a', []), second],
      nodes: [n('ReduceSum', ['x', 'a'], ['r']), ...timesSize],
    },
  ],
  [
    'ScatterND that adds',
    {
      opset: 16,
      inputs: image,
      weights: [
        f('c', [4], [1, 2, 3, 4]),
        i('at', [2, 1], [2, 1]),
        f('u', [2], [10, 20]),
        i('sh', [4, 1, 1]),
      ],
      nodes: [
        n('ScatterND', ['c', 'at', 'u'], ['k'], { reduction: 'add' }),
        n('Reshape', ['k', 'sh'], ['k2']),
        n('Mul', ['x', 'k2'], ['y']),
      ],
    },
  ],
  [
    'constants rounded by casts',
    {
      inputs: image,
      weights: [f('c', [4, 1, 1], [0.1, 1 / 3, 1e-6, 7.77])],
      nodes: [
        n('Cast', ['c'], ['h'], { to: 10 }),
        n('Cast', ['h'], ['g'], { to: 1 }),
        n('Mul', ['x', 'g'], ['y']),
      ],
    },
  ],
  [
    'hard-swish of more dimensions',
    {
      inputs: { x: [2, 5] },
      weights: [f('t', [1, 1, 1], [3]), f('s', [], [6]), f('z', [], [0])],
      nodes: [
        n('Add', ['x', 't'], ['a']),
        n('Clip', ['a', 'z', 's'], ['c']),
        n('Mul', ['x', 'c'], ['m']),
        n('Div', ['m', 's'], ['y']),
      ],
    },
  ],
  [
    'a difference of sizes that is 0',
    {
      opset: 17,
      inputs: open,
      weights: [second, i('e', [8], []), i('z', [0], []), f('a', [1], [5]), f('b', [1], [7])],
      nodes: [
        n('Shape', ['x'], ['s']),
        n('Gather', ['s', 'I'], ['h']),
        n('Sub', ['h', 'e'], ['d']),
        n('Equal', ['d', 'z'], ['q']),
        n('Where', ['q', 'a', 'b'], ['k']),
        n('Mul', ['x', 'k'], ['y']),
      ],
    },
  ],
  [
    'division by almost nothing',
    {
      inputs: image,
      weights: [f('t', [], [1e-10]), f('d', [4, 1, 1], [1e-39, 1, 1, 1])],
      nodes: [n('Mul', ['x', 't'], ['m']), n('Div', ['m', 'd'], ['y'])],
    },
  ],
  [
    'nodes that are called like values',
    {
      inputs: image,
      weights: [f('w', [4, 4, 1, 1])],
      outputs: ['b', 'e'],
      nodes: [
        n('Conv', ['x', 'w'], ['a'], {}, 'c'),
        n('Relu', ['a'], ['r'], {}, 'rr'),
        n('Tanh', ['r'], ['b'], {}, 'r.preActivation'),
        n('Identity', ['x'], ['d']),
        n('Identity', ['d'], ['e'], {}, 'f'),
      ],
    },
  ],
  [
    'softmax before opset 13 of open sizes',
    { opset: 11, inputs: open, nodes: [n('Softmax', ['x'], ['y'], { axis: 1 })] },
  ],
  [
    'channel shuffle of open sizes',
    {
      inputs: open,
      weights: [i('two', [2, 2]), i('four', [4]), i('n', [0]), i('hw', [2, 3])],
      nodes: [
        n('Shape', ['x'], ['s']),
        n('Gather', ['s', 'n'], ['N']),
        n('Gather', ['s', 'hw'], ['HW']),
        n('Concat', ['N', 'two', 'HW'], ['split'], { axis: 0 }),
        n('Concat', ['N', 'four', 'HW'], ['join'], { axis: 0 }),
        n('Reshape', ['x', 'split'], ['g']),
        n('Transpose', ['g'], ['t'], { perm: [0, 2, 1, 3, 4] }),
        n('Reshape', ['t', 'join'], ['u']),
        n('Relu', ['u'], ['y']),
      ],
    },
  ],
];

test.each(cases)('%s', async (_, parts) => {
  const bytes = onnxOf(parts);
  const dims = parts.inputs!['x']!.map((d, axis) =>
    typeof d === 'number' ? d : [1, 0, 8, 8][axis]!,
  );
  const size = dims.reduce((a, b) => a * b, 1);
  const x = new Tensor(
    dims,
    Float32Array.from({ length: size }, (_value, k) => ((k * 5) % 13) - 5),
  );
  const model = openOnnx(bytes);
  const { model: written } = model.write(compile(model.graph).graph);
  const names = decodeOnnx(written).graph.node.flatMap(({ name }) => name || []);
  expect(new Set(names).size).toBe(names.length);
  expectClose(await runOnnx(written, { x }), await runOnnx(bytes, { x }), 1e-6);
});

test('names inside of a function’s subgraphs are its own', async () => {
  const branch = (op: string) =>
    create(pb.GraphProtoSchema, {
      name: op,
      node: [n(op, ['a'], ['t'])],
      output: [create(pb.ValueInfoProtoSchema, { name: 't' })],
    });
  const graphAttribute = (name: string, g: pb.GraphProto) =>
    create(pb.AttributeProtoSchema, { name, g, type: pb.AttributeProto_AttributeType.GRAPH });
  const choose = n('If', ['c'], ['b']);
  choose.attribute = [
    graphAttribute('then_branch', branch('Relu')),
    graphAttribute('else_branch', branch('Neg')),
  ];
  const call = n('Fn', ['t'], ['u']);
  call.domain = 'my';
  const model = decodeOnnx(
    onnxOf({
      inputs: image,
      nodes: [n('Tanh', ['x'], ['t']), call, n('Add', ['u', 't'], ['y'])],
    }),
  );
  const isLarge = [
    n('ReduceMax', ['a'], ['m'], { keepdims: 0 }),
    n('Cast', ['m'], ['c'], { to: 9 }),
  ];
  const opset = (domain: string, version: bigint) =>
    create(pb.OperatorSetIdProtoSchema, { domain, version });
  model.opsetImport.push(opset('my', 1n));
  model.functions = [
    create(pb.FunctionProtoSchema, {
      name: 'Fn',
      domain: 'my',
      input: ['a'],
      output: ['b'],
      node: [
        ...isLarge,
        choose,
        n('Tanh', ['a'], ['unused'], {}, 'Tanh_4'),
        n('Tanh', ['a'], ['more']),
      ],
      opsetImport: [opset('', 13n)],
    }),
  ];
  const bytes = toBinary(pb.ModelProtoSchema, model);
  const x = new Tensor([1, 4, 8, 8], new Float32Array(256).fill(0.5));
  const opened = openOnnx(bytes);
  const { model: written } = opened.write(compile(opened.graph).graph);
  expectClose(await runOnnx(written, { x }), await runOnnx(bytes, { x }), 1e-6);
});

test('functions that call functions cannot make a small file large', () => {
  const call = (level: number, k: number) => {
    const node = n(`f${level}`, ['a'], [`v${k}`]);
    node.domain = 'my';
    return node;
  };
  const main = n('f8', ['x'], ['y']);
  main.domain = 'my';
  const model = decodeOnnx(onnxOf({ inputs: image, nodes: [main] }));
  model.functions = Array.from({ length: 9 }, (_, level) =>
    create(pb.FunctionProtoSchema, {
      name: `f${level}`,
      domain: 'my',
      input: ['a'],
      output: ['v0'],
      node: Array.from({ length: 10 }, (_node, k) =>
        level === 0 ? n('Relu', ['a'], [`v${k}`]) : call(level - 1, k),
      ),
    }),
  );
  const bytes = toBinary(pb.ModelProtoSchema, model);
  expect(errorOf(() => openOnnx(bytes, { what: 'bomb.onnx' }))).toMatch(
    /bomb\.onnx: its functions make more than \d+ nodes/,
  );
});

test('long chains of slices, and sizes that double', () => {
  const slices = Array.from({ length: 5000 }, (_, k) =>
    n('Slice', [`s${k}`, 'from', 'to', 'axis'], [`s${k + 1}`]),
  );
  const weights = [i('from', [0]), i('to', [-1]), i('axis', [2]), f('w', [4, 4, 1, 1])];
  const nodes = [n('Relu', ['x'], ['s0']), ...slices, n('Conv', ['s5000', 'w'], ['y'])];
  expect(openOnnx(onnxOf({ inputs: open, nodes, weights })).opaque.length).toBeGreaterThan(1000);
  const doubled = Array.from({ length: 60 }, (_, k) => n('Mul', [`d${k}`, `d${k}`], [`d${k + 1}`]));
  const sizes = [n('Shape', ['x'], ['s']), n('Gather', ['s', 'I'], ['d0']), ...doubled];
  const product = [n('Cast', ['d60'], ['g'], { to: 1 }), n('Mul', ['x', 'g'], ['y'])];
  const file = onnxOf({ inputs: open, nodes: [...sizes, ...product], weights: [second] });
  expect(openOnnx(file).opaque.some(({ why }) => why.includes('the product of too many'))).toBe(
    true,
  );
});
