import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GraphBuilder, parse, printGraph, ReparamError, Tensor, verify } from '../../ir/index.ts';
import type { Constant, Graph } from '../../ir/index.ts';
import { load, parseSafetensors, save, serialiseSafetensors } from '../../src/formats/index.ts';
import { zoo } from '../../src/zoo/index.ts';
import { arbitraryGraph } from '../support/arbitrary-graph.ts';
import { randomWeights } from '../support/random-weights.ts';
import { bytesOf, safetensorsFile } from './make-file.ts';

const bitsOf = (constant: Constant) => {
  expect(constant).toBeInstanceOf(Tensor);
  const { dtype, shape, data } = constant as Tensor;
  return { dtype, shape, bytes: [...bytesOf(data)] };
};
const partsOf = ({ consts, ...rest }: Graph) => ({
  ...rest,
  consts: Object.entries(consts).map(([id, constant]) => [id, bitsOf(constant)]),
});

test('a graph comes back as it was', () => {
  for (const options of [{ symbolic: true }, { oddNames: true, symbolic: true }]) {
    fc.assert(
      fc.property(arbitraryGraph(options), (graph) => {
        const back = load(save(graph));
        // Numbers are compared by Object.is; orders show in the text.
        expect(partsOf(back)).toStrictEqual(partsOf(graph));
        expect(printGraph(back)).toBe(printGraph(graph));
      }),
      { numRuns: 150 },
    );
  }
});

test('weights keep their bits, attributes what JSON lacks', () => {
  const bits = Uint32Array.of(0x7fc0_1234, 0xffc0_0001, 0x8000_0000, 0x7f80_0000, 1);
  const b = new GraphBuilder('g');
  b.input('x', ['N', 5]);
  b.constant('w', new Tensor([5], new Float32Array(bits.buffer)));
  b.node('add', 'y', ['x', 'w']);
  b.node('clip', 'z', ['y'], { min: -Infinity, max: Infinity });
  b.node('leakyRelu', 'v', ['z'], { alpha: -0 });
  const back = load(save(b.finish([{ name: 'v', value: 'v' }])));
  expect(new Uint32Array((back.consts['w'] as Tensor).data.slice().buffer)).toEqual(bits);
  expect(back.nodes[1]!.attrs).toEqual({ min: -Infinity, max: Infinity });
  expect(back.nodes[2]!.attrs).toEqual({ alpha: -0 });
});

test('a network of the zoo comes back', () => {
  const graph = zoo.mobileone();
  const back = load(save(graph));
  expect(printGraph(back)).toBe(printGraph(graph));
});

test('other readers find the weights', () => {
  const { tensors, metadata } = parseSafetensors(save(zoo.mobileone()));
  expect(tensors.get('linear.weight')!.shape).toEqual([10, 128]);
  expect([...metadata.keys()]).toEqual(['reparam.graph']);
});

const small = parse(
  `graph g(%x: f32[N,2,4,4]) {
     const %w : f32[2,2,1,1]
     %c = conv2d %x, %w {act="leakyRelu", actParams=[0.5]} : f32[N,2,4,4]
     %r = reshape %c {shape=["N",32]} : f32[N,32]
     return y=%r
   }`,
  randomWeights(),
);
const jsonOf = (graph: Graph) => parseSafetensors(save(graph)).metadata.get('reparam.graph')!;
const withJson = (json: string) =>
  serialiseSafetensors(Object.entries(small.consts), [['reparam.graph', json]]);
const error = (bytes: Uint8Array): string => {
  try {
    verify(load(bytes, { what: 'm.reparam' }));
  } catch (thrown) {
    if (thrown instanceof ReparamError && thrown.code === 'file') return thrown.message;
    throw thrown;
  }
  return 'no error';
};
const replaced = (from: string, to: string) => {
  expect(jsonOf(small)).toContain(from);
  return error(withJson(jsonOf(small).replace(from, to)));
};

test('a file that is no saved graph', () => {
  expect(error(serialiseSafetensors([]))).toBe(
    'm.reparam: holds no graph, only tensors; loadStateDict puts them into a model',
  );
  expect(error(withJson('{'))).toContain('m.reparam: the graph in it is malformed: ');
  expect(error(withJson('[]'))).toContain('the graph is of version undefined');
  expect(replaced('"version":1', '"version":2')).toContain(
    'the graph is of version 2; this reparam reads 1',
  );
});

test('every field is checked', () => {
  expect(replaced('"name":"g"', '"name":1')).toContain('graph.name is not a string');
  expect(replaced('"name":"g",', '')).toContain('graph lacks the field "name"');
  expect(replaced('"name":"g"', '"name":"g","more":1')).toContain('unknown field "more"');
  expect(replaced('"op":"conv2d"', '"op":"conv3d"')).toContain('there is no op "conv3d"');
  expect(replaced('"op":"conv2d"', '"op":"toString"')).toContain('there is no op "toString"');
  expect(replaced('"group":1', '"group":"1"')).toContain(
    'graph.nodes[0].attrs.group is not a number',
  );
  expect(replaced('"group":1', '"group":{"number":"NaN"}')).toContain('is not a number');
  expect(replaced('"actParams":[0.5]', '"actParams":["a"]')).toContain(
    'actParams[0] is not a number',
  );
  expect(replaced('"act":"leakyRelu"', '"act":"constructor"')).toContain('act="constructor"');
  expect(replaced('"dtype":"f32"', '"dtype":"f16"')).toContain('dtype is not one of f32, f64');
  expect(replaced('"inputs":["x","w",null,null]', '"inputs":["x","v",null,null]')).toContain(
    '%v is not defined',
  );
  expect(replaced('["N",32]', '["N",31]')).toContain('reshape "r"');
  expect(replaced('"name":"y"', '"name":"y","name":"y"')).toContain(
    'the key "name" is there twice',
  );
  expect(replaced('"value":"r"', '"value":"q"')).toContain('%q is not defined');
});

test('weights that are missing or too many', () => {
  const json = jsonOf(small);
  expect(error(serialiseSafetensors([], [['reparam.graph', json]]))).toContain('%w is not defined');
  const counter = { dtype: 'I64', shape: [], data_offsets: [0, 8] };
  const header = { __metadata__: { 'reparam.graph': json }, num_batches_tracked: counter };
  expect(error(safetensorsFile(header, 8))).toBe(
    'm.reparam: the tensor "num_batches_tracked" is not floating-point',
  );
});

test('any change of the graph is read as a valid graph or refused', () => {
  const json = jsonOf(small);
  const values = fc.oneof(
    fc.json({ maxDepth: 1 }),
    fc.constantFrom('"N"', '{"number":"Infinity"}', '-1', '"__proto__"', '1e999', '[[]]', 'null'),
  );
  const scalars = /(?<=[:,[])("[^"]*"|[\d.]+|null)(?=[,\]}])/g;
  const places = [...json.matchAll(scalars), ...json.matchAll(/\[[^[\]{}]*\]/g)];
  expect(places.length).toBeGreaterThan(50);
  fc.assert(
    fc.property(fc.nat({ max: places.length - 1 }), values, (place, value) => {
      const { 0: old, index } = places[place]!;
      const text = json.slice(0, index) + value + json.slice(index + old.length);
      expect(error(withJson(text))).toBeTypeOf('string');
    }),
    { numRuns: 3000 },
  );
});

test('a Buffer or an ArrayBuffer will do, wherever it lies in memory', () => {
  const graph = zoo.mobileone();
  const bytes = save(graph);
  const shifted = Buffer.from(new ArrayBuffer(bytes.length + 1), 1);
  shifted.set(bytes);
  expect(partsOf(load(shifted))).toStrictEqual(partsOf(load(bytes)));
  expect(partsOf(load(bytes.buffer as ArrayBuffer))).toStrictEqual(partsOf(load(bytes)));
  expect(() => load('graph.safetensors' as never)).toThrow('read the file first');
});
