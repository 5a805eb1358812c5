/** What the tuner takes and what it rejects. Times are made up, so that nothing depends on the machine. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lower, type Kernel } from '../../codegen/index.ts';
import { evaluate, parse } from '../../ir/index.ts';
import { openDevice, openSession, type Device } from '../../src/runtime/index.ts';
import { importTuning, exportTuning, jobsOn, tune, tuneOn } from '../../src/tuning/index.ts';
import type { TuneOptions, TuneResult, TuningStore } from '../../src/tuning/index.ts';
import { expectWithin, magnitudes } from '../support/magnitude.ts';
import { randomInputs, randomWeights } from '../support/random-weights.ts';
import { broken, honest, tampered, wrongKernels } from './tampered.ts';

let device: Device;
beforeAll(async () => void (device = await openDevice()));
afterAll(() => device.close());

/** Two equal convolutions and another of stride 2. Few kernels take weights that are no constants. */
const graph = parse(
  `graph g(%x: f32[1,6,9,9], %w: f32[6,6,3,3], %v: f32[6,6,3,3], %u: f32[6,6,3,3]) {
    const %b : f32[6]
    %first = conv2d %x, %w, %b {pads=[1,1,1,1], act="relu"}
    %second = conv2d %first, %v, %b {pads=[1,1,1,1], act="relu"}
    %third = conv2d %second, %u, %b {pads=[1,1,1,1], strides=[2,2]}
    return %third
  }`,
  randomWeights(),
);

/** Milliseconds by candidate, and what was measured. Each reading takes a second. */
function makeTools(times: (candidate: string) => number = () => 1) {
  let clock = 0;
  const measured: string[] = [];
  return {
    measured,
    now: () => clock,
    async measure(_: unknown, candidate: string) {
      clock += 1000;
      measured.push(candidate);
      return times(candidate);
    },
  };
}

const needsHalf = (missing: string) =>
  `arithmetic "f16" is for products of weights and activations that are both stored in float16: make ${missing} "f16", too`;
const quiet = { store: null, budgetMs: 1e9, onWarning: () => {} } as const;
const adding = (...kernels: Kernel<'conv2d'>[]) => ({ lowering: { kernels: { conv2d: kernels } } });
const run = (options: TuneOptions = {}, tools = makeTools()) =>
  tuneOn(graph, device, { ...quiet, ...options }, tools);
const chosen = ({ jobs }: TuneResult) =>
  jobs.map(({ tuned }) => tuned && `${tuned.kernel} ${tuned.label}`.trim());

test('equal jobs are measured once, and every candidate that is measured is right', async () => {
  const { jobs, adapter } = await run({ mode: 'full' });
  expect(jobs.map(({ nodes, state }) => [nodes, state])).toEqual([
    [['first', 'second'], 'measured'],
    [['third'], 'measured'],
  ]);
  for (const { trials, tuned } of jobs) {
    expect(trials.length).toBeGreaterThan(2);
    expect(trials.filter(({ rejected }) => rejected !== undefined)).toEqual([]);
    expect(trials.map(({ candidate }) => candidate)).toContain(tuned!.untuned);
  }
  expect(jobs[0]!.key).toBe(
    'conv2d [1,6,9,9] [6,6,3,3] const[6] - dilations=[1,1] group=1 pads=[1,1,1,1] strides=[1,1] relu',
  );
  expect(adapter).toContain(device.info.description || device.info.device);
});

test.each([
  ['constant weights', 'const %w : f32[48,48,3,3]', '%y = conv2d %x, %w {pads=[1,1,1,1]}'],
  [
    'weights of another shape',
    'const %k : f32[48,432]\n%w = reshape %k {shape=[48,48,3,3]}',
    '%y = conv2d %x, %w',
  ],
  ['a residual', 'const %w : f32[48,48,1,1]', '%c = conv2d %x, %w\n%y = sum %c, %x {act="relu"}'],
  [
    'groups and a smooth activation',
    'const %w : f32[48,1,3,3]',
    '%y = conv2d %x, %w {group=48, act="gelu", actParams=[0]}',
  ],
  [
    'values to pad with',
    'const %w : f32[4,48,3,3]\nconst %p : f32[48]',
    '%y = conv2d %x, %w, _, %p {pads=[1,2,0,3]}',
  ],
  ['a linear layer', 'const %w : f32[20,7]\nconst %b: f32[20]', '%y = linear %x, %w, %b'],
])('candidates for %s are right', async (_, constants, nodes) => {
  const layer = parse(
    `graph g(%x: f32[1,48,7,7]) {
      ${constants}
      ${nodes}
      return %y
    }`,
    randomWeights(),
  );
  const { jobs } = await tuneOn(layer, device, quiet, makeTools());
  expect(jobs.map(({ state }) => state)).toEqual(['measured']);
  const [{ trials }] = jobs as [(typeof jobs)[number]];
  expect(trials.length).toBeGreaterThan(1);
  expect(trials.filter(({ rejected }) => rejected !== undefined)).toEqual([]);
});

describe('a kernel that is said to be the fastest', () => {
  const fastest = (name: string) => makeTools((candidate) => (candidate === name ? 0.1 : 1));

  test.each(wrongKernels.map((kernel) => [kernel.name, kernel] as const))(
    'and is wrong (%s) is rejected before it is timed',
    async (name, kernel) => {
      const tools = fastest(name);
      const warnings: string[] = [];
      const result = await run(
        { ...adding(kernel), onWarning: (text) => warnings.push(text) },
        tools,
      );
      const [job] = result.jobs;
      expect(job!.state).toBe('measured');
      const trial = job!.trials.find(({ candidate }) => candidate === name);
      expect(trial?.rejected).toMatch(/^element \d+ is .+, not .+; \d+ of 486 are wrong$/);
      expect(tools.measured).not.toContain(name);
      expect(chosen(result)).not.toContain(name);
      expect(warnings[0]).toContain(`the kernel ${name} is wrong here, at "first": element`);
    },
  );

  test('and does not compile is rejected with what the compiler says', async () => {
    const tools = fastest('broken');
    const { jobs } = await run(adding(broken), tools);
    const trial = jobs[0]!.trials.find(({ candidate }) => candidate === 'broken');
    expect(trial?.rejected).toMatch(/kernel broken: its shader was refused: line \d+/);
    expect(tools.measured).not.toContain('broken');
  });

  test('and has a fault of its own is rejected with that', async () => {
    const fault = tampered('faulty', () => {
      throw new RangeError('a fault');
    });
    const { jobs } = await run(adding(fault));
    expect(jobs[0]!.trials.find(({ candidate }) => candidate === 'faulty')?.rejected).toBe(
      'a fault',
    );
  });

  test('and is right and fast is taken', async () => {
    const result = await run(adding(honest), fastest('honest'));
    expect(chosen(result)).toEqual(['honest', 'honest']);
    expect(result.jobs[0]!.trials.find(({ candidate }) => candidate === 'honest')).toEqual({
      candidate: 'honest',
      microseconds: 100,
    });
    const { dispatches } = lower(graph, device.profile, {
      ...adding(honest).lowering,
      tuned: jobsOn(result.tuning, result.adapter),
    });
    expect(dispatches.map(({ kernel }) => kernel)).toEqual(['honest', 'honest', 'honest']);
  });

  test('and is right and slow is not taken', async () => {
    const slow = makeTools((candidate) => (candidate === 'honest' ? 2 : 1));
    const result = await run(adding(honest), slow);
    expect(chosen(result)).not.toContain('honest');
  });
});

test('what is chosen without measuring stays where nothing is clearly faster', async () => {
  const { jobs } = await run({}, makeTools());
  for (const { tuned } of jobs) expect(`${tuned!.kernel} ${tuned!.label}`).toBe(tuned!.untuned);
  const [{ tuned }] = jobs as [(typeof jobs)[number]];
  const close = makeTools((candidate) => (candidate === tuned!.untuned ? 1 : 0.98));
  for (const job of (await run({}, close)).jobs) {
    expect(`${job.tuned!.kernel} ${job.tuned!.label}`).toBe(job.tuned!.untuned);
  }
});

test('what is chosen without measuring stays where it was as fast once', async () => {
  const [{ tuned }] = (await run({}, makeTools())).jobs as [TuneResult['jobs'][number]];
  let readings = 0;
  const tools = makeTools((candidate) =>
    candidate === tuned!.untuned && ++readings !== 4 ? 1 : 0.9,
  );
  const [job] = (await run({}, tools)).jobs;
  expect(readings).toBeGreaterThan(4);
  expect(job!.trials.find(({ candidate }) => candidate === tuned!.untuned)!).toMatchObject({
    microseconds: 1000,
  });
  expect(`${job!.tuned!.kernel} ${job!.tuned!.label}`).toBe(tuned!.untuned);
});

test('where all are wrong, nothing is chosen, and that is said', async () => {
  const warnings: string[] = [];
  const layer = parse(
    `graph g(%x: f32[3,16]) {
      const %w : f32[5,16]
      %y = linear %x, %w {act="relu"}
      return %y
    }`,
    randomWeights(),
  );
  const spoilt: Device = {
    ...device,
    pipelines: {
      ...device.pipelines,
      get: (pipeline) =>
        device.pipelines.get({
          ...pipeline,
          key: `spoilt ${pipeline.key}`,
          wgsl: pipeline.wgsl.replace('max(x, 0.0)', 'max(x, 0.1)'),
        }),
    },
  };
  const { jobs, tuning, adapter } = await tuneOn(
    layer,
    spoilt,
    { ...quiet, onWarning: (text) => warnings.push(text) },
    makeTools(),
  );
  expect(jobs).toMatchObject([{ state: 'failed', tuned: null }]);
  expect(jobsOn(tuning, adapter)).toEqual({});
  expect(warnings.at(-1)).toBe('no kernel that was tried is right at "y"');
});

test.each([
  [{ mode: 'slow' }, 'mode may be "quick" or "full", not "slow"'],
  [{ budgetMs: -1 }, 'budgetMs may be a number of milliseconds, 0 or more, not -1'],
  [{ lowering: { weights: 'f8' } }, 'weights may be "f32" or "f16", not "f8"'],
  [
    { tuning: null },
    'tuning may be what tune gave, not null; importTuning(text) makes one of the text of a file',
  ],
])('%j is refused', async (options, message) => {
  await expect(run(options as never)).rejects.toMatchObject({ code: 'input', message });
});

describe('the budget', () => {
  test('ends measuring; jobs that were not reached are late, the longest come first', async () => {
    const tools = makeTools();
    const seen: string[] = [];
    const result = await run(
      { budgetMs: 9000, onProgress: ({ node, job, jobs }) => seen.push(`${node} ${job}/${jobs}`) },
      tools,
    );
    expect(tools.measured.length).toBeLessThanOrEqual(9 + 3);
    expect(result.jobs.map(({ state }) => state)).toEqual(['measured', 'late']);
    expect(new Set(seen)).toEqual(new Set(['first 1/2']));
    expect(result.milliseconds).toBe(tools.now());
  });
  test('of nothing measures nothing', async () => {
    const tools = makeTools();
    const store = { placeOf: () => '', load: async () => null, save: async () => {} };
    const { jobs, tuning, adapter, isKept } = await run({ budgetMs: 0, store }, tools);
    expect(isKept).toBe(false);
    expect(tools.measured).toEqual([]);
    expect(jobs.map(({ state }) => state)).toEqual(['late', 'late']);
    expect(jobsOn(tuning, adapter)).toEqual({});
  });
  test('that ends within a job counts what there is, if there are two; as quick', async () => {
    const result = await run({ mode: 'full', budgetMs: 2000 });
    expect(result.jobs.map(({ state }) => state)).toEqual(['measured', 'late']);
    expect(result.jobs[0]!.tuned!.mode).toBe('quick');
    expect(result.jobs[0]!.trials).toHaveLength(2);
  });
});

describe('what is known', () => {
  const memory = (): TuningStore & { texts: Map<string, string> } => {
    const texts = new Map<string, string>();
    return {
      texts,
      placeOf: () => 'memory',
      load: async (adapter) => texts.get(adapter) ?? null,
      save: async (adapter, text) => void texts.set(adapter, text),
    };
  };

  test('is not measured again, and gives the same plan', async () => {
    const store = memory();
    const first = await run(
      { store, ...adding(honest) },
      makeTools(() => Math.random()),
    );
    const tools = makeTools(() => Math.random());
    const second = await run({ store, ...adding(honest) }, tools);
    expect(tools.measured).toEqual([]);
    expect(second.jobs.map(({ state }) => state)).toEqual(['known', 'known']);
    expect([first, second].map(({ isKept }) => isKept)).toEqual([true, true]);
    expect(second.tuning).toEqual(first.tuning);
    const plans = [first, second].map(({ tuning, adapter }) =>
      lower(graph, device.profile, {
        ...adding(honest).lowering,
        tuned: jobsOn(tuning, adapter),
      }),
    );
    expect(plans[1]).toEqual(plans[0]);
  });
  test('from quick is measured again in full, and not the other way', async () => {
    const store = memory();
    await run({ store });
    const full = makeTools();
    await run({ store, mode: 'full' }, full);
    expect(full.measured).not.toEqual([]);
    const after = makeTools();
    await run({ store }, after);
    await run({ store, mode: 'full' }, after);
    expect(after.measured).toEqual([]);
  });
  test('from elsewhere counts before the store, and is kept through text', async () => {
    const store = memory();
    await run({ store });
    const elsewhere = await run(
      adding(honest),
      makeTools((c) => (c === 'honest' ? 0.1 : 1)),
    );
    const tuning = importTuning(exportTuning(elsewhere.tuning));
    const tools = makeTools();
    const result = await run({ store, tuning, ...adding(honest) }, tools);
    expect(tools.measured).toEqual([]);
    expect(chosen(result)).toEqual(['honest', 'honest']);
  });
  test('from elsewhere by quick is measured again in full, and kept where that ends early', async () => {
    const fast = () => makeTools((c) => (c === 'honest' ? 0.1 : 1));
    const { tuning } = await run(adding(honest), fast());
    const late = await run({ mode: 'full', budgetMs: 0, tuning, ...adding(honest) });
    expect(late.jobs.map(({ state }) => state)).toEqual(['late', 'late']);
    expect(chosen(late)).toEqual(['honest', 'honest']);
    const full = await run({ mode: 'full', tuning, ...adding(honest) }, fast());
    expect(full.jobs.map(({ state }) => state)).toEqual(['measured', 'measured']);
    const again = await run({ mode: 'full', tuning: full.tuning, ...adding(honest) });
    expect(again.jobs.map(({ state }) => state)).toEqual(['known', 'known']);
  });
  test('of a kernel that is another by now is measured again', async () => {
    const store = memory();
    const before = tampered('honest', (wgsl) => `// Before.\n${wgsl}`);
    const tools = makeTools((c) => (c === 'honest' ? 0.1 : 1));
    expect(chosen(await run({ store, ...adding(before) }, tools))).toEqual(['honest', 'honest']);
    const renamed: Kernel<'conv2d'> = {
      ...honest,
      candidates: (job, profile) =>
        honest.candidates(job, profile).map((one) => ({
          ...one,
          emit: () => {
            const { steps, temporaries } = one.emit();
            const other = steps.map((step) => ({
              ...step,
              pipeline: { ...step.pipeline, key: `${step.pipeline.key} by now` },
            }));
            return { steps: other, temporaries };
          },
        })),
    };
    const again = makeTools();
    const { jobs } = await run({ store, ...adding(renamed) }, again);
    expect(jobs.map(({ state }) => state)).toEqual(['measured', 'measured']);
    expect(again.measured).not.toEqual([]);
  });
  test('of a part only, since the time was over, is finished by the next run', async () => {
    const store = memory();
    const states = ({ jobs }: TuneResult) =>
      jobs.map(({ state, tuned }) => [state, tuned?.isPartial]);
    expect(states(await run({ store, budgetMs: 2000 }))).toEqual([
      ['measured', true],
      ['late', undefined],
    ]);
    const begun: string[] = [];
    const next = await run({ store, onProgress: ({ node }) => begun.push(node) });
    expect(states(next)).toEqual([
      ['measured', undefined],
      ['measured', undefined],
    ]);
    expect(next.jobs[0]!.trials.length).toBeGreaterThan(2);
    // What was begun comes last.
    expect(begun[0]).toBe('third');
    expect(states(await run({ store }))).toEqual([
      ['known', undefined],
      ['known', undefined],
    ]);
    const [before] = [...store.texts.values()];
    expect(states(await run({ store, mode: 'full', budgetMs: 2000 }))[0]).toEqual([
      'late',
      undefined,
    ]);
    expect([...store.texts.values()]).toEqual([before]);
  });
  test('in a store that fails costs a warning, not the result', async () => {
    const warnings: string[] = [];
    const store: TuningStore = {
      placeOf: () => '/where/it/is',
      load: () => Promise.reject(new Error('the disk is gone')),
      save: () => Promise.reject(new Error('the disk is still gone')),
    };
    const { jobs, isKept } = await run({ store, onWarning: (text) => warnings.push(text) });
    expect(isKept).toBe(false);
    expect(jobs.map(({ state }) => state)).toEqual(['measured', 'measured']);
    expect(warnings).toEqual([
      'reparam cannot read the measurements in /where/it/is, and goes on without: the disk is gone',
      'reparam cannot write the measurements in /where/it/is, and goes on without: the disk is still gone',
    ]);
  });
});

describe('a session', () => {
  const inputs = randomInputs(graph);

  test('gives the same, tuned or not', async () => {
    const tools = makeTools((c) => (c === 'honest' ? 0.1 : 1));
    const { tuning } = await run(adding(honest), tools);
    using session = await openSession(graph, { device, tuning, ...adding(honest) });
    expect(session.plan.dispatches.map(({ kernel }) => kernel)).toEqual(Array(3).fill('honest'));
    const terms = 6 * 9 + 2;
    const actual = await session.run(inputs);
    expectWithin(actual, evaluate(graph, inputs), magnitudes(graph, inputs), 3 * terms);
  });
  test('measures when it is asked to, with the device’s clock', async () => {
    const tries: string[] = [];
    const options = {
      device,
      tuningStore: null,
      onTune: ({ candidate }: { candidate: string }) => tries.push(candidate),
    };
    const off = await openSession(graph, options);
    expect(tries).toEqual([]);
    using quick = await openSession(graph, { ...options, tune: 'quick', tuneBudgetMs: 1e9 });
    expect(tries.length).toBeGreaterThan(3);
    const terms = 6 * 9 + 2;
    const actual = await quick.run(inputs);
    expectWithin(actual, evaluate(graph, inputs), magnitudes(graph, inputs), 3 * terms);
    off.close();
  });
  test('warns of measurements that are not used, by the name of their file', async () => {
    const tools = makeTools((c) => (c === 'honest' ? 0.1 : 1));
    const { tuning, adapter } = await run(adding(honest), tools);
    const text = exportTuning(tuning);
    const warningsOf = async (given: string, { lowering } = adding(honest)) => {
      const warnings: string[] = [];
      const session = await openSession(graph, {
        device,
        lowering,
        tuning: importTuning(given, { what: 'my.json' }),
        onWarning: (warning) => warnings.push(warning),
      });
      session.close();
      return warnings;
    };
    expect(await warningsOf(text)).toEqual([]);
    const other = { version: 1, adapters: { 'a card': {}, another: {} } };
    expect(await warningsOf(JSON.stringify(other))).toEqual([
      `my.json is not used: nothing in it is for this adapter, "${adapter}"; it has "a card", "another"`,
    ]);
    const [shapes] = await warningsOf(text.replaceAll('[1,6,9,9]', '[1,6,8,8]'));
    expect(shapes).toMatch(
      /^my\.json is not used: none of what it has for this adapter is of a layer of this model; /,
    );
    const told: string[] = [];
    const elsewhere = importTuning(text.replaceAll('[1,6,9,9]', '[1,6,8,8]'), { what: 'my.json' });
    const options = { ...quiet, device, budgetMs: 0, onWarning: (one: string) => told.push(one) };
    await tune(graph, { ...options, tuning: elsewhere });
    expect(told).toEqual([shapes]);
    const [stale] = await warningsOf(text.replace('honest of', 'formerly'));
    expect(stale).toMatch(/^1 of the 2 measurements for this model in my\.json are not used: /);
    const [all] = await warningsOf(text, adding());
    expect(all).toMatch(/^2 of the 2 measurements for this model in my\.json are not used: /);
  });
  test.each([
    [{ tune: 'nonsense' }, 'tune may be "off" or "quick" or "full", not "nonsense"'],
    [{ tuneBudgetMs: NaN }, 'tuneBudgetMs may be a number of milliseconds, 0 or more, not NaN'],
    [{ weights: 'f8' }, 'weights may be "f32" or "f16", not "f8"'],
    [{ weights: null }, 'weights may be "f32" or "f16", not null'],
    [{ precision: 'half' }, 'precision may be "f32" or "f16", not "half"'],
    [{ arithmetic: 16 }, 'arithmetic may be "f32" or "f16", not 16'],
    [{ arithmetic: 'f16' }, needsHalf('weights and activations')],
    [{ arithmetic: 'f16', weights: 'f16' }, needsHalf('activations')],
    [{ arithmetic: 'f16', activations: 'f16' }, needsHalf('weights')],
    [{ arithmetic: 'f16', precision: 'f16', weights: 'f32' }, needsHalf('weights')],
    [
      { lowering: { ports: null } },
      'ports may be { name: "f16" }, by the names of inputs and outputs, not null',
    ],
    [{ lowering: { ports: { x: 'f8' } } }, 'ports["x"] may be "f32" or "f16", not "f8"'],
    [
      { tuning: 'x.json' },
      'tuning may be what tune gave, not "x.json"; importTuning(text) makes one of the text of a file',
    ],
  ])('refuses %j', async (options, message) => {
    const opening = openSession(graph, { device, ...options } as never);
    await expect(opening).rejects.toMatchObject({ code: 'input', message });
  });
  test('takes arithmetic in float16 of what is stored in it', async () => {
    const ways = [
      { precision: 'f16' },
      { weights: 'f16', activations: 'f16' },
      { precision: 'f16', lowering: { activations: undefined } },
      { weights: 'f16', lowering: { ports: { x: 'f16' } } },
    ] as const;
    for (const stored of ways) {
      using session = await openSession(graph, { device, ...stored, arithmetic: 'f16' });
      expect(session.plan.dispatches.length).toBeGreaterThan(0);
    }
    const lowering = { arithmetic: 'f16' } as const;
    await expect(tune(graph, { ...quiet, device, lowering })).rejects.toMatchObject({
      code: 'input',
      message: needsHalf('weights and activations'),
    });
  });
  test('refuses a tuning that is none', async () => {
    const tuning = { version: 2 } as never;
    await expect(openSession(graph, { device, tuning })).rejects.toMatchObject({ code: 'file' });
  });
});

test('nothing is left on the device', () => {
  expect(device.memory.buffers).toBe(0);
  expect(device.weights.count).toBe(0);
});
