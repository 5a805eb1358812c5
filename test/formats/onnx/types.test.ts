/** Weights in all the ways in which files hold them, and names. */
import { expect, test } from 'vitest';
import { evaluate, Tensor } from '../../../ir/index.ts';
import { readOnnx, writeOnnx } from '../../../src/formats/onnx/index.ts';
import { attribute } from '../../../src/formats/onnx/write-tensor.ts';
import { floatsOf, intsOf, onnxNodeOf as n, onnxOf, Type } from './make-onnx.ts';

const x = new Tensor([3], Float32Array.of(1, 2, 3));
const sum = n('Add', ['x', 'w'], ['y']);

const weightAs = (change: Partial<ReturnType<typeof floatsOf>>) => {
  const w = Object.assign(floatsOf('w', [3], []), change);
  const graph = readOnnx(onnxOf({ inputs: { x: [3] }, nodes: [sum], weights: [w] }));
  const { w: constant } = graph.consts;
  expect(constant!.dtype).toBe('f32');
  return [...(constant as Tensor).data];
};

const bytesOf = (data: ArrayBufferView) =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

test('floats of every width, raw and listed', () => {
  const values = [0.5, -2, 1.5];
  const halves = Uint16Array.of(0x3800, 0xc000, 0x3e00);
  const brains = Uint16Array.of(0x3f00, 0xc000, 0x3fc0);
  expect(weightAs({ rawData: bytesOf(Float32Array.from(values)) })).toEqual(values);
  expect(weightAs({ floatData: values })).toEqual(values);
  const double = { dataType: Type.DOUBLE };
  expect(weightAs({ ...double, rawData: bytesOf(Float64Array.from(values)) })).toEqual(values);
  expect(weightAs({ ...double, doubleData: values })).toEqual(values);
  const half = { dataType: Type.FLOAT16 };
  expect(weightAs({ ...half, rawData: bytesOf(halves) })).toEqual(values);
  expect(weightAs({ ...half, int32Data: [...halves] })).toEqual(values);
  const brain = { dataType: Type.BFLOAT16 };
  expect(weightAs({ ...brain, rawData: bytesOf(brains) })).toEqual(values);
  expect(weightAs({ ...brain, int32Data: [...brains] })).toEqual(values);
});

const shapes: [string, number, Parameters<typeof weightAs>[0]][] = [
  ['raw INT64', Type.INT64, { rawData: bytesOf(BigInt64Array.of(3n, -1n)) }],
  ['INT64', Type.INT64, { int64Data: [3n, -1n] }],
  ['raw INT32', Type.INT32, { rawData: bytesOf(Int32Array.of(3, -1)) }],
  ['INT32', Type.INT32, { int32Data: [3, -1] }],
  ['raw INT8', Type.INT8, { rawData: bytesOf(Int8Array.of(3, -1)) }],
];

test.each(shapes)('a shape as %s', (_, dataType, data) => {
  const s = Object.assign(intsOf('s', [], [2]), { dataType, ...data });
  const nodes = [n('Reshape', ['x', 's'], ['y'])];
  const graph = readOnnx(onnxOf({ inputs: { x: [6] }, nodes, weights: [s] }));
  expect(graph.nodes[0]!.outputs[0].shape).toEqual([3, 2]);
});

test('weights among the inputs, and Constant nodes in all forms', () => {
  const inputs = { x: [3], w: [3] };
  const listed = onnxOf({ inputs, nodes: [sum], weights: [floatsOf('w', [3], [1, 2, 3])] });
  expect(readOnnx(listed).inputs.map(({ id }) => id)).toEqual(['x']);
  const tensor = n('Constant', [], ['w'], { value: floatsOf('', [3], [1, 2, 3]) });
  const scalar = n('Constant', [], ['w'], { value_float: { float: 2 } });
  const list = n('Constant', [], ['w']);
  list.attribute.push(Object.assign(attribute('value_floats', ''), { floats: [1, 2, 3] }));
  for (const constant of [tensor, scalar, list]) {
    const graph = readOnnx(onnxOf({ inputs: { x: [3] }, nodes: [constant, sum] }));
    const wanted = constant === scalar ? [3, 4, 5] : [2, 4, 6];
    expect([...evaluate(graph, { x })['y']!.data]).toEqual(wanted);
  }
});

test('a graph of doubles stays one, and is written as one', () => {
  const w = Object.assign(floatsOf('w', [3], []), {
    dataType: Type.DOUBLE,
    doubleData: [0.1, 2, 3],
  });
  const parts = { inputs: { x: [3] }, nodes: [sum], weights: [w] };
  const doubles = readOnnx(onnxOf({ ...parts, inputType: Type.DOUBLE }));
  expect(doubles.inputs[0]!.dtype).toBe('f64');
  expect((doubles.consts['w'] as Tensor).data[0]).toBe(0.1);
  expect(readOnnx(writeOnnx(doubles))).toEqual(doubles);
  expect(readOnnx(onnxOf({ ...parts, inputType: Type.FLOAT16 })).inputs[0]!.dtype).toBe('f32');
});

test('open sizes become symbols, the same names the same', () => {
  const inputs = {
    a: ['batch size', 3, 'H', -1],
    b: ['batch size', 3, 'H', 'a_3'],
    c: ['batch_size', '2x'],
  };
  const nodes = [n('Relu', ['c'], ['y'])];
  const graph = readOnnx(onnxOf({ inputs, nodes }));
  expect(graph.inputs.map(({ shape }) => shape)).toEqual([
    ['batch_size', 3, 'H', 'a_3'],
    ['batch_size', 3, 'H', 'a_3_2'],
    ['batch_size_2', 'd_2x'],
  ]);
});

test('what exporters compute from shapes stays open', () => {
  const nodes = [
    n('Shape', ['x'], ['shape']),
    n('Gather', ['shape', 'zero'], ['batch']),
    n('Unsqueeze', ['batch', 'axis'], ['list']),
    n('Concat', ['list', 'rest'], ['wanted'], { axis: 0 }),
    n('Reshape', ['x', 'wanted'], ['y']),
  ];
  const weights = [intsOf('zero', [0], []), intsOf('axis', [0]), intsOf('rest', [-1])];
  const graph = readOnnx(onnxOf({ inputs: { x: ['N', 3, 4, 5] }, nodes, weights }));
  expect(graph.nodes.map(({ op }) => op)).toEqual(['reshape']);
  expect(graph.nodes[0]!.outputs[0].shape).toEqual(['N', 60]);
});

test('nodes keep their names where these are unique', () => {
  const nodes = [
    n('Relu', ['x'], ['a'], {}, 'first'),
    n('Relu', ['a'], ['b'], {}, 'twice'),
    n('Relu', ['b'], ['first'], {}, 'twice'),
    n('Relu', ['first'], ['y']),
  ];
  const graph = readOnnx(onnxOf({ inputs: { x: [1] }, nodes }));
  expect(graph.nodes.map(({ id }) => id)).toEqual(['first', 'b', 'first.2', 'y']);
  expect(graph.nodes.map(({ outputs }) => outputs[0].id)).toEqual(['a', 'b', 'first', 'y']);
});

test("a file in Node's Buffer, wherever it lies", () => {
  const w = Object.assign(floatsOf('w', [3], []), { rawData: bytesOf(Float32Array.of(1, 2, 3)) });
  const file = onnxOf({ inputs: { x: [3] }, nodes: [sum], weights: [w] });
  for (let offset = 0; offset < 8; offset++) {
    const bytes = Buffer.concat([Buffer.alloc(offset), file]).subarray(offset);
    const constant = readOnnx(bytes).consts['w'] as Tensor;
    expect([...constant.data]).toEqual([1, 2, 3]);
  }
});
