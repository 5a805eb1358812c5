import { expect, test } from 'vitest';
import { activationNames, activations } from '../../ir/index.ts';
import type { ActivationDef, ActivationName } from '../../ir/index.ts';
import { fuseRelu } from '../../passes/index.ts';
import { expectRewrite } from '../support/rewrite.ts';

/** Other values than the defaults, and other ones for each parameter. */
const parameters: Readonly<Record<ActivationName, readonly number[]>> = {
  clip: [-0.25, 0.5],
  gelu: [1],
  hardSigmoid: [0.3, 0.4],
  hardSwish: [],
  leakyRelu: [0.3],
  relu: [],
  sigmoid: [],
  silu: [],
};

const producers = {
  conv2d: 'conv2d %x, %w, %b {pads=[1,1,1,1]',
  convTranspose2d: 'convTranspose2d %x, %w, %b {strides=[2,1], group=2',
  linear: 'linear %x, %w, %b {',
  sum: 'sum %x, %b, %x {',
};
const shapes = {
  conv2d: ['f32[1,2,3,3]', 'f32[2,2,3,3]', 'f32[2]'],
  convTranspose2d: ['f32[1,2,3,3]', 'f32[2,1,2,3]', 'f32[2]'],
  linear: ['f32[2,3]', 'f32[4,3]', 'f32[4]'],
  sum: ['f32[2,3]', 'f32[1]', 'f32[2,3]'],
};

const all = activationNames.flatMap((name) =>
  (['conv2d', 'convTranspose2d', 'linear', 'sum'] as const).map((op) => [name, op] as const),
);

test.each(all)('%s is fused into %s', (name, op) => {
  const [x, w, b] = shapes[op];
  const def: ActivationDef = activations[name];
  const given = parameters[name];
  const attrs = Object.keys(def.params).map((param, i) => `${param}=${given[i]}`);
  const fused = [`act="${name}"`, ...(given.length > 0 ? [`actParams=[${given.join()}]`] : [])];
  const node = producers[op];
  const start = `graph g(%x: ${x}) {\nconst %w : ${w}\nconst %b : ${b}\n`;
  const own = [...(node.endsWith('{') ? [] : ['']), ...fused].join(', ');
  const unused = op === 'sum' ? start.replace('const %w : f32[1]\n', '') : start;
  expectRewrite(
    fuseRelu,
    `${start}%c = ${node}}\n%y = ${name} %c {${attrs.join(', ')}}\nreturn %y\n}`,
    `${unused}%y = ${node}${own}}\nreturn %y\n}`,
  );
});

test('every parameter differs from its default and from the others', () => {
  for (const name of activationNames) {
    const defaults: readonly number[] = Object.values(activations[name].params);
    expect(parameters[name]).toHaveLength(defaults.length);
    expect(new Set(parameters[name]).size).toBe(defaults.length);
    parameters[name].forEach((value, i) => expect(value).not.toBe(defaults[i]));
  }
});
