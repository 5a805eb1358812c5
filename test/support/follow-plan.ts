/**
 * Follows a plan dispatch by dispatch, knowing only the graph and what each region of memory holds: an
 * independent opinion on what is alive when.
 */
import { expect } from 'vitest';
import type { Binding, Dispatch, Plan, Region } from '../../codegen/index.ts';
import { kernelsOf } from '../../codegen/kernels/index.ts';
import { view, type Graph, type Node, type ValueId } from '../../ir/index.ts';

/** Ops of which an element of the output needs no other element of an operand of the same size. */
const elementwise =
  /^(add|mul|sum|batchNorm|relu|clip|leakyRelu|sigmoid|silu|hardSigmoid|hardSwish|gelu)$/;

/** What a region holds: a value of the graph, or something that only one job knows. */
interface Held {
  readonly region: Region;
  readonly content: string;
}

const end = ({ offset, bytes }: Region) => offset + bytes;
const overlap = (a: Region, b: Region) =>
  a.buffer === b.buffer && a.offset < end(b) && b.offset < end(a);
const isSame = (a: Region, b: Region) =>
  overlap(a, b) && a.offset === b.offset && end(a) === end(b);

/** Expects every dispatch to find its operands where it reads. Returns how many wrote over an operand. */
export function followPlan(plan: Plan, graph: Graph): { inPlace: number } {
  let held: Held[] = [];
  const contentOf = (region: Region) => held.find((one) => isSame(one.region, region))?.content;
  const hold = (region: Region, content: string) => {
    held = held.filter((one) => !overlap(one.region, region));
    held.push({ region, content });
  };
  plan.inputs.forEach(({ name, region }) => hold(region, name));
  let inPlace = 0;
  for (const job of jobsOf(plan)) {
    const { operands, output, mayOverwrite } = describe(job, graph);
    const [last] = accessesOf(job.at(-1)!.bindings, 'write');
    const bound = new Set<string>();
    for (const { node, bindings } of job) {
      const reads = accessesOf(bindings, 'read');
      const writes = accessesOf(bindings, 'write');
      for (const { value, region } of reads) {
        const content = contentOf(region);
        const isOwn = content === output || content === `${value} of ${node}`;
        const isRight = isOwn || operands.has(content ?? '');
        const what = `"${node}" reads "${value}", where there is ${content}`;
        expect(isRight ? 'right' : what).toBe('right');
        bound.add(content!);
      }
      for (const write of writes) {
        const others = [...reads, ...writes.filter((other) => other !== write)];
        const clash = others.find(({ region }) => region.buffer === write.region.buffer);
        expect(clash ? `"${node}" writes to a buffer that it has bound` : 'apart').toBe('apart');
        const before = contentOf(write.region);
        // Only then can the kernel mean the operand: otherwise what was there is of no more use.
        if (before !== undefined && operands.has(before) && !bound.has(before)) {
          expect(mayOverwrite(before), `"${node}" writes over "${before}"`).toBe(true);
          bound.add(before);
          inPlace++;
        }
        const isOutput = write.value === last?.value;
        hold(write.region, isOutput ? output : `${write.value} of ${node}`);
      }
    }
    expect([...operands].filter((operand) => !bound.has(operand))).toEqual([]);
  }
  for (const { name, region } of plan.outputs) {
    const { value } = graph.outputs.find((one) => one.name === name)!;
    expect([sourceOf(graph, value), copyOf(name)]).toContain(contentOf(region));
  }
  return { inPlace };
}

type Access = Extract<Binding, { kind: 'read' | 'write' }>;

const accessesOf = (bindings: readonly Binding[], kind: Access['kind']): Access[] =>
  bindings.filter((b): b is Access => b.kind === kind);

const copyOf = (name: string) => `copy for ${name}`;

/** The dispatches of one node, or of one copy, after one another. */
function jobsOf({ dispatches }: Plan): Dispatch[][] {
  const jobs: Dispatch[][] = [];
  for (const dispatch of dispatches) {
    const before = jobs.at(-1)?.[0];
    const isMore =
      before?.node === dispatch.node && before.covers.join() === dispatch.covers.join();
    if (isMore) jobs.at(-1)!.push(dispatch);
    else jobs.push([dispatch]);
  }
  return jobs;
}

/** The value whose memory another is, through ops that only rename. */
function sourceOf(graph: Graph, id: ValueId): ValueId {
  const node = view(graph).definition(id);
  return node && kernelsOf(node.op) === 'alias' ? sourceOf(graph, node.inputs[0]!) : id;
}

function describe([first]: readonly Dispatch[], graph: Graph) {
  const { node: name, covers } = first!;
  const isActivation = (id: ValueId) => !(id in graph.consts);
  if (covers.length === 0) {
    const { value } = graph.outputs.find((one) => one.name === name)!;
    const operands = new Set([sourceOf(graph, value)].filter(isActivation));
    return { operands, output: copyOf(name), mayOverwrite: () => false };
  }
  const nodes = covers.map((id) => graph.nodes.find((node) => node.id === id)!);
  const own = new Set(nodes.map(({ outputs }) => outputs[0].id));
  const operandsOf = (node: Node) =>
    node.inputs
      .filter((id) => id !== null)
      .map((id) => sourceOf(graph, id))
      .filter((id) => isActivation(id) && !own.has(id));
  const output = nodes.at(-1)!.outputs[0].id;
  return {
    operands: new Set(nodes.flatMap(operandsOf)),
    output,
    // What all but the last node read, such as the image of a convolution, is needed to the end.
    mayOverwrite: (content: string) =>
      elementwise.test(nodes.at(-1)!.op) &&
      !nodes.slice(0, -1).some((node) => operandsOf(node).includes(content)),
  };
}

/** From the first dispatch that writes a value, -1 for inputs, to the last that needs it. */
export interface Life {
  readonly value: string;
  readonly region: Region;
  from: number;
  to: number;
}

/** Lifetimes of the regions as the plan's dispatches have them. */
export function livesOf(plan: Plan): Life[] {
  const lives = new Map<string, Life>();
  const touch = (value: string, region: Region, at: number) => {
    const life = lives.get(value) ?? { value, region, from: at, to: at };
    expect(region, `"${value}" moves`).toEqual(life.region);
    lives.set(value, { ...life, to: at });
  };
  plan.inputs.forEach(({ name, region }) => touch(name, region, -1));
  plan.dispatches.forEach(({ bindings }, i) => {
    for (const b of bindings) if ('region' in b) touch(b.value, b.region, i);
  });
  const after = plan.dispatches.length;
  for (const { name, region } of plan.outputs) {
    const newest = [...lives.values()]
      .filter((life) => isSame(life.region, region))
      .sort((a, b) => b.to - a.to)[0];
    expect(newest, `nothing is where the output "${name}" is read`).toBeDefined();
    lives.set(newest!.value, { ...newest!, to: after });
  }
  return [...lives.values()];
}

/** Pairs that are alive at once and share bytes. */
export const clashes = (lives: readonly Life[]): string[] =>
  lives.flatMap((a, i) =>
    lives
      .slice(i + 1)
      .filter((b) => a.from <= b.to && b.from <= a.to && overlap(a.region, b.region))
      .map((b) => `${a.value} and ${b.value}`),
  );

/** The greatest sum of bytes alive at once. */
export function largestCut(lives: readonly Life[], dispatches: number): number {
  const times = Array.from({ length: dispatches + 2 }, (_, i) => i - 1);
  return Math.max(
    ...times.map((t) =>
      lives.reduce(
        (sum, { from, to, region }) => sum + (from <= t && t <= to ? region.bytes : 0),
        0,
      ),
    ),
  );
}
