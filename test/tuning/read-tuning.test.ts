/** Tunings as text. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exportTuning, importTuning, mergeTunings } from '../../src/tuning/index.ts';
import type { Trial, TunedJob, Tuning } from '../../src/tuning/index.ts';
import { errorOf } from '../support/errors.ts';

const trial: fc.Arbitrary<Trial> = fc.oneof(
  fc.record({ candidate: fc.string(), microseconds: fc.double({ min: 0, max: 1e9, noNaN: true }) }),
  fc.record({ candidate: fc.string(), rejected: fc.string() }),
);
const job: fc.Arbitrary<TunedJob> = fc.record(
  {
    kernel: fc.string(),
    label: fc.string(),
    pipelines: fc.array(fc.string()),
    mode: fc.constantFrom('quick' as const, 'full' as const),
    isPartial: fc.constant(true as const),
    untuned: fc.string(),
    trials: fc.array(trial),
  },
  { requiredKeys: ['kernel', 'label', 'pipelines', 'mode', 'untuned', 'trials'] },
);
const names = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor'));
const tuning: fc.Arbitrary<Tuning> = fc.record({
  version: fc.constant(1 as const),
  adapters: fc.dictionary(names, fc.dictionary(names, job)),
});

/** With prototypes and the sign of zero left out, which neither JSON nor a meaning has. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('what is exported is imported again', () => {
  fc.assert(
    fc.property(tuning, (one) => {
      expect(plain(importTuning(exportTuning(one)))).toEqual(plain(one));
    }),
  );
});

test('equal tunings are equal texts, whatever the order of their keys', () => {
  const one = { kernel: 'k', label: '', pipelines: [], mode: 'full', untuned: 'k', trials: [] };
  const text = (adapters: object) => exportTuning({ version: 1, adapters } as Tuning);
  expect(text({ b: {}, a: { d: one, c: one } })).toBe(text({ a: { c: one, d: one }, b: {} }));
});

const jobText = (change: object): string => {
  const whole = { kernel: 'k', label: '', pipelines: [], mode: 'full', untuned: 'k', trials: [] };
  return JSON.stringify({ version: 1, adapters: { a: { j: { ...whole, ...change } } } });
};

test.each([
  ['', 'my.json: it is no JSON: Unexpected end of JSON input'],
  ['[]', 'my.json: it is not an object'],
  ['{}', 'my.json: it is no tuning; this reparam reads tunings of version 1'],
  ['{"version":2}', 'my.json: it is of version 2; this reparam reads tunings of version 1'],
  ['{"version":1}', 'my.json: adapters is not an object'],
  ['{"version":1,"version":1}', 'my.json: it is no JSON: the key "version" is there twice'],
  ['{"version":1,"adapters":{"a":[]}}', 'my.json: adapters["a"] is not an object'],
  [
    '{"version":1,"adapters":{"a":{"j":{}}}}',
    'my.json: adapters["a"]["j"].mode is neither quick nor full',
  ],
  [
    jobText({ trials: [{ candidate: 'k', microseconds: -1 }] }),
    'my.json: adapters["a"]["j"].trials[0].microseconds is not a number of at least 0',
  ],
  [
    jobText({ trials: [{ candidate: 'k', microseconds: '1' }] }),
    'my.json: adapters["a"]["j"].trials[0].microseconds is not a number of at least 0',
  ],
  [jobText({ isPartial: false }), 'my.json: adapters["a"]["j"].isPartial is not true'],
])('%s: %s', (text, message) => {
  expect(errorOf(() => importTuning(text, { what: 'my.json' }))).toBe(
    `file of my.json: ${message}`,
  );
});

test('only text is imported', () => {
  expect(errorOf(() => importTuning({ version: 1 } as never))).toBe(
    'input of undefined: importTuning takes the text that exportTuning gave',
  );
});

describe('merging', () => {
  const of = (kernel: string): TunedJob => ({
    kernel,
    label: '',
    pipelines: [],
    mode: 'quick',
    untuned: kernel,
    trials: [],
  });
  test('keeps the jobs of both; of the same job the second', () => {
    const first: Tuning = {
      version: 1,
      adapters: { a: { x: of('1'), y: of('1') }, b: { x: of('1') } },
    };
    const second: Tuning = { version: 1, adapters: { a: { y: of('2'), z: of('2') }, c: {} } };
    expect(mergeTunings(first, second).adapters).toEqual({
      a: { x: of('1'), y: of('2'), z: of('2') },
      b: { x: of('1') },
      c: {},
    });
  });
});
