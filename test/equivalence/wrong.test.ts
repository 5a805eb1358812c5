/** The check finds what is wrong, however small. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Tensor, type Graph, type Node } from '../../ir/index.ts';
import { fixpoint, rules, runPasses } from '../../passes/index.ts';
import { checkEquivalence, compile, readOnnx, zoo } from '../../src/index.ts';
import { blockBytes, trainedOnnx } from '../fixtures/onnx-blocks.ts';
import { arbitraryBlocks } from '../properties/blocks.ts';
import { graphOf } from '../support/rewrite.ts';
import { witnesses } from '../witnesses/sound.ts';

const differing = witnesses.filter(({ error }) => !error);

test.each(differing)('$rule without: $condition', async ({ rule: name, condition, graph }) => {
  const rule = rules.find((one) => one.name === name)!;
  const { [condition]: _, ...sound } = rule.sound;
  const source = graphOf(graph);
  const rewritten = runPasses(source, [fixpoint(name, [{ ...rule, sound }])]).graph;
  expect((await checkEquivalence(source, rewritten)).ok).toBe(false);
});

/** The graph with one constant changed. */
function change(graph: Graph, id: string, edit: (data: Float32Array) => void): Graph {
  const { shape, data } = graph.consts[id] as Tensor;
  const copy = Float32Array.from(data);
  edit(copy);
  return { ...graph, consts: { ...graph.consts, [id]: new Tensor(shape, copy) } };
}

const alike = (id: string, part: number) => (graph: Graph) =>
  change(graph, id, (data) => {
    data[Math.floor(part * data.length)]! *= 1 + 1e-3;
  });

describe.each(['repvgg-block', 'mobileone-block', 'asymmetric', 'dilated', 'residual'])(
  '%s',
  (name) => {
    const source = readOnnx(blockBytes(name));
    const { graph } = compile(source);
    const read = new Set(graph.nodes.flatMap(({ inputs }) => inputs));
    const weights = Object.keys(graph.consts).filter((id) => read.has(id));

    test('one weight off by a thousandth', async () => {
      for (const id of weights) {
        for (const part of [0, 0.5, 0.99]) {
          const { ok, worst } = await checkEquivalence(source, alike(id, part)(graph));
          expect({ id, part, ok }).toEqual({ id, part, ok: false });
          const reader = graph.nodes.find(({ inputs }) => inputs.includes(id))!;
          expect(worst!.region!.rewritten).toContain(reader.id);
        }
      }
    });

    test('one tap in the place of another', async () => {
      for (const id of weights) {
        const { data } = graph.consts[id] as Tensor;
        if (data.length < 2 || data[0] === data[1]) continue;
        const swapped = change(graph, id, (copy) => copy.set([data[1]!, data[0]!]));
        expect((await checkEquivalence(source, swapped)).ok).toBe(false);
      }
    });

    test('another epsilon', async () => {
      const nodes = source.nodes.map((node): Node =>
        node.op === 'batchNorm' ? { ...node, attrs: { epsilon: node.attrs.epsilon * 2 } } : node,
      );
      const other = compile({ ...source, nodes }).graph;
      expect((await checkEquivalence(source, other)).ok).toBe(
        source.nodes.every(({ op }) => op !== 'batchNorm'),
      );
    });
  },
);

test.each(['repvgg-article', 'mobileone'] as const)('a weight of the trained %s', async (name) => {
  const source = readOnnx(trainedOnnx(name));
  const { graph } = compile(source);
  const kernels = graph.nodes.filter(({ op }) => op === 'conv2d').map(({ inputs }) => inputs[1]!);
  for (const id of [kernels[1]!, kernels.at(-1)!]) {
    const largest = (data: ArrayLike<number>) => {
      let at = 0;
      for (let i = 0; i < data.length; i++) if (Math.abs(data[i]!) > Math.abs(data[at]!)) at = i;
      return at;
    };
    const wrong = change(graph, id, (data) => {
      data[largest(data)]! *= 1 + 1e-3;
    });
    const { ok, worst } = await checkEquivalence(source, wrong);
    expect({ ok, found: worst!.region?.rewritten.length }).toEqual({ ok: false, found: 1 });
  }
});

test('a weight among two million, in a network of 22 layers', async () => {
  const source = zoo['repvgg-a0']({ input: [1, 3, 64, 64] });
  const { graph } = compile(source);
  const id = graph.nodes.findLast(({ op }) => op === 'conv2d')!.inputs[1]!;
  const wrong = change(graph, id, (data) => {
    // The tap in the middle of a kernel 3x3.
    data[9 * 100_000 + 4]! *= 1 + 1e-3;
  });
  const { ok, worst } = await checkEquivalence(source, wrong);
  expect({ ok, value: worst!.value }).toEqual({ ok: false, value: 'stage4.0.relu' });
});

test('a weight of any generated block', async () => {
  let changed = 0;
  const property = fc.asyncProperty(arbitraryBlocks(), fc.nat(), async (source, seed) => {
    const { graph } = compile(source);
    const conv = graph.nodes.find(
      // Others may lie behind an activation that is never active, or have taps that read but padding.
      ({ op, attrs, inputs, outputs: [{ id }] }) =>
        op === 'conv2d' &&
        'act' in attrs &&
        attrs.act === 'none' &&
        (graph.consts[inputs[1]!] as Tensor).shape.slice(2).every((d) => d < 3) &&
        attrs.pads.every((pad) => pad < 2) &&
        graph.outputs.some(({ value }) => value === id),
    );
    const id = conv?.inputs[1];
    if (!id || !((graph.consts[id] as Tensor).data instanceof Float32Array)) return;
    const at = seed % (graph.consts[id] as Tensor).data.length;
    if ((graph.consts[id] as Tensor).data[at] === 0) return;
    changed++;
    const wrong = change(graph, id, (copy) => {
      copy[at]! *= 1 + 1e-3;
    });
    expect((await checkEquivalence(source, wrong, { seed })).ok).toBe(false);
  });
  await fc.assert(property, { seed: 5, numRuns: 300, endOnFailure: true });
  expect(changed).toBeGreaterThan(3);
});

describe('at a border alone', () => {
  const one = (size: string, attrs: string, kernel: string, border: string) =>
    graphOf(`graph g(%x: f32[${size}]) {
      const %w : f32[2,2,${kernel}]
      const %k : f32[2]
      %y = conv2d %x, %w, _, ${border} ${attrs}
      return %y
    }`);
  const differ = async (size: string, attrs: string, kernel = '3,3'): Promise<boolean> => {
    const source = one(size, attrs, kernel, '_');
    const rewritten = change({ ...one(size, attrs, kernel, '%k') }, 'k', (data) => data.fill(1e-3));
    return !(await checkEquivalence(source, rewritten)).ok;
  };

  test.each([
    ['top', '{pads=[1,0,0,0]}'],
    ['left', '{pads=[0,1,0,0]}'],
    ['bottom', '{pads=[0,0,1,0]}'],
    ['right', '{pads=[0,0,0,1]}'],
  ])('%s', async (_, attrs) => {
    expect(await differ('N,2,H,W', attrs)).toBe(true);
    expect(await differ('1,2,40,30', attrs)).toBe(true);
  });

  test('where the stride reaches it, which depends on the size', async () => {
    const attrs = '{pads=[0,0,1,0], strides=[2,1]}';
    expect(await differ('N,2,H,W', attrs)).toBe(true);
    expect(await differ('1,2,40,30', attrs)).toBe(true);
    expect(await differ('1,2,41,30', attrs)).toBe(false);
  });

  test.each([0, 4, 20, 24])('in one element, %i', async (at) => {
    const source = graphOf('graph g(%x: f32[1,2,5,5]) {\n%y = relu %x\nreturn %y\n}');
    const wrong = graphOf(`graph g(%x: f32[1,2,5,5]) {
      const %k : f32[1,1,5,5]
      %a = relu %x
      %y = add %a, %k
      return %y
    }`);
    const rewritten = change(wrong, 'k', (data) => {
      data.fill(0);
      data[at] = 1e-3;
    });
    expect(await checkEquivalence(source, rewritten)).toMatchObject({ ok: false });
  });
});

test('a weight that the activation hides on all samples', async () => {
  const source = graphOf(`graph g(%x: f32[1,2,6,6]) {
    const %w : f32[2,2,3,3]
    const %b : f32[2]
    const %s : f32[2,1,1]
    %c = conv2d %x, %w, %b {pads=[1,1,1,1]}
    %m = mul %c, %s
    %y = relu %m
    return %y
  }`);
  const shut = change(source, 'b', (data) => void data.fill(-1e4));
  const positive = change(shut, 's', (data) => void data.fill(1));
  const { graph } = compile(positive);
  expect((await checkEquivalence(positive, graph)).ok).toBe(true);
  const [weight] = graph.nodes[0]!.inputs.slice(1) as [string];
  const wrong = change(graph, weight, (data) => {
    data[4]! += 1;
  });
  expect((await checkEquivalence(positive, wrong)).ok).toBe(false);
});
