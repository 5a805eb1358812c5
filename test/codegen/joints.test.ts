/** Which values need not be stored: jobs by what they read and write, and the layouts that they offer. */
import { expect, test } from 'vitest';
import { findJoints, type Chosen } from '../../codegen/joints.ts';
import type { Job, Operand } from '../../codegen/kernel.ts';

const operand = (id: string): Operand => ({
  kind: 'activation',
  id,
  shape: [1],
  type: 'f32',
  packable: false,
});

interface Given {
  readonly reads: readonly string[];
  readonly writes: string;
  readonly residual?: string;
  readonly takes?: string;
  readonly leaves?: string;
}

const chosen = ({ reads, writes, residual, takes, leaves }: Given): Chosen => ({
  job: {
    inputs: reads.map(operand),
    output: operand(writes),
    residual: residual === undefined ? null : operand(residual),
  } as unknown as Job,
  candidate: {
    label: '',
    cost: 0,
    takes: takes ?? null,
    leaves: leaves ?? null,
    emit: () => ({ steps: [], temporaries: [] }),
  },
});

const joints = (all: readonly Given[], outputs: readonly string[] = []) =>
  findJoints(all.map(chosen), new Set(outputs));

const first: Given = { reads: ['x'], writes: 'a', leaves: 'tiles' };
const second: Given = { reads: ['a'], writes: 'b', takes: 'tiles' };

test('what one job leaves as the next takes it', () => {
  expect(joints([first, second])).toEqual(['a']);
  const middle = { ...second, leaves: 'tiles' };
  expect(joints([first, middle, { reads: ['b'], writes: 'c', takes: 'tiles' }])).toEqual([
    'a',
    'b',
  ]);
});

test.each<[string, readonly Given[], string[]?]>([
  ['the layouts differ', [first, { ...second, takes: 'others' }]],
  ['only one has a layout', [{ reads: ['x'], writes: 'a' }, second]],
  [
    'neither has a layout',
    [
      { reads: ['x'], writes: 'a' },
      { reads: ['a'], writes: 'b' },
    ],
  ],
  ['nobody reads it', [first]],
  ['two jobs read it', [first, second, { ...second, writes: 'c' }]],
  ['a job reads it twice', [first, { ...second, reads: ['a', 'a'] }]],
  ['it is the residual', [first, { ...second, reads: ['y'], residual: 'a' }]],
  ['it is the second input', [first, { ...second, reads: ['y', 'a'] }]],
  ['another writes its memory', [first, second, { reads: ['y'], writes: 'a' }]],
  ['it is an output', [first, second], ['a']],
])('none where %s', (_, all, outputs) => {
  expect(joints(all, outputs)).toEqual([]);
});
