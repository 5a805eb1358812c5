/** Which layers give up their fastest kernel for a pipeline that is compiled anyway. */
import { expect, test } from 'vitest';
import { defaultProfile } from '../../codegen/index.ts';
import { jobsOf } from '../../codegen/lower.ts';
import type { Candidate, Kernel } from '../../codegen/kernel.ts';
import { sharePipelines } from '../../codegen/share-pipelines.ts';
import { parse } from '../../ir/index.ts';
import { randomWeights } from '../support/random-weights.ts';

const software = { ...defaultProfile, software: true };

/** Layers of the given numbers of channels: equal ones are equal jobs. */
const jobs = (channels: readonly number[]) => {
  const inputs = channels.map((c, i) => `%x${i}: f32[1,${c},4,4]`).join(', ');
  const layers = channels.map(
    (c, i) => `const %w${i} : f32[4,${c},1,1]
    %y${i} = conv2d %x${i}, %w${i}`,
  );
  const outputs = channels.map((_, i) => `%y${i}`).join(', ');
  return jobsOf(
    parse(`graph g(${inputs}) {\n${layers.join('\n')}\nreturn ${outputs}\n}`, randomWeights()),
  );
};

/** Milliseconds of a run by the name of the pipeline, each of which takes 0.6 s to compile. */
type Costs = Readonly<Record<string, number>>;

/** What is chosen where each layer has these candidates, the first of which is its choice. */
function share(layers: readonly [number, Costs][], device = software, offered = true): string[] {
  const chosen = jobs(layers.map(([channels]) => channels)).map(({ job }, i) => {
    const candidates = Object.entries(layers[i]![1]).map(([label, ms]): Candidate => ({
      label,
      cost: 1e6 * ms,
      emit: () => ({
        steps: [
          {
            kernel: 'k',
            label,
            pipeline: { key: label, wgsl: 'x'.repeat(10_000), layout: [] },
            workgroups: [1, 1, 1],
            bindings: [],
          },
        ],
        temporaries: [],
      }),
    }));
    const kernel: Kernel = {
      name: 'k',
      doc: '',
      refuses: () => null,
      candidates: () => candidates,
    };
    const offers = candidates.map((candidate) => ({ kernel: 'k', candidate }));
    return {
      job,
      kernels: [kernel],
      ...offers[0]!,
      selection: { candidates: offers.length, by: 'estimate' } as const,
      offers: offered ? offers : [],
    };
  });
  return sharePipelines(chosen, device).map(({ candidate }) => candidate.label);
}

test('a pipeline that saves its only layer little is left out', () => {
  expect(
    share([
      [1, { a: 1 }],
      [2, { b: 1, a: 1.2 }],
    ]),
  ).toEqual(['a', 'a']);
});

test('one that saves much stays', () => {
  expect(
    share([
      [1, { a: 1 }],
      [2, { b: 1, a: 1.4 }],
    ]),
  ).toEqual(['a', 'b']);
});

test('what it saves is counted for each of several equal layers', () => {
  const layer: [number, Costs] = [2, { b: 1, a: 1.2 }];
  expect(share([[1, { a: 1 }], layer, layer])).toEqual(['a', 'b', 'b']);
});

test('a pipeline that nothing else needs is no better', () => {
  expect(
    share([
      [1, { a: 1 }],
      [2, { b: 1, c: 1.1 }],
    ]),
  ).toEqual(['a', 'b']);
});

test('of two that could replace each other the one is left out that saves less', () => {
  const costs = (first: string, second: string, by: number) => ({ [first]: 1, [second]: 1 + by });
  expect(
    share([
      [1, costs('a', 'b', 0.2)],
      [2, costs('b', 'a', 0.1)],
    ]),
  ).toEqual(['a', 'a']);
  expect(
    share([
      [1, costs('a', 'b', 0.1)],
      [2, costs('b', 'a', 0.2)],
    ]),
  ).toEqual(['b', 'b']);
});

test('several layers may have to change for one pipeline less', () => {
  const all = share([
    [1, { a: 1 }],
    [2, { b: 1, a: 1.1 }],
    [3, { b: 1, a: 1.1 }],
  ]);
  expect(all).toEqual(['a', 'a', 'a']);
});

test('what was measured or forced stays, and so does all on hardware', () => {
  const layers: [number, Costs][] = [
    [1, { a: 1 }],
    [2, { b: 1, a: 1.01 }],
  ];
  expect(share(layers, software, false)).toEqual(['a', 'b']);
  expect(share(layers, defaultProfile)).toEqual(['a', 'b']);
});
