/**
 * The kernels of RepVGG-A0's plain form on a GPU that nobody has measured: what is counted from the plan, and
 * which of its limits each meets first. `npm run bench:on-paper` prints a Markdown table.
 */
import { CARD } from '../codegen/kernels/cost.ts';
import { compile, zoo } from '../src/index.ts';
import { nodeCost, specialise, view } from '../ir/index.ts';
import { defaultProfile, lower, type Binding, type Dispatch, type Plan } from '../codegen/index.ts';

/** The card that kernels are chosen for, per second. */
const card = { ...CARD, flops: 1e9 * CARD.flops, bytes: 1e9 * CARD.bytes };
/** What starting a dispatch that depends on the one before takes, in seconds. */
const LAUNCH = 1e-9 * CARD.launch;

const profile = {
  ...defaultProfile,
  features: ['subgroups'],
  subgroupSize: 32,
  subgroupMinSize: 32,
};

interface Line {
  readonly nodes: string;
  readonly kernel: string;
  readonly gflop: number;
  readonly megabytes: number;
  readonly workgroups: number;
  readonly invocations: number;
  /** Share of the invocations that the card can hold. */
  readonly occupancy: number;
  /** The least microseconds by arithmetic, and by memory, on the whole card. */
  readonly arithmetic: number;
  readonly memory: number;
  readonly starves: string;
}

/** Each buffer that a dispatch touches is moved once: what caches do not hold is not counted. */
function bytesOf(plan: Plan, { bindings }: Dispatch): number {
  const bytes = (binding: Binding) => {
    if (binding.kind === 'uniform') return 4 * binding.words.length;
    return binding.kind === 'weight' ? plan.weights[binding.weight]!.bytes : binding.region.bytes;
  };
  return bindings.reduce((sum, binding) => sum + bytes(binding), 0);
}

/** As the shader declares it. */
function workgroupSize(wgsl: string): number {
  const sizes = /@workgroup_size\(([^)]*)\)/.exec(wgsl)?.[1]?.split(',') ?? [];
  return sizes.reduce((product, size) => product * (Number.parseInt(size.trim(), 10) || 1), 1);
}

function describe(plan: Plan, dispatch: Dispatch, macs: number): Line {
  const { key, wgsl } = plan.pipelines[dispatch.pipeline]!;
  const workgroups = dispatch.workgroups.reduce((a, b) => a * b, 1);
  const invocations = workgroups * workgroupSize(wgsl);
  const bytes = bytesOf(plan, dispatch);
  const occupancy = Math.min(1, invocations / (card.processors * card.invocations));
  // On the processor that has most of them.
  const resident = Math.ceil(workgroups / card.processors) * workgroupSize(wgsl);
  const [arithmetic, memory] = [(2 * macs) / card.flops, bytes / card.bytes];
  return {
    nodes: dispatch.covers.join(' + '),
    kernel: key.split(' ').slice(0, 2).join(' '),
    gflop: (2 * macs) / 1e9,
    megabytes: bytes / 1e6,
    workgroups,
    invocations,
    occupancy,
    arithmetic: arithmetic * 1e6,
    memory: memory * 1e6,
    starves: verdict(workgroups, resident / card.invocations, arithmetic, memory),
  };
}

/**
 * A quarter of the invocations is about what hides the latency of memory, half of that where each invocation has
 * several sums, as in products by workgroups.
 */
function verdict(
  workgroups: number,
  occupancy: number,
  arithmetic: number,
  memory: number,
): string {
  if (workgroups < card.processors)
    return `processors: ${workgroups} workgroups for ${card.processors}`;
  if (Math.max(arithmetic, memory) < LAUNCH) return 'nothing but the launch';
  if (occupancy < 0.125) return 'latency: too few invocations to hide it';
  return memory > arithmetic ? 'memory' : 'arithmetic';
}

const graph = specialise(compile(zoo['repvgg-a0']()).graph, { N: 1 });
const plan = lower(graph, profile);
const macsOf = new Map(
  graph.nodes.map((node) => [node.id, nodeCost(node, view(graph).shape).macs] as const),
);
/** Winograd's F(4x4, 3x3) has 36 products for 144, F(2x2, 3x3) 16 for 36; transforms are not counted. */
const SHARES: Readonly<Record<string, number>> = { winograd: 36 / 144, winograd2: 16 / 36 };
/** A node that several dispatches compute is counted where its weights are read. */
const lines = plan.dispatches.map((dispatch) => {
  const read = dispatch.bindings.flatMap((one) =>
    one.kind === 'weight' ? [plan.weights[one.weight]!] : [],
  );
  const macs = dispatch.covers.map((id) => {
    const weights = graph.nodes.find((node) => node.id === id)!.inputs[1];
    const found = read.find(({ source }) => source === weights);
    const share = found ? (SHARES[found.packing] ?? 1) : 1;
    return found || !weights || !(weights in graph.consts) ? share * (macsOf.get(id) ?? 0) : 0;
  });
  return describe(
    plan,
    dispatch,
    macs.reduce((x, y) => x + y, 0),
  );
});

const header = [
  'node',
  'kernel',
  'GFLOP',
  'MB',
  'workgroups',
  'invocations',
  'occupancy',
  'µs by arithmetic',
  'µs by memory',
  'starves for',
];
const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
console.log(row(header));
console.log(row(header.map((_, i) => (i > 1 && i < 9 ? '--:' : '---'))));
for (const line of lines) {
  console.log(
    row([
      line.nodes,
      line.kernel,
      line.gflop.toFixed(3),
      line.megabytes.toFixed(2),
      `${line.workgroups}`,
      `${line.invocations}`,
      `${(100 * line.occupancy).toFixed(0)} %`,
      line.arithmetic.toFixed(1),
      line.memory.toFixed(1),
      line.starves,
    ]),
  );
}
const total = (pick: (line: Line) => number) => lines.reduce((sum, line) => sum + pick(line), 0);
const bound = total(({ arithmetic, memory }) => Math.max(arithmetic, memory));
console.log(
  `\n${total(({ gflop }) => gflop).toFixed(2)} GFLOP and ${total(({ megabytes }) => megabytes).toFixed(1)} MB in ` +
    `${lines.length} dispatches: at least ${bound.toFixed(0)} µs by the larger of both, kernel by kernel, ` +
    `and about ${(lines.length * LAUNCH * 1e6).toFixed(0)} µs of launches.`,
);
