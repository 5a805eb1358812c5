/** What a job must give: as the evaluator has it, whole or in part, and how far off kernels may be. */
import { describe, expect, test } from 'vitest';
import { jobKey, jobsOf, type Job, type LowerOptions } from '../../codegen/index.ts';
import { transform2x2, transform4x4, transformFilter } from '../../codegen/winograd.ts';
import { aloneJob } from '../../codegen/tuned.ts';
import { convDirect } from '../../codegen/kernels/conv-direct.ts';
import { convWinograd } from '../../codegen/kernels/conv-winograd.ts';
import { convWinograd2Gemm } from '../../codegen/kernels/conv-winograd-gemm.ts';
import { elementCount, evaluate, parse, Tensor } from '../../ir/index.ts';
import { narrowToHalf, widenHalf } from '../../src/formats/half.ts';
import { graphOfJob, randomData, termsOfJob } from '../../src/tuning/job-graph.ts';
import { referenceOf } from '../../src/tuning/reference.ts';
import { pick } from '../../src/tuning/sample.ts';
import { tileMagnitudes } from '../../src/tuning/tile-magnitude.ts';
import { findWrong } from '../../src/tuning/verify.ts';
import { randomWeights } from '../support/random-weights.ts';
import { f2x2, f4x4, winogradMagnitude } from '../support/winograd-magnitude.ts';

/** The job that computes most. */
const jobOf = (inputs: string, lines: string): Job => {
  const graph = parse(`graph g(${inputs}) {\n${lines}\n}`, randomWeights());
  const [job] = jobsOf(graph).toSorted((a, b) => b.covers.length - a.covers.length);
  return aloneJob(job!.job);
};

const jobs: readonly [string, Job][] = [
  [
    'a convolution',
    jobOf(
      '%x: f32[5,6,7,7], %r: f32[5,40,7,7]',
      `const %w : f32[40,6,3,3]
       const %b : f32[40]
       const %p : f32[6]
       %y = conv2d %x, %w, %b, %p {pads=[1,1,1,1]}
       %s = sum %r, %y {act="relu"}
       return %s`,
    ),
  ],
  [
    'a grouped one',
    jobOf(
      '%x: f32[2,80,7,7]',
      `const %w : f32[120,2,3,3]
       const %p : f32[80]
       %y = conv2d %x, %w, _, %p {pads=[1,1,1,1], group=40, strides=[2,1]}
       return %y`,
    ),
  ],
  [
    'one with reshaped weights',
    jobOf(
      '%x: f32[1,2,7,7]',
      `const %w : f32[2,360]
       %k = reshape %w {shape=[40,2,3,3]}
       %y = conv2d %x, %k
       return %y`,
    ),
  ],
  [
    'a depthwise convolution and a 1x1 one',
    jobOf(
      '%x: f32[5,24,7,7], %r: f32[5,70,4,4]',
      `const %w : f32[24,1,3,3]
       const %b : f32[24]
       const %p : f32[24]
       const %v : f32[70,24,1,1]
       const %c : f32[70]
       %d = conv2d %x, %w, %b, %p {pads=[1,1,1,1], strides=[2,2], group=24, act="sigmoid"}
       %y = conv2d %d, %v, %c
       %s = sum %r, %y {act="relu"}
       return %s`,
    ),
  ],
  [
    'a transposed convolution',
    jobOf(
      '%x: f32[5,6,4,4], %r: f32[5,40,8,8]',
      `const %w : f32[6,40,4,4]
       const %b : f32[40]
       %y = convTranspose2d %x, %w, %b {pads=[1,1,1,1], strides=[2,2]}
       %s = sum %r, %y {act="relu"}
       return %s`,
    ),
  ],
  [
    'a grouped transposed one',
    jobOf(
      '%x: f32[2,80,4,4]',
      `const %w : f32[80,3,3,3]
       %y = convTranspose2d %x, %w {group=40, strides=[2,1]}
       return %y`,
    ),
  ],
  [
    'a linear layer',
    jobOf(
      '%x: f32[3,5], %r: f32[3,70]',
      `const %w : f32[70,5]
       const %b : f32[70]
       %y = linear %x, %w, %b
       %s = sum %y, %r {act="sigmoid"}
       return %s`,
    ),
  ],
];

describe.each(jobs)('%s', (_, job) => {
  const data = randomData(job);
  const whole = referenceOf(job, data, Infinity);

  test('makes a graph of one job of the same key', () => {
    const { graph } = graphOfJob(job, data);
    expect(jobsOf(graph).map((one) => jobKey(one.job))).toContain(jobKey(job));
  });
  test('is as the evaluator has it', () => {
    const { graph, inputs } = graphOfJob(job, data);
    expect(whole.places).toBe(null);
    expect(whole.wanted).toEqual(evaluate(graph, inputs)['out']!.data);
  });
  test('in part is a part of the whole, with the same bounds', () => {
    const total = termsOfJob(job) * elementCount(job.output.shape);
    const part = referenceOf(job, data, total / 8);
    const places = [...part.places!];
    expect(places.length).toBeLessThan(whole.wanted.length);
    expect(new Set(places).size).toBe(places.length);
    expect(places).toContain(0);
    expect(places).toContain(whole.wanted.length - 1);
    const [all, some] = [whole, part].map((one) => one.allowed(convDirect));
    expect(Array.from(part.wanted)).toEqual(places.map((place) => whole.wanted[place]));
    expect([...some!]).toEqual(places.map((place) => all![place]));
  });
  test('tells a float32 result from one that lacks a term', () => {
    const single = Float32Array.from(whole.wanted);
    expect(findWrong(single, whole, convDirect)).toBe(null);
    const at = single.indexOf(single.find((value) => Math.abs(value) > 0.1)!);
    single[at]! *= 1.001;
    expect(findWrong(single, whole, convDirect)).toMatch(
      new RegExp(`^element ${at} is .*; 1 of ${single.length} are wrong$`),
    );
    single[at] = NaN;
    expect(findWrong(single, whole, convDirect)).toMatch(`element ${at} is NaN`);
  });
});

describe('in float16', () => {
  const all = { weights: 'f16', activations: 'f16', arithmetic: 'f16' } as const;
  const graph = parse(
    `graph g(%x: f32[2,40,7,7]) {
      const %w : f32[40,40,3,3]
      const %v : f32[40,40,3,3]
      const %b : f32[40]
      %a = conv2d %x, %w {pads=[1,1,1,1]}
      %c = conv2d %a, %v, %b {pads=[1,1,1,1]}
      %s = sum %c, %a {act="relu"}
      %z = mul %s, %s
      return %z
    }`,
    randomWeights(),
  );
  const jobWith = (options: LowerOptions) => aloneJob(jobsOf(graph, options)[1]!.job);
  const isHalf = (value: number) => widenHalf(narrowToHalf(Float32Array.of(value)))[0] === value;

  test('the graph of one job has its key, ports and all', () => {
    const job = jobWith(all);
    const { graph: alone, lowering } = graphOfJob(job, randomData(job));
    expect(jobKey(job)).toMatch(
      /^conv2d f16\[.* weights=f16 arithmetic=f16 \+ f16\[.* relu -> f16$/,
    );
    expect(jobsOf(alone, lowering).map((one) => jobKey(one.job))).toEqual([jobKey(job)]);
  });
  test('data are exact in it', () => {
    for (const options of [all, { weights: 'f16', activations: 'f16' } as const]) {
      const { inputs, residual } = randomData(jobWith(options));
      const [x, w, b] = inputs;
      for (const { data } of [x!, w!, residual!]) expect(Array.from(data).every(isHalf)).toBe(true);
      expect(Array.from(b!.data).every(isHalf)).toBe(false);
    }
  });
  test('so are weights transformed for F(2x2, 3x3), and sums of 16 products', () => {
    const [x, w] = randomData(jobWith(all)).inputs.map((one) => one?.data);
    const { filter, side, frequencies } = transform2x2;
    const transformed = new Float64Array(frequencies);
    for (let from = 0; from < w!.length; from += 9) {
      transformFilter(filter.flat(), w as Float32Array, from, transformed, 0, 1);
      expect(transformed).toHaveLength(side ** 2);
      expect(Array.from(transformed).every(isHalf)).toBe(true);
    }
    for (let from = 0; from + 16 <= x!.length; from += 16) {
      let sum = 0;
      for (let i = from; i < from + 16; i++) {
        const product = x![i]! * w![i]!;
        expect(isHalf(product)).toBe(true);
        expect(isHalf((sum += product))).toBe(true);
      }
    }
  });
  test('a result may be off by what storing it loses, and no more', () => {
    const job = jobWith(all);
    const reference = referenceOf(job, randomData(job), Infinity);
    const single = Float32Array.from(reference.wanted);
    const stored = widenHalf(narrowToHalf(single));
    expect(stored).not.toEqual(single);
    expect(findWrong(stored, reference, convDirect)).toBe(null);
    const whole = jobWith({ ...all, ports: { z: 'f32' }, activations: 'f32' });
    const exact = referenceOf(whole, randomData(job), Infinity);
    expect(findWrong(stored, exact, convDirect)).not.toBe(null);
    const at = stored.findIndex((value) => value > 0.5);
    stored[at]! *= 1 + 2 ** -8;
    expect(findWrong(stored, reference, convDirect)).toMatch(`element ${at} is`);
  });
});

test('what is picked has both ends, nothing twice, and some of the middle', () => {
  for (const total of [1, 5, 16, 17, 100, 1000]) {
    const picked = pick(total, 0.1);
    expect(picked).toEqual([...new Set(picked)].toSorted((a, b) => a - b));
    const ends = Math.min(8, total);
    for (let i = 0; i < ends; i++) {
      expect(picked).toContain(i);
      expect(picked).toContain(total - 1 - i);
    }
    expect(picked.length).toBe(Math.min(total, Math.max(16, Math.ceil(total / 10))));
  }
});

describe.each([
  ['F(4x4, 3x3)', transform4x4, f4x4, convWinograd],
  ['F(2x2, 3x3)', transform2x2, f2x2, convWinograd2Gemm],
])('the transform of %s', (_, transform, form, kernel) => {
  test('is that of a convolution', () => {
    const { result, filter, patch } = transform;
    const w = [0.3, -1.1, 0.7];
    const x = [0.5, -0.2, 1.3, -0.9, 0.1, 0.8].slice(0, transform.side);
    const times = (matrix: readonly (readonly number[])[], vector: readonly number[]) =>
      matrix.map((row) => row.reduce((sum, value, i) => sum + value * vector[i]!, 0));
    const [g, d] = [times(filter, w), times(patch, x)];
    const y = times(
      result,
      g.map((value, i) => value * d[i]!),
    );
    expect(y).toHaveLength(transform.tile);
    y.forEach((value, i) => {
      const wanted = w.reduce((sum, tap, k) => sum + tap * x[i + k]!, 0);
      expect(value).toBeCloseTo(wanted, 12);
    });
  });
  test('has the magnitudes that its matrices give', () => {
    const graph = parse(
      `graph g(%x: f32[2,3,6,9]) {
        const %w : f32[5,3,3,3]
        const %p : f32[3]
        %y = conv2d %x, %w, _, %p {pads=[1,0,2,1]}
        return %y
      }`,
      randomWeights(),
    );
    const job = jobsOf(graph)[0]!.job as Job<'conv2d'>;
    const data = randomData(job);
    const consts = { w: data.inputs[1]!, p: data.inputs[3]! };
    const wanted = winogradMagnitude({ ...graph, consts }, { x: data.inputs[0]! }, form);
    const actual = tileMagnitudes(job, data, transform);
    const ratios = actual.map((value, i) => value / wanted.data[i]!);
    expect(Math.max(...ratios)).toBeCloseTo(1, 12);
    expect(Math.min(...ratios)).toBeCloseTo(1, 12);
    expect(new Tensor(wanted.shape, actual).shape).toEqual(wanted.shape);
  });
  test('allows its kernel more than others, and less than a channel', () => {
    const job = jobOf(
      '%x: f32[1,64,9,9]',
      `const %w : f32[64,64,3,3]
       %y = conv2d %x, %w {pads=[1,1,1,1]}
       return %y`,
    );
    const data = randomData(job);
    const reference = referenceOf(job, data, Infinity);
    const [own, others] = [kernel, convDirect].map((kernel) => reference.allowed(kernel));
    own!.forEach((value, i) => expect(value).toBeGreaterThan(others![i]!));
    const weights = data.inputs[1]!;
    const lacking = weights.data.map((value, i) => (Math.floor(i / 9) % 64 === 63 ? 0 : value));
    const inputs = [
      data.inputs[0]!,
      new Tensor(weights.shape, lacking as Float32Array),
      null,
      null,
    ];
    const { wanted } = referenceOf(job, { ...data, inputs }, Infinity);
    expect(findWrong(wanted, reference, kernel)).toMatch('are wrong');
    expect(findWrong(Float32Array.from(reference.wanted), reference, kernel)).toBe(null);
  });
});
