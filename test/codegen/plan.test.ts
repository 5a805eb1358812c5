/** What holds of the plan of every graph. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultProfile, lower, packings, printPlan, type Plan } from '../../codegen/index.ts';
import { kernelsOf } from '../../codegen/kernels/index.ts';
import { elementCount, type Graph } from '../../ir/index.ts';
import { arbitraryGraph } from '../support/arbitrary-graph.ts';

const graphs = arbitraryGraph({ oddNames: true, maxNodes: 16 }).filter((graph) =>
  graph.inputs.every(({ dtype }) => dtype === 'f32'),
);

const expectAlways = (check: (plan: Plan, graph: Graph) => void) =>
  fc.assert(fc.property(graphs, (graph) => check(lower(graph, defaultProfile), graph)));

test('every node is computed once, or costs nothing', () => {
  expectAlways((plan, graph) => {
    const computed = plan.dispatches.flatMap(({ covers }) => covers);
    const wanted = graph.nodes.filter(({ op }) => kernelsOf(op) !== 'alias').map(({ id }) => id);
    expect([...new Set(computed)].sort()).toEqual(wanted.sort());
  });
});

test('bindings, layouts and shaders agree', () => {
  expectAlways((plan) => {
    for (const { pipeline, bindings } of plan.dispatches) {
      const { layout, wgsl } = plan.pipelines[pipeline]!;
      const kinds = bindings.map(({ kind }) => (kind === 'weight' ? 'read' : kind));
      expect(layout).toEqual(kinds);
      expect(wgsl.match(/@binding\(\d+\)/g)).toEqual(kinds.map((_, i) => `@binding(${i})`));
      for (const binding of bindings) {
        if (binding.kind !== 'uniform') continue;
        const fields = [...wgsl.split('}')[0]!.matchAll(/^ {2}(\w+): (\w+),$/gm)];
        expect(fields.map(([, name, type]) => ({ name, type }))).toEqual(
          binding.words.map(({ name, type }) => ({ name, type })),
        );
        for (const { type, value } of binding.words) {
          expect(type === 'f32' ? Number.isFinite(value) : Number.isInteger(value)).toBe(true);
        }
      }
    }
  });
});

test('in float16, all shaders declare a value, or a weight, as it is stored', () => {
  const device = { ...defaultProfile, features: ['shader-f16'] };
  let halves = 0;
  const check = (graph: Graph) => {
    const plan = lower(graph, device, { weights: 'f16', activations: 'f16', arithmetic: 'f16' });
    const types = new Map<string, string>();
    const expectType = (what: string, type: string) => {
      expect([what, types.get(what) ?? type]).toEqual([what, type]);
      types.set(what, type);
    };
    plan.inputs.forEach((_, i) => expectType(graph.inputs[i]!.id, 'f32'));
    plan.weights.forEach(({ type }, i) => expectType(`weight ${i}`, type));
    for (const { pipeline, bindings } of plan.dispatches) {
      const { wgsl } = plan.pipelines[pipeline]!;
      expect(wgsl.startsWith('enable f16;')).toBe(wgsl.includes('f16>'));
      const declared = [...wgsl.matchAll(/var<storage, \w+> \w+: array<(.*)>;/g)];
      bindings.forEach((binding, i) => {
        if (binding.kind === 'uniform') return;
        const type = declared[i]![1]!.includes('f16') ? 'f16' : 'f32';
        if (type === 'f16') halves++;
        expectType(binding.kind === 'weight' ? `weight ${binding.weight}` : binding.value, type);
      });
    }
    for (const { type, shape, region } of [...plan.inputs, ...plan.outputs]) {
      expect([type, region.bytes]).toEqual(['f32', 4 * elementCount(shape)]);
    }
  };
  fc.assert(fc.property(graphs, check));
  expect(halves).toBeGreaterThan(100);
});

test('what is written is neither read by the dispatch nor needed later', () => {
  expectAlways((plan, graph) => {
    // Which value each region last held; reading another one would be reading rubbish.
    const held: { buffer: number; offset: number; end: number; value: string }[] = [];
    const hold = (value: string, { buffer, offset, bytes }: Plan['inputs'][0]['region']) => {
      const end = offset + bytes;
      for (let i = held.length - 1; i >= 0; i--) {
        const other = held[i]!;
        const overlaps = other.buffer === buffer && other.offset < end && offset < other.end;
        if (overlaps && other.value !== value) held.splice(i, 1);
      }
      held.push({ buffer, offset, end, value });
    };
    plan.inputs.forEach(({ region }, i) => hold(graph.inputs[i]!.id, region));
    for (const { bindings } of plan.dispatches) {
      const written = bindings.flatMap((b) => (b.kind === 'write' ? [b] : []));
      for (const binding of bindings) {
        if (binding.kind !== 'read') continue;
        expect(held.map(({ value }) => value)).toContain(binding.value);
        expect(written.map(({ region }) => region.buffer)).not.toContain(binding.region.buffer);
      }
      for (const { value, region } of written) hold(value, region);
    }
    for (const { region } of plan.outputs) {
      expect(held.some((h) => h.buffer === region.buffer && h.offset === region.offset)).toBe(true);
    }
  });
});

test('ports and weights have the sizes of their values; equal shaders are one pipeline', () => {
  expectAlways((plan, graph) => {
    for (const { shape, region } of [...plan.inputs, ...plan.outputs]) {
      expect(region.bytes).toBe(4 * elementCount(shape));
    }
    for (const { source, packing, bytes } of plan.weights) {
      expect(bytes).toBe(4 * packings[packing].size(graph.consts[source]!.shape));
    }
    const { pipelines, weights } = plan;
    expect(new Set(pipelines.map(({ key }) => key)).size).toBe(pipelines.length);
    expect(new Set(weights.map((w) => `${w.packing} ${w.source}`)).size).toBe(weights.length);
    // A shader belongs to one kernel, except where two kernels happen to need the same.
    expect(new Set(pipelines.map(({ wgsl }) => wgsl)).size).toBe(pipelines.length);
    expect(printPlan(plan)).toContain(`${plan.dispatches.length - 1} `);
  });
});
