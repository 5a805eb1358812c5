/** What the fixtures do not show of files that are opened and written back. */
import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { evaluate, graphStats, parse, Tensor } from '../../../ir/index.ts';
import { compile } from '../../../src/compile.ts';
import { openOnnx, type OnnxModel } from '../../../src/formats/onnx/index.ts';
import * as pb from '../../../src/formats/onnx/schema/onnx_pb.ts';
import { expectClose } from '../../support/close.ts';
import { errorOf } from '../../support/errors.ts';
import { decodeOnnx } from '../../support/onnx-proto.ts';
import { runOnnx } from '../../support/onnx-runtime.ts';
import { floatsOf, intsOf, onnxNodeOf as n, onnxOf, Type } from './make-onnx.ts';

const image = { x: [1, 8, 8, 8] };
const x = new Tensor(
  [1, 8, 8, 8],
  Float32Array.from({ length: 512 }, (_, i) => ((i * 5) % 17) / 9),
);
const conv = (w: string, input: string, output: string, pads = 1) =>
  n('Conv', [input, w], [output], { pads: [pads, pads, pads, pads] });
const block = [
  conv('w3', 'x', 'a'),
  conv('w1', 'x', 'b', 0),
  n('Add', ['a', 'b'], ['s']),
  n('Relu', ['s'], ['y']),
];
const weights = [floatsOf('w3', [8, 8, 3, 3]), floatsOf('w1', [8, 8, 1, 1])];

const plain = (model: OnnxModel) => model.write(compile(model.graph).graph);

test('weights that do not fit go to a file beside it, page by page', async () => {
  const bytes = onnxOf({ inputs: image, nodes: block, weights });
  const model = openOnnx(bytes);
  const options = { externalName: 'fast.onnx.data', limit: 100 };
  const { external, model: written } = model.write(model.graph, options);
  expect(external!.name).toBe('fast.onnx.data');
  const data = Buffer.concat([...external!.chunks]);
  expect(errorOf(() => openOnnx(written))).toContain(
    'the tensor "w3" has its data in "fast.onnx.data"; pass { external }',
  );
  const asked: unknown[] = [];
  const again = openOnnx(written, {
    external(name, offset, length) {
      asked.push([name, offset, length]);
      return data.subarray(offset, offset + length!);
    },
  });
  // The small kernel stays in the file.
  expect(asked).toEqual([['fast.onnx.data', 0, 2304]]);
  expectClose(evaluate(again.graph, { x }), evaluate(model.graph, { x }), 0);
  const files = { 'fast.onnx.data': data };
  expectClose(await runOnnx(written, { x }, files), evaluate(model.graph, { x }), 1e-6);
});

test('external data that is missing, short or malformed', () => {
  const external = (entries: Record<string, string>) =>
    onnxOf({
      inputs: image,
      nodes: block,
      weights: [
        create(pb.TensorProtoSchema, {
          name: 'w3',
          dims: [8n, 8n, 3n, 3n],
          dataType: Type.FLOAT,
          dataLocation: pb.TensorProto_DataLocation.EXTERNAL,
          externalData: Object.entries(entries).map(([key, value]) =>
            create(pb.StringStringEntryProtoSchema, { key, value }),
          ),
        }),
        weights[1]!,
      ],
    });
  const read = (entries: Record<string, string>, given = 2304) =>
    errorOf(() => openOnnx(external(entries), { external: () => new Uint8Array(given) }));
  const start = 'file of the ONNX file: the ONNX file: the tensor "w3" ';
  expect(read({})).toBe(`${start}has its data in a file that it does not name`);
  expect(read({ location: 'w', length: '9' })).toBe(
    `${start}has 9 bytes in w; its shape takes 2304`,
  );
  expect(read({ location: 'w', offset: '-1' })).toBe(`${start}has the offset "-1"`);
  expect(read({ location: 'w' }, 12)).toBe(`${start}lacks data: w gave 12 bytes instead of 2304`);
});

test('a weight too large for float16 is refused rather than made infinite', () => {
  const scale = create(pb.TensorProtoSchema, {
    name: 'k',
    dims: [8n, 1n, 1n],
    dataType: Type.FLOAT16,
    // 60000 times 2 is more than float16 has.
    int32Data: new Array<number>(8).fill(0x4000),
  });
  const w = create(pb.TensorProtoSchema, {
    name: 'w',
    dims: [8n, 8n, 1n, 1n],
    dataType: Type.FLOAT16,
    int32Data: new Array<number>(64).fill(0x7b53),
  });
  const nodes = [conv('w', 'x', 'a', 0), n('Mul', ['a', 'k'], ['y'])];
  const bytes = onnxOf({ inputs: image, inputType: Type.FLOAT16, nodes, weights: [scale, w] });
  const model = openOnnx(bytes);
  expect(decodeOnnx(model.write(model.graph).model).graph.initializer).toHaveLength(2);
  expect(errorOf(() => plain(model))).toContain('among its weights, which float16 cannot hold');
});

test('only a graph with the inputs and outputs of the file can take its place', () => {
  const model = openOnnx(onnxOf({ inputs: image, nodes: block, weights }));
  const other = parse('graph g(%z: f32[1,8,8,8]) {\n  %y = relu %z : f32[1,8,8,8]\n  return %y\n}');
  expect(errorOf(() => model.write(other))).toContain('does not have the inputs and outputs');
});

test('a file in which nothing can be imported is refused only where no input could serve', () => {
  const custom = (input: string) => n('com.example', [input], ['y'], {}, 'mine');
  const floats = openOnnx(onnxOf({ inputs: image, nodes: [custom('x')] }));
  expect(floats.opaque.map(({ name }) => name)).toEqual(['mine']);
  const written = decodeOnnx(floats.write(compile(floats.graph).graph).model).graph;
  expect(written.node.map(({ opType, input }) => [opType, input])).toEqual([
    ['com.example', ['x']],
  ]);
  const ints = onnxOf({ inputs: image, inputType: Type.INT64, nodes: [custom('x')] });
  expect(errorOf(() => openOnnx(ints))).toContain(
    '1 node cannot be imported, and there is nothing else to optimise:\n  com.example "mine"',
  );
});

test('what an opaque node reads keeps its name, even where it has been merged', async () => {
  // The sum is read by Tanh, the Relu's input by both.
  const nodes = [...block.slice(0, 3), n('Tanh', ['s'], ['t']), n('Relu', ['s'], ['y'])];
  const bytes = onnxOf({ inputs: image, outputs: ['y', 't'], nodes, weights });
  const model = openOnnx(bytes);
  const { model: written } = plain(model);
  const { node } = decodeOnnx(written).graph;
  expect(node.map(({ opType, input }) => [opType, input[0]])).toEqual([
    ['Conv', 'x'],
    ['Relu', 's'],
    ['Tanh', 's'],
  ]);
  expectClose(await runOnnx(written, { x }), await runOnnx(bytes, { x }), 1e-6);
});

test('names that opaque nodes use are not given to others', async () => {
  const names = graphNames(openOnnx(onnxOf({ inputs: image, nodes: block, weights })));
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) {
    const nodes = [...block.slice(0, 3), n('Tanh', ['s'], [name]), n('Relu', [name], ['y'])];
    const bytes = onnxOf({ inputs: image, nodes, weights });
    const { model: written } = plain(openOnnx(bytes));
    expectClose(await runOnnx(written, { x }), await runOnnx(bytes, { x }), 1e-6);
  }
});

/** Names that compiling makes. */
const graphNames = (model: OnnxModel): string[] => {
  const old = new Set([...Object.keys(model.graph.consts), 'x', 'y', 's', 'a', 'b']);
  return Object.keys(compile(model.graph).graph.consts).filter((name) => !old.has(name));
};

test('integer inputs, constants and shapes that only opaque nodes read', async () => {
  const nodes = [
    ...block,
    n('Shape', ['y'], ['shape']),
    n('Gather', ['shape', 'two'], ['height']),
    n('Mul', ['height', 'two'], ['twice']),
    n('Concat', ['first', 'twice', 'twice'], ['sizes'], { axis: 0 }),
    n('Resize', ['y', '', '', 'sizes'], ['z'], { mode: 'nearest' }),
    n('Relu', ['z'], ['q']),
  ];
  const all = [...weights, intsOf('two', [2]), intsOf('first', [1, 8])];
  for (const dims of [image.x, ['N', 8, 'H', 'W']]) {
    const bytes = onnxOf({ inputs: { x: dims }, outputs: ['q'], nodes, weights: all });
    const model = openOnnx(bytes);
    expect(graphStats(compile(model.graph).graph).convs).toBe(1);
    expectClose(await runOnnx(plain(model).model, { x }), await runOnnx(bytes, { x }), 1e-6);
  }
});
