import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planMemory, type Access, type Stored } from '../../codegen/memory.ts';
import { planMemorySlowly } from '../support/plan-memory-slowly.ts';

const limits = { alignment: 256, maxBufferSize: 1 << 28 };

interface Program {
  readonly values: readonly Stored[];
  readonly dispatches: readonly Access[];
}

interface Sizes {
  readonly minLength: number;
  readonly maxLength: number;
  /** How many values back a dispatch reads at most. */
  readonly back: number;
}

/** Programs like those of a network: each dispatch writes a new value, and reads some of those before. */
const programsOf = ({ back, ...lengths }: Sizes): fc.Arbitrary<Program> =>
  fc
    .array(
      fc.record({
        words: fc.integer({ min: 1, max: 900 }),
        reads: fc.array(fc.nat({ max: back }), { minLength: 1, maxLength: 3 }),
        isOutput: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      }),
      lengths,
    )
    .map((steps) => {
      const inputs = 1 + (steps[0]!.words % 2);
      const values = steps.map(({ words, isOutput }, i): Stored => ({
        id: `v${i}`,
        bytes: 4 * words,
        isInput: i < inputs,
        isOutput: isOutput && i >= inputs,
      }));
      const dispatches = steps.slice(inputs).map(({ reads }, k): Access => {
        const self = k + inputs;
        return {
          reads: reads.map((back) => `v${Math.max(0, self - 1 - back)}`),
          writes: [`v${self}`],
        };
      });
      return { values, dispatches };
    });

const programs = programsOf({ minLength: 2, maxLength: 30, back: 5 });

/** The first and last dispatch at which each value is needed, found by looking at each in turn. */
function lifetimes({ values, dispatches }: Program) {
  return values.map(({ id, isInput, isOutput }) => {
    const touched = dispatches.flatMap(({ reads, writes }, i) =>
      [...reads, ...writes].includes(id) ? [i] : [],
    );
    const from = isInput ? -1 : Math.min(...touched);
    return { id, from, to: isOutput ? dispatches.length : Math.max(-1, ...touched) };
  });
}

test('values that are alive at once do not overlap', () => {
  fc.assert(
    fc.property(programs, (program) => {
      const { regions } = planMemory(program.values, program.dispatches, limits);
      const live = lifetimes(program).map((l) => ({ ...l, ...regions.get(l.id)! }));
      for (const a of live) {
        for (const b of live) {
          const together = a.id < b.id && a.buffer === b.buffer && a.from <= b.to && b.from <= a.to;
          if (!together) continue;
          const apart = a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset;
          expect(apart, `${a.id} and ${b.id}`).toBe(true);
        }
      }
    }),
  );
});

test('what a dispatch writes is in another buffer than all it reads', () => {
  fc.assert(
    fc.property(programs, (program) => {
      const { regions } = planMemory(program.values, program.dispatches, limits);
      for (const { reads, writes } of program.dispatches) {
        const written = writes.map((id) => regions.get(id)!.buffer);
        for (const id of reads) expect(written).not.toContain(regions.get(id)!.buffer);
      }
    }),
  );
});

test('regions are aligned, inside their buffers, and of the size asked for', () => {
  fc.assert(
    fc.property(programs, fc.constantFrom(32, 256, 512), (program, alignment) => {
      const plan = planMemory(program.values, program.dispatches, { ...limits, alignment });
      for (const { id, bytes } of program.values) {
        const region = plan.regions.get(id)!;
        expect(region.offset % Math.max(alignment, 256)).toBe(0);
        expect(region.bytes).toBe(bytes);
        expect(region.offset + bytes).toBeLessThanOrEqual(plan.buffers[region.buffer]!);
      }
    }),
  );
});

test('the peak is the sum of the buffers, and at least the largest cut', () => {
  fc.assert(
    fc.property(programs, (program) => {
      const plan = planMemory(program.values, program.dispatches, limits);
      expect(plan.peakBytes).toBe(plan.buffers.reduce((a, b) => a + b, 0));
      const live = lifetimes(program);
      const cuts = program.dispatches.map((_, i) =>
        program.values.reduce((sum, { bytes }, k) => {
          const { from, to } = live[k]!;
          return from <= i && i <= to ? sum + bytes : sum;
        }, 0),
      );
      expect(plan.lowerBoundBytes).toBeGreaterThanOrEqual(Math.max(...cuts));
      expect(plan.peakBytes).toBeGreaterThanOrEqual(plan.lowerBoundBytes);
    }),
  );
});

test.each([
  ['short', { minLength: 2, maxLength: 40, back: 8 }, 150],
  ['long', { minLength: 200, maxLength: 400, back: 4 }, 6],
  ['long, with values that stay', { minLength: 200, maxLength: 400, back: 150 }, 6],
])('the plan is the one that looking at all values gives: %s', (_, sizes, numRuns) => {
  const alignments = fc.constantFrom(256, 1024);
  const property = fc.property(programsOf(sizes), alignments, (program, alignment) => {
    for (const maxBufferSize of [1 << 28, 1 << 14]) {
      const given = [program.values, program.dispatches, { alignment, maxBufferSize }] as const;
      const slow = planMemorySlowly(...given);
      const { buffers, regions } = planMemory(...given);
      const places = [...regions].map(([id, { buffer, offset }]) => [id, [buffer, offset]]);
      expect(buffers).toEqual(slow.buffers);
      expect(Object.fromEntries(places)).toEqual(slow.regions);
    }
  });
  fc.assert(property, { seed: 5, numRuns });
});

test('no buffer is larger than the device allows', () => {
  fc.assert(
    fc.property(programs, (program) => {
      const plan = planMemory(program.values, program.dispatches, {
        ...limits,
        maxBufferSize: 4096,
      });
      expect(Math.max(...plan.buffers)).toBeLessThanOrEqual(4096);
    }),
  );
});

const chain = (sizes: readonly number[]): Program => ({
  values: sizes.map((bytes, i) => ({
    id: `v${i}`,
    bytes,
    isInput: i === 0,
    isOutput: i === sizes.length - 1,
  })),
  dispatches: sizes.slice(1).map((_, i) => ({ reads: [`v${i}`], writes: [`v${i + 1}`] })),
});

test('a chain takes two buffers, however long', () => {
  const { values, dispatches } = chain([1024, 4096, 4096, 2048, 2048, 512, 256]);
  const plan = planMemory(values, dispatches, limits);
  expect(plan.buffers).toEqual([4096, 4096]);
  expect(plan.lowerBoundBytes).toBe(8192);
});

test('branches that are added up again take three', () => {
  const size = 1024;
  const values = ['x', 'a', 'b', 'c', 'y'].map((id) => ({
    id,
    bytes: size,
    isInput: id === 'x',
    isOutput: id === 'y',
  }));
  // x is an odd circle away from y along b, an even one along a and c.
  const dispatches = [
    { reads: ['x'], writes: ['a'] },
    { reads: ['a'], writes: ['c'] },
    { reads: ['x'], writes: ['b'] },
    { reads: ['b', 'c'], writes: ['y'] },
  ];
  expect(planMemory(values, dispatches, limits).buffers).toHaveLength(3);
});
