import { expect, test } from 'vitest';
import { materialise, ReparamError, Tensor, tensor } from '../../ir/index.ts';
import {
  loadStateDict,
  parseSafetensors,
  serialiseSafetensors,
  stateDict,
} from '../../src/formats/index.ts';
import { batchNorm, conv2d, model, named, sequential } from '../../src/model/index.ts';
import { zoo } from '../../src/zoo/index.ts';
import { checkpoint, expectedIn } from '../fixtures/checkpoints.ts';
import { errorOf } from '../support/errors.ts';

const net = model('net', { x: [1, 2, 3, 3] }, ({ x }) =>
  sequential({ a: conv2d(1, 1), b: conv2d(1, 1, { bias: false }) })(x),
);
const right = {
  'a.weight': tensor([1, 2, 1, 1], [1, 2]),
  'a.bias': tensor([1], [3]),
  'b.weight': tensor([1, 1, 1, 1], [4]),
};

test('tensors or a file take the place of the initial parameters', () => {
  const counter = { 'bn.num_batches_tracked': tensor([], [9]) };
  const file = serialiseSafetensors(Object.entries(right));
  for (const dict of [right, { ...right, ...counter }, new Map(Object.entries(right)), file]) {
    const loaded = loadStateDict(net, dict);
    expect(loaded.consts).toEqual(right);
    expect(Object.keys(loaded.consts)).toEqual(['a.weight', 'a.bias', 'b.weight']);
  }
});

test('a PyTorch checkpoint is read, its counters and wrappers left out', () => {
  const layers = { conv: conv2d(2, 3, { bias: false }), bn: batchNorm() };
  const other = model('other', { x: [1, 1, 4, 4] }, ({ x }) => sequential(layers)(x));
  const loaded = loadStateDict(other, checkpoint('training.pth.tar'));
  const wanted = expectedIn('training.pth.tar').tensors;
  expect(new Map(Object.entries(loaded.consts))).toEqual(wanted);
});

test('the graph given is not changed', () => {
  const before = { ...net.consts };
  loadStateDict(net, right);
  expect(net.consts).toEqual(before);
});

test('all that does not fit is in one error', () => {
  const wrong = {
    'a.weight': tensor([2], [1, 2]),
    extra: tensor([1], [1]),
    'a.bias': right['a.bias'],
  };
  let error: unknown;
  try {
    loadStateDict(net, wrong, { what: 'weights.safetensors' });
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(ReparamError);
  expect(error).toMatchObject({ code: 'state-dict', subject: 'weights.safetensors' });
  expect((error as ReparamError).message).toMatchInlineSnapshot(`
    "weights.safetensors does not fit the graph "net":
      1 missing: b.weight [1,1,1,1]
      1 unexpected: extra [1]
      1 of another shape: a.weight [2], not [1,2,1,1]"
  `);
});

test('of many names only some are listed', () => {
  const many = Object.fromEntries(
    Array.from({ length: 288 }, (_, i) => [`n${i}`, tensor([1], [1])]),
  );
  expect(errorOf(() => loadStateDict(net, { ...right, ...many }))).toMatch(
    /288 unexpected: n0 \[1\], (n\d \[1\](, )?){5} and 282 more$/,
  );
});

test('a prefix that all names have is pointed out', () => {
  const wrapped = Object.entries(right).map(
    ([name, value]) => [`module.net.${name}`, value] as const,
  );
  expect(errorOf(() => loadStateDict(net, new Map(wrapped)))).toContain(
    'all names given start with "module.net.", which the graph\'s do not: strip it',
  );
  expect(errorOf(() => loadStateDict(net, { 'a.weight': right['a.weight'] }))).not.toContain(
    'strip',
  );
});

test('the other form of a network is pointed out', () => {
  const [trained, merged] = [zoo.mobileone(), zoo.mobileone({ deploy: true })];
  expect(errorOf(() => loadStateDict(trained, stateDict(merged)))).toContain(
    'with { deploy: true }',
  );
  expect(errorOf(() => loadStateDict(merged, stateDict(trained)))).toContain(
    'make it without { deploy: true }',
  );
});

test('what is neither tensors nor bytes is refused with a remedy', () => {
  const refusal = (given: unknown) => errorOf(() => loadStateDict(net, given as Uint8Array));
  const takes =
    'input of the state dict: the state dict must be tensors by name, or the bytes of a file';
  const file = serialiseSafetensors(Object.entries(right));
  expect(refusal('m.safetensors')).toBe(`${takes}, not a string; read the file first`);
  expect(refusal(parseSafetensors(file))).toContain('whose .tensors are tensors by name');
  expect(refusal(Promise.resolve(file))).toContain('await it first');
  expect(refusal(null)).toContain('not null');
  expect(refusal({ 'a.weight': Float32Array.of(1) })).toContain('"a.weight" is no Tensor');
  expect(loadStateDict(net, file.buffer as ArrayBuffer).consts).toEqual(right);
});

test('names that every object has are names like any other', () => {
  expect(() => loadStateDict(net, { ...right, toString: tensor([1], [1]) } as never)).toThrow(
    'toString',
  );
  const odd = model('odd', { x: [1, 1, 1, 1] }, ({ x }) => named('__proto__', conv2d(1, 1))(x));
  expect(() => loadStateDict(odd, {})).toThrow('2 missing: __proto__.weight [1,1,1,1]');
});

test("the graph's dtype wins", () => {
  const wide = { ...right, 'a.bias': new Tensor([1], Float64Array.of(0.1)) };
  expect(loadStateDict(net, wide).consts['a.bias']).toEqual(tensor([1], [0.1]));
});

test('a state dict holds everything, computed', () => {
  const dict = stateDict(net);
  expect([...dict.keys()]).toEqual(Object.keys(net.consts));
  expect(dict.get('a.weight')).toEqual(materialise(net.consts['a.weight']!));
  expect(stateDict(loadStateDict(net, dict))).toEqual(dict);
});
