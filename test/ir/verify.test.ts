import { expect, test } from 'vitest';
import { Lazy, parse, tensor, verify } from '../../ir/index.ts';
import type { Constant, Graph, Node } from '../../ir/index.ts';
import { verifyError } from '../support/errors.ts';
import { randomWeights } from '../support/random-weights.ts';

const sound = parse(
  `graph net(%x: f32[N,3,8,8]) {
    const %w : f32[4,3,3,3]
    const %b : f32[4]
    %c = conv2d %x, %w, %b {pads=[1,1,1,1]}
    %r = relu %c
    %s = sum %c, %r
    %m = maxPool %s
    return %m, before=%s
  }`,
  randomWeights(),
);

/** What the types forbid, a file or plain JavaScript can still give. */
type Loose = Record<string, unknown>;

/** The graph with parts of node `id` exchanged. */
const withNode = (id: string, change: Loose): Graph => ({
  ...sound,
  nodes: sound.nodes.map((n) => (n.id === id ? ({ ...n, ...change } as Node) : n)),
});
const withAttrs = (id: string, change: Loose): Graph =>
  withNode(id, { attrs: { ...sound.nodes.find((n) => n.id === id)!.attrs, ...change } });
const withConst = (id: string, constant: unknown): Graph => ({
  ...sound,
  consts: { ...sound.consts, [id]: constant as Constant },
});
const withInput = (change: Loose): Graph => ({
  ...sound,
  inputs: [{ ...sound.inputs[0]!, ...change }],
});

test('a sound graph passes and is returned', () => expect(verify(sound)).toBe(sound));

test('lazy constants pass', () => {
  const lazy = new Lazy([4, 3, 3, 3], (_, row) => row.fill(1));
  expect(() => verify(withConst('w', lazy))).not.toThrow();
});

const swapped = [sound.nodes[1]!, sound.nodes[0]!, ...sound.nodes.slice(2)];
const type = { dtype: 'f32', shape: ['N', 4, 8, 8] };

test.each<[string, Graph, string]>([
  [
    'use before definition',
    { ...sound, nodes: swapped },
    'invalid-graph of r: operand x of relu "r": %c is used before it is defined',
  ],
  [
    'use of itself',
    withNode('r', { inputs: ['r'] }),
    'invalid-graph of r: operand x of relu "r": %r is used before it is defined',
  ],
  [
    'use of nothing',
    withNode('c', { inputs: ['x', 'v', 'b', null] }),
    'invalid-graph of c: operand w of conv2d "c": %v is not defined',
  ],
  [
    'use of nothing, variadic',
    withNode('s', { inputs: ['c', 'c', 'constructor'] }),
    'invalid-graph of s: operand x[2] of sum "s": %constructor is not defined',
  ],
  [
    'a required operand absent',
    withNode('c', { inputs: ['x', null, 'b', null] }),
    'shape of c: conv2d "c": the operand w is absent',
  ],
  [
    'too few operands',
    withNode('c', { inputs: ['x', 'w', 'b'] }),
    'shape of c: conv2d "c": takes 4 operands, not 3',
  ],
  [
    'too many operands',
    withNode('r', { inputs: ['c', 'c'] }),
    'shape of r: relu "r": takes 1 operands, not 2',
  ],
  ['no operand', withNode('s', { inputs: [] }), 'shape of s: sum "s": needs an operand'],
  [
    'an unknown op',
    withNode('r', { op: 'toString' }),
    'invalid-graph of r: node "r": there is no op toString',
  ],
  [
    'two nodes of one name',
    withNode('s', { id: 'r' }),
    'invalid-graph of r: two nodes are called "r"',
  ],
  [
    'a value defined by two nodes',
    withNode('s', { outputs: [{ id: 'r', ...type }] }),
    'invalid-graph of r: node "s": %r is defined twice',
  ],
  [
    'a value that is an input, too',
    withNode('s', { outputs: [{ id: 'x', ...type }] }),
    'invalid-graph of x: node "s": %x is defined twice',
  ],
  [
    'a value that is a constant, too',
    withNode('s', { outputs: [{ id: 'w', ...type }] }),
    'invalid-graph of w: node "s": %w is defined twice',
  ],
  [
    'two inputs of one name',
    { ...sound, inputs: [...sound.inputs, ...sound.inputs] },
    'invalid-graph of x: inputs: %x is defined twice',
  ],
  [
    'a constant called like an input',
    withConst('x', tensor([1], [1])),
    'invalid-graph of x: constants: %x is defined twice',
  ],
  [
    'no output of a node',
    withNode('r', { outputs: [] }),
    'invalid-graph of r: relu "r" must have one output',
  ],
  [
    'two outputs of a node',
    withNode('r', {
      outputs: [
        { id: 'r', ...type },
        { id: 't', ...type },
      ],
    }),
    'invalid-graph of r: relu "r" must have one output',
  ],
  [
    'a wrong shape',
    withNode('r', { outputs: [{ id: 'r', ...type, shape: ['N', 4, 8, 9] }] }),
    'invalid-graph of r: relu "r": declared f32[N,4,8,9], inferred f32[N,4,8,8]',
  ],
  [
    'a wrong rank',
    withNode('r', { outputs: [{ id: 'r', ...type, shape: ['N', 4, 8] }] }),
    'invalid-graph of r: relu "r": declared f32[N,4,8], inferred f32[N,4,8,8]',
  ],
  [
    'a wrong dtype',
    withNode('r', { outputs: [{ id: 'r', ...type, dtype: 'f64' }] }),
    'invalid-graph of r: relu "r": declared f64[N,4,8,8], inferred f32[N,4,8,8]',
  ],
  ['no result', { ...sound, outputs: [] }, 'invalid-graph of net: the graph "net" has no output'],
  [
    'a result that is nothing',
    { ...sound, outputs: [{ name: 'y', value: 'toString' }] },
    'invalid-graph of y: the output "y": %toString is not defined',
  ],
  [
    'two results of one name',
    { ...sound, outputs: [...sound.outputs, { name: 'm', value: 'c' }] },
    'invalid-graph of m: two outputs are called "m"',
  ],
  [
    'an impossible input',
    withInput({ shape: ['N', 0, 8, 8] }),
    'invalid-graph of x: the input %x has the impossible shape [N,0,8,8]',
  ],
  [
    'half a pixel',
    withInput({ shape: ['N', 3, 8.5, 8] }),
    'invalid-graph of x: the input %x has the impossible shape [N,3,8.5,8]',
  ],
  [
    'a symbol that is none',
    withInput({ shape: ['a b', 3, 8, 8] }),
    'invalid-graph of x: the input %x has the impossible shape [a b,3,8,8]',
  ],
  [
    'an input of a derived size',
    withInput({ shape: ['N', 3, 'H+1', 8] }),
    'invalid-graph of x: the input %x has the size H+1; an open size must be a name',
  ],
  [
    'an unknown dtype',
    withInput({ dtype: 'i8' }),
    'invalid-graph of x: the input %x has the unknown dtype i8',
  ],
  [
    'a constant of another kind',
    withConst('w', { dtype: 'f32', shape: [1], data: [1] }),
    'invalid-graph of w: the constant %w has no data',
  ],
  [
    'a lazy symbolic constant',
    withConst('w', new Lazy(['M'] as never, () => {})),
    'invalid-graph of w: the constant %w has a symbolic shape',
  ],
  [
    'an impossible constant',
    withConst('w', new Lazy([4, 0], () => {})),
    'invalid-graph of w: the constant %w has the impossible shape [4,0]',
  ],
  [
    'a constant of an unknown dtype',
    withConst('w', new Lazy([4], () => {}, 'f16' as never)),
    'invalid-graph of w: the constant %w has the unknown dtype f16',
  ],
  [
    'too few elements',
    withConst('w', Object.assign(tensor([3], [1, 2, 3]), { shape: [4, 3, 3, 3] })),
    'invalid-graph of w: the constant %w: 3 elements do not fill [4,3,3,3]',
  ],
  [
    'f64 among f32',
    withConst('b', new Lazy([4], () => {}, 'f64')),
    'shape of c: conv2d "c": operands of different dtypes: b is f64, x is f32',
  ],
  [
    'a constant that does not fit',
    withConst('b', tensor([3], [1, 2, 3])),
    'shape of c: conv2d "c": b must have the shape [4], but is [3]',
  ],
  [
    'a missing attribute',
    withNode('m', { attrs: { strides: [1, 1], pads: [0, 0, 0, 0] } }),
    'shape of m: maxPool "m": lacks the attribute kernel_shape',
  ],
  [
    'an unknown attribute',
    withAttrs('m', { ceil_mode: false }),
    'shape of m: maxPool "m": has no attribute ceil_mode',
  ],
  [
    'an attribute undefined',
    withAttrs('m', { pads: undefined }),
    'shape of m: maxPool "m": lacks the attribute pads',
  ],
])('refuses %s', (_, graph, message) => expect(verifyError(graph)).toBe(message));
