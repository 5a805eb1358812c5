/** Which layouts values have and which candidates are taken for that: jobs by what they read, write and offer. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Candidate, Job, Operand } from '../../codegen/kernel.ts';
import { chooseLayouts, type Open } from '../../codegen/layouts.ts';

const operand = (id: string): Operand => ({
  kind: 'activation',
  id,
  shape: [1],
  type: 'f32',
  packable: false,
});

/** A candidate's cost, and the layouts that it offers with what each saves. */
interface Offer {
  readonly cost: number;
  readonly takes?: readonly [layout: string, saves: number];
  readonly leaves?: readonly [layout: string, saves: number];
}

interface Given {
  readonly reads: readonly string[];
  readonly writes: string;
  readonly residual?: string | undefined;
  readonly offers: readonly Offer[];
}

const layout = (offered: Offer['takes']) =>
  offered ? { layout: offered[0], saves: offered[1] } : null;

const open = ({ reads, writes, residual, offers }: Given): Open => {
  const all = offers.map(({ cost, takes, leaves }, i) => ({
    kernel: 'k',
    candidate: {
      label: `${i}`,
      cost,
      takes: layout(takes),
      leaves: layout(leaves),
      emit: () => ({ steps: [], temporaries: [] }),
    } satisfies Candidate,
  }));
  const job = {
    inputs: reads.map(operand),
    output: operand(writes),
    residual: residual === undefined ? null : operand(residual),
  } as unknown as Job;
  return { job, ...all[0]!, offers: all };
};

/** The places of the candidates that are taken, and the values that are not stored. */
function choose(all: readonly Given[], outputs: readonly string[] = []) {
  const { chosen, joined } = chooseLayouts(all.map(open), new Set(outputs));
  return { taken: chosen.map(({ candidate }) => Number(candidate.label)), joined: [...joined] };
}

const first: Given = { reads: ['x'], writes: 'a', offers: [{ cost: 9, leaves: ['tiles', 1] }] };
const second: Given = { reads: ['a'], writes: 'b', offers: [{ cost: 9, takes: ['tiles', 1] }] };

describe('a value is not stored', () => {
  test('where one job leaves what the next takes', () => {
    expect(choose([first, second]).joined).toEqual(['a']);
    const both: Given = {
      ...second,
      offers: [{ cost: 9, takes: ['tiles', 1], leaves: ['tiles', 1] }],
    };
    const { joined } = choose([first, both, { ...second, reads: ['b'], writes: 'c' }]);
    expect(joined.toSorted()).toEqual(['a', 'b']);
  });

  test('where both together save, though one alone does not', () => {
    const dearer: Given = { ...first, offers: [{ cost: 9, leaves: ['tiles', -1] }] };
    const saving = (saves: number): Given => ({
      ...second,
      offers: [{ cost: 9, takes: ['tiles', saves] }],
    });
    expect(choose([dearer, saving(2)]).joined).toEqual(['a']);
    // Of equal sums the plain one.
    expect(choose([dearer, saving(1)]).joined).toEqual([]);
  });
});

const plain: Given = { ...first, offers: [{ cost: 9 }] };
test.each<[string, readonly Given[], string[]?]>([
  ['the layouts differ', [first, { ...second, offers: [{ cost: 9, takes: ['others', 1] }] }]],
  ['only the second has a layout', [plain, second]],
  ['only the first has a layout', [first, { ...second, offers: [{ cost: 9 }] }]],
  ['nobody reads it', [first]],
  ['two jobs read it', [first, second, { ...second, writes: 'c' }]],
  ['a job reads it twice', [first, { ...second, reads: ['a', 'a'] }]],
  ['it is the residual', [first, { ...second, reads: ['y'], residual: 'a' }]],
  ['it is the residual, too', [first, { ...second, residual: 'a' }]],
  ['it is the second input', [first, { ...second, reads: ['y', 'a'] }]],
  ['another writes its memory', [first, second, { ...plain, reads: ['y'], writes: 'a' }]],
  ['it is an output', [first, second], ['a']],
])('it is stored where %s', (_, all, outputs) => {
  expect(choose(all, outputs).joined).toEqual([]);
});

test('a dearer candidate is taken where the layout saves more than it costs', () => {
  const two = (saves: number): Given => ({
    ...second,
    offers: [{ cost: 5 }, { cost: 7, takes: ['tiles', saves] }],
  });
  expect(choose([first, two(2)])).toEqual({ taken: [0, 1], joined: ['a'] });
  expect(choose([first, two(1)])).toEqual({ taken: [0, 0], joined: [] });
});

test('of equal costs the first candidate is taken, and of what is decided the only one', () => {
  expect(choose([{ ...plain, offers: [{ cost: 2 }, { cost: 1 }, { cost: 1 }] }]).taken).toEqual([
    1,
  ]);
  const decided = { ...open({ ...plain, offers: [{ cost: 2 }, { cost: 1 }] }), offers: [] };
  expect(chooseLayouts([decided], new Set()).chosen[0]!.candidate.label).toBe('0');
});

/** The sum of costs, or infinity where a value is handed over that cannot be. */
function costOf(all: readonly Given[], taken: readonly number[], joined: readonly string[]) {
  const offers = all.map((one, i) => one.offers[taken[i]!]!);
  const base = offers.reduce((sum, { cost }) => sum + cost, 0);
  return joined.reduce((sum, id) => {
    const left = offers[all.findIndex(({ writes }) => writes === id)]!.leaves;
    const takes = offers[all.findIndex(({ reads }) => reads[0] === id)]!.takes;
    return left && takes && left[0] === takes[0] ? sum - left[1] - takes[1] : Infinity;
  }, base);
}

const choicesOf = <T>(lists: readonly (readonly T[])[]): T[][] =>
  lists.reduce<T[][]>(
    (all, list) => all.flatMap((one) => list.map((item) => [...one, item])),
    [[]],
  );

/** The least sum of all that could be taken. */
function leastCost(all: readonly Given[], outputs: readonly string[]): number {
  const passed = all
    .map(({ writes }) => writes)
    .filter((id) => {
      const uses = all.flatMap(({ reads, residual }) =>
        [...reads, residual].flatMap((one, i) => (one === id ? [i] : [])),
      );
      return uses.length === 1 && uses[0] === 0 && !outputs.includes(id);
    });
  const sums = choicesOf(all.map(({ offers }) => offers.map((_, i) => i))).flatMap((taken) =>
    choicesOf(passed.map((id) => [[id], []])).map((joined) => costOf(all, taken, joined.flat())),
  );
  return Math.min(...sums);
}

const offered = fc.option(
  fc.tuple(fc.constantFrom('tiles', 'blocks'), fc.integer({ min: -3, max: 9 })),
  { nil: undefined },
);
const offers = fc.array(
  fc
    .record({ cost: fc.integer({ min: 0, max: 9 }), takes: offered, leaves: offered })
    .map(({ cost, takes, leaves }): Offer => ({
      cost,
      ...(takes && { takes }),
      ...(leaves && { leaves }),
    })),
  { minLength: 1, maxLength: 3 },
);

/** Jobs that read the value before as a rule, and now and then an earlier one, or one more. */
const graphs = fc
  .array(
    fc.record({
      back: fc.constantFrom(1, 1, 1, 1, 2, 3),
      more: fc.option(fc.constantFrom(1, 2), { nil: undefined, freq: 4 }),
      isOutput: fc.constantFrom(false, false, false, true),
      offers,
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((jobs) => ({
    all: jobs.map(({ back, more, offers: mine }, i): Given => ({
      reads: [`v${i - back}`],
      writes: `v${i}`,
      residual: more && `v${i - more}`,
      offers: mine,
    })),
    outputs: jobs.flatMap(({ isOutput }, i) => (isOutput ? [`v${i}`] : [])),
  }));

test('no other choice costs less, neither layer by layer nor any', () => {
  let joints = 0;
  let dearer = 0;
  fc.assert(
    fc.property(graphs, ({ all, outputs }) => {
      const { taken, joined } = choose(all, outputs);
      const cost = costOf(all, taken, joined);
      expect(cost).toBe(leastCost(all, outputs));
      const alone = all.map((one) => Math.min(...one.offers.map((offer) => offer.cost)));
      expect(cost).toBeLessThanOrEqual(alone.reduce((sum, each) => sum + each, 0));
      expect(choose(all, outputs)).toEqual({ taken, joined });
      joints += joined.length;
      dearer += all.filter(({ offers: mine }, i) => mine[taken[i]!]!.cost > alone[i]!).length;
    }),
    { numRuns: 300 },
  );
  // What is generated gives something to decide.
  expect(Math.min(joints, dearer)).toBeGreaterThan(10);
});
