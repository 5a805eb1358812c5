import { describe, expect, test } from 'vitest';
import { activationNames, activations, applyFused, erf, opNames } from '../../ir/index.ts';
import { isActivation, type ActivationDef } from '../../ir/index.ts';

describe('erf is exact to 1e-15', () => {
  // Computed with 60 digits from the series.
  test.each([
    [1e-4, 0.00011283791633342487],
    [0.1, 0.1124629160182849],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [1.5, 0.9661051464753108],
    [2, 0.9953222650189527],
    [2.4999, 0.9995928300996665],
    [2.5, 0.999593047982555],
    [2.75, 0.9998993780778804],
    [3, 0.9999779095030014],
    [3.5, 0.9999992569016277],
    [4, 0.9999999845827421],
    [5, 0.9999999999984626],
    [5.9, 0.9999999999999999],
    [6.5, 1],
    [Infinity, 1],
  ])('at %s', (x, wanted) => {
    expect(Math.abs(erf(x) / wanted - 1)).toBeLessThan(1e-15);
    expect(erf(-x)).toBe(-erf(x));
  });

  test('at zero and at no number', () => {
    expect([erf(0), erf(-0), erf(NaN)]).toEqual([0, -0, NaN]);
  });
});

test.each(activationNames)('%s is an op of its own, far out as well as near', (name) => {
  const def: ActivationDef = activations[name];
  const run = (x: number) => def.evaluate(x, Object.values(def.params));
  expect(opNames).toContain(name);
  for (const x of [-1e4, -50, 50, 1e4]) expect(Number.isFinite(run(x)), `at ${x}`).toBe(true);
  expect(run(NaN)).toBeNaN();
});

test('a fused activation takes its parameters in the order of the table', () => {
  const data = Float64Array.from([-3, 0.5, 3]);
  applyFused(data, { act: 'clip', actParams: [-1, 2] });
  expect([...data]).toEqual([-1, 0.5, 2]);
  applyFused(data, { act: 'none', actParams: [] });
  expect([...data]).toEqual([-1, 0.5, 2]);
});

test('names of prototypes are no activations', () => {
  expect(['toString', 'constructor', '__proto__', 'relu'].map(isActivation)).toEqual([
    false,
    false,
    false,
    true,
  ]);
});
