/** Files that are damaged, that contradict themselves or ask for too much: a `file` error, and soon. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { verify } from '../../../ir/index.ts';
import { readOnnx } from '../../../src/formats/onnx/index.ts';
import { blockBytes, trainedOnnx } from '../../fixtures/onnx-blocks.ts';
import { errorOf } from '../../support/errors.ts';
import { floatsOf, intsOf, onnxNodeOf as n, onnxOf, Type, type OnnxParts } from './make-onnx.ts';

const problem = (parts: Partial<OnnxParts>): string =>
  errorOf(() =>
    readOnnx(onnxOf({ inputs: { x: [1, 2, 4, 4] }, nodes: [n('Relu', ['x'], ['y'])], ...parts })),
  ).replace('file of the ONNX file: the ONNX file: ', '');

const oneNode = (...args: Parameters<typeof n>) => problem({ nodes: [n(...args)] });

test('what is not an ONNX file', () => {
  for (const bytes of [[], [1, 2, 3], [0xff, 0xff], new Array<number>(100).fill(0x0a)]) {
    expect(errorOf(() => readOnnx(Uint8Array.from(bytes), { what: 'a.onnx' }))).toMatch(
      /^file of a.onnx: a.onnx: (is not an ONNX file, or is truncated|holds no ONNX graph)/,
    );
  }
});

test('a file cut anywhere is refused', () => {
  const bytes = blockBytes('head');
  for (let size = 0; size < bytes.length; size += 61) {
    expect(() => readOnnx(bytes.subarray(0, size)), `${size} bytes`).toThrow('the ONNX file: ');
  }
});

/** Whether the bytes are read as a valid graph or refused with a `file` error. */
function isHandled(bytes: Uint8Array): boolean {
  let graph;
  try {
    graph = readOnnx(bytes);
  } catch (error) {
    return (error as { code?: unknown }).code === 'file';
  }
  verify(graph);
  return true;
}

test.each(['repvgg-block', 'diverse-branch', 'head', 'relu6-silu-gelu-hardswish'])(
  '%s changed anywhere is read or refused',
  (name) => {
    const bytes = blockBytes(name);
    const change = fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 30 }), (changes) => {
        const changed = bytes.slice();
        for (const [at, value] of changes) changed[at] = value;
        return isHandled(changed);
      }),
      { numRuns: 150 },
    );
  },
);

test('nodes that lack what they need', () => {
  expect(oneNode('Relu', ['z'], ['y'])).toBe(
    '1 node cannot be imported:\n  Relu "y" reads "z", which nothing defines',
  );
  expect(oneNode('Relu', [], ['y'], {}, 'r')).toContain('Relu "r" lacks its input 0');
  expect(problem({ outputs: ['z'] })).toContain('reads "z", which nothing defines');
  expect(problem({ outputs: [] })).toContain('has no output');
  expect(oneNode('Relu', ['y'], ['y'], {}, 'r')).toBe('Relu "r" needs its own output');
  const circle = [n('Relu', ['b'], ['y']), n('Neg', ['y'], ['b'])];
  expect(problem({ nodes: circle })).toContain('needs its own output');
  expect(problem({ nodes: [n('Relu', ['x'], ['y']), n('Neg', ['x'], ['y'])] })).toContain(
    'Neg "y": "y" is defined twice',
  );
});

test('every node that is not supported is named', () => {
  const nodes = [
    n('LSTM', ['x'], ['a'], {}, 'first'),
    n('Relu', ['a'], ['b']),
    n('Elu', ['x'], ['c']),
    n('Add', ['b', 'c'], ['y']),
  ];
  expect(problem({ nodes })).toBe(
    '2 nodes cannot be imported:\n  LSTM "first" is not supported\n  Elu "c" is not supported',
  );
  const many = Array.from({ length: 60 }, (_, i) => n('Tanh', ['x'], [`t${i}`]));
  const outputs = many.map(({ output }) => output[0]!);
  expect(problem({ nodes: many, outputs })).toMatch(/60 nodes .*\n {2}and 10 more$/s);
});

test('training mode', () => {
  const weights = ['s', 'b', 'm', 'v'].map((name) => floatsOf(name, [2]));
  const operands = ['x', 's', 'b', 'm', 'v'];
  const attrs = { training_mode: 1 };
  const bn = n('BatchNormalization', operands, ['y', 'rm', 'rv'], attrs, 'bn1');
  const remedy = /export it after `model\.eval\(\)`\. These .*:\n {2}BatchNormalization "bn1"$/;
  expect(problem({ nodes: [bn], weights })).toMatch(remedy);
  const old = n('BatchNormalization', operands, ['y', 'rm', 'rv', 'sm', 'sv'], {}, 'bn1');
  expect(problem({ nodes: [old], weights, opset: 12 })).toMatch(remedy);
  const dropout = n('Dropout', ['x', '', 'mode'], ['y']);
  const mode = intsOf('mode', [1], []);
  expect(problem({ nodes: [dropout], weights: [mode] })).toContain('export after `model.eval()`');
});

test('weights that contradict themselves', () => {
  const add = [n('Add', ['x', 'w'], ['y'])];
  const broken = (change: Partial<ReturnType<typeof floatsOf>>) =>
    problem({ nodes: add, weights: [Object.assign(floatsOf('w', [4]), change)] });
  const start = 'Add "y" the initializer "w"';
  expect(broken({ dims: [5n] })).toContain(`${start} has 4 elements, but its shape takes 5`);
  expect(broken({ dims: [2n ** 40n, 2n ** 40n] })).toContain(`${start} has 4 elements, but`);
  expect(broken({ dims: [-4n] })).toContain(`${start} has the impossible shape [-4]`);
  expect(broken({ rawData: new Uint8Array(15) })).toContain(`${start} has 15 bytes, but`);
  expect(broken({ dataType: Type.COMPLEX64 })).toContain(`${start} is COMPLEX64`);
  expect(broken({ dataType: 99 })).toContain(`${start} is type 99`);
  expect(broken({ dataLocation: 1 })).toContain(
    `the tensor "w" has its data in a file that it does not name`,
  );
  expect(problem({ nodes: add, weights: [floatsOf('w', [5])] })).toContain('do not broadcast');
  expect(problem({ nodes: add, weights: [intsOf('w', [1, 2, 3, 4])] })).toContain('holds integers');
  expect(problem({ weights: [floatsOf('w', [1]), floatsOf('w', [1])] })).toContain('two init');
});

test('a small file cannot ask for large constants', () => {
  const huge = intsOf('s', [2 ** 30, 2 ** 20]);
  const fill = (op: string, inputs: string[]) =>
    problem({
      nodes: [n(op, inputs, ['c']), n('Add', ['x', 'c'], ['y'])],
      weights: [huge, intsOf('a', [0], []), intsOf('b', [2 ** 40], []), floatsOf('f', [])],
    });
  const refused = 'computes more constants than its file could need';
  expect(fill('ConstantOfShape', ['s'])).toContain(refused);
  expect(fill('Expand', ['f', 's'])).toContain(refused);
  const step = 'a';
  expect(fill('Range', ['a', 'b', step])).toContain('has a step of 0');
});

test('a border around more channels than there can be', () => {
  const pads = intsOf('p', [0, 0, 1, 1, 0, 0, 1, 1]);
  for (const channels of [2 ** 40, 'C']) {
    const parts = { inputs: { x: [1, channels, 4, 4] }, nodes: [n('Pad', ['x', 'p'], ['y'])] };
    expect(problem({ ...parts, weights: [pads] })).toContain(`pads ${channels} channels`);
  }
});

test('opsets, inputs and shapes', () => {
  expect(problem({ opset: 8 })).toMatch(/^is of opset 8; read are 9 to 26: export it anew/);
  expect(problem({ opset: 1000 })).toMatch(/^is of opset 1000; read are 9 to 26/);
  expect(problem({ inputs: { x: [0] } })).toBe('the input "x" has the impossible size 0');
  expect(problem({ inputType: Type.INT64 })).toContain('the input "x" is INT64; only floating');
  const bytes = onnxOf({ inputs: { x: [1, 2] }, nodes: [n('Relu', ['x'], ['y'])] });
  expect(errorOf(() => readOnnx(bytes, { shapes: { z: [1] } }))).toContain('no input "z"');
  expect(readOnnx(bytes, { shapes: { x: ['N', 3] } }).inputs[0]!.shape).toEqual(['N', 3]);
});

test('a chain of 20,000 nodes', () => {
  const nodes = Array.from({ length: 20_000 }, (_, i) =>
    n('Relu', [i ? `v${i - 1}` : 'x'], [`v${i}`]),
  );
  const graph = readOnnx(
    onnxOf({ inputs: { x: [1] }, outputs: ['v19999'], nodes: nodes.reverse() }),
  );
  expect(graph.nodes).toHaveLength(20_000);
});

test('a network changed anywhere is read or refused', () => {
  const bytes = trainedOnnx('mobileone');
  const change = fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 1000 }), (changes) => {
      const changed = bytes.slice();
      for (const [at, value] of changes) changed[at] = value;
      return isHandled(changed);
    }),
    { numRuns: 20 },
  );
});
