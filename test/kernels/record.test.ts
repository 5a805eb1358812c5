import { expect, test } from 'vitest';
import { defaultProfile } from '../../codegen/index.ts';
import { bare, buildConv, window } from './conv-case.ts';
import { makeRecord } from './record.ts';

const graph = buildConv({
  batch: 1,
  group: 1,
  channels: 8,
  outputs: 8,
  size: [5, 5],
  pads: [0, 0, 0, 0],
  window: window([1, 1]),
  extras: bare,
});

test('kernels and candidates that never ran are named', () => {
  const record = makeRecord(defaultProfile, 'conv-pointwise');
  expect(record.unmet()).toEqual(['conv-pointwise']);
  const { labels } = record.meet(graph).find(({ kernel }) => kernel === 'conv-pointwise')!;
  const [first, ...others] = labels.map((label) => ({ kernel: 'conv-pointwise', label }));
  expect(others.length).toBeGreaterThan(0);
  record.ran(first!, 0.5, 'a family');
  expect(record.unmetKernels()).toEqual([]);
  expect(record.unmet()).toEqual(others.map(({ label }) => `conv-pointwise ${label}`));
  others.forEach((one) => record.ran(one, 0.5, 'a family'));
  expect(record.unmet()).toEqual([]);
});

test('a kernel that only other devices can run is refused, not forgotten', () => {
  const record = makeRecord(defaultProfile, 'conv-matmul');
  record.meet(graph);
  expect(record.unmet()).toEqual([]);
  expect(record.refused()).toEqual([
    { kernel: 'conv-matmul', reason: 'the device has no subgroups' },
  ]);
});

test('a kernel that no device runs the graphs of is forgotten, not refused', () => {
  const record = makeRecord(defaultProfile, 'conv-winograd');
  record.meet(graph);
  expect(record.refused()).toEqual([]);
  expect(record.unmet()).toEqual(['conv-winograd']);
});

test('the greatest error counts', () => {
  const record = makeRecord(defaultProfile);
  const candidate = { kernel: 'conv-tiled', label: 'm4y1x2' };
  for (const off of [0.2, 0.7, 0.1]) record.ran(candidate, off, 'a family');
  expect(record.findings()).toEqual([{ ...candidate, cases: 3, worst: 0.7 }]);
});
