/** The dispatches of a profile, layer by layer, beside what each layer counts. */
import { elementCount, nodeCost, staticShape, view } from '../../ir/index.ts';
import type { Graph, Node, NodeId, ValueId } from '../../ir/index.ts';
import { describeNode } from '../report/describe-node.ts';
import type { DispatchProfile, Profile } from '../runtime/index.ts';
import type { Times } from '../statistics.ts';

/** One node of the graph, or several that one kernel computes. */
export interface LayerProfile {
  /** The node whose output it is. */
  readonly node: NodeId;
  /** All that are computed; none where a copy makes an output of the graph. */
  readonly covers: readonly NodeId[];
  /** `conv 3×3 + relu, 64→128`. */
  readonly what: string;
  /** The kernel and its parameters: `conv-winograd patches + rows2x16 + outputs-channels`. */
  readonly kernel: string;
  /** How many candidates were compared; 0 for a copy. */
  readonly candidates: number;
  /** Whether the kernel was the fastest that was measured, or had the least estimated cost. */
  readonly tuned: boolean;
  readonly dispatches: number;
  /** Those of them that only convert a value from one layout into another. */
  readonly conversions: number;
  /** Conversions saved, since one dispatch stands for one at the end of this layer and one in the next. */
  readonly saved: number;
  /** Microseconds of all its dispatches together. */
  readonly us: Times;
  /** Of the 25th percentiles of all layers, from 0 to 1. */
  readonly share: number;
  /** Two for a multiply-add of the direct computation, whatever the kernel does instead. */
  readonly flops: number;
  /** What is read and what is written, each once, weights included. */
  readonly bytes: number;
  /** Per second, by the 25th percentile. */
  readonly gflops: number;
  readonly gigabytes: number;
  /**
   * The time that the device would need at most speed, for the operations or the bytes, whichever takes it
   * longer, over the time taken: from 0 to 1, and above where a kernel needs fewer multiplications, or the data
   * stay in a cache. Null where the device's most was not measured.
   */
  readonly ofRoofline: number | null;
}

/** In the order in which they run. `graph` is the one that the session was opened for. */
export function profileLayers(graph: Graph, { dispatches, roofline }: Profile): LayerProfile[] {
  const all = groupByLayer(dispatches);
  const total = dispatches.reduce((sum, { us }) => sum + us.p25, 0);
  const count = counter(graph);
  const describe = describer(graph);
  return all.map((parts) => {
    const { node, covers, selection } = parts[0]!;
    const sum = (part: keyof Times) => parts.reduce((n, { us }) => n + us[part], 0);
    const us = { min: sum('min'), p25: sum('p25'), median: sum('median') };
    const { flops, bytes } = count(node, covers);
    const least = roofline && 1e6 * Math.max(flops / roofline.flops, bytes / roofline.bytes);
    return {
      node,
      covers,
      what: describe(covers),
      kernel: nameKernels(parts),
      candidates: selection?.candidates ?? 0,
      tuned: selection?.by === 'measurement',
      dispatches: parts.length,
      conversions: parts.filter(({ conversions }) => conversions > 0).length,
      saved: parts.filter(({ conversions }) => conversions > 1).length,
      us,
      share: us.p25 / total,
      flops,
      bytes,
      gflops: flops / us.p25 / 1e3,
      gigabytes: bytes / us.p25 / 1e3,
      ofRoofline: least === null ? null : least / us.p25,
    };
  });
}

/** A copy may have the name of an output that is also a node's: it covers nothing. */
function groupByLayer(dispatches: readonly DispatchProfile[]): DispatchProfile[][] {
  const groups: DispatchProfile[][] = [];
  for (const one of dispatches) {
    const last = groups.at(-1)?.[0];
    if (last && last.node === one.node && last.covers.length === one.covers.length) {
      groups.at(-1)!.push(one);
    } else groups.push([one]);
  }
  return groups;
}

/** The name of the kernel once, then what tells its dispatches apart. */
function nameKernels(parts: readonly DispatchProfile[]): string {
  const names = parts.map(({ kernel, label }, i) =>
    [i > 0 && parts[i - 1]!.kernel === kernel ? '' : kernel, label].filter(Boolean).join(' '),
  );
  return names.filter(Boolean).join(' + ');
}

/** What the nodes of a layer are: that of the first, which has the work, and how many are fused into it. */
function describer(graph: Graph): (covers: readonly NodeId[]) => string {
  const g = view(graph);
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  return ([first, ...others]) => {
    if (first === undefined) return 'copy';
    const { label, detail } = describeNode(nodes.get(first)!, g);
    const fused = others.map((id) => ` + ${nodes.get(id)!.op}`).join('');
    return `${label}${fused}, ${detail}`;
  };
}

function counter(graph: Graph) {
  const g = view(graph);
  const nodes = new Map<NodeId, Node>(graph.nodes.map((node) => [node.id, node]));
  const outputs = new Map(graph.outputs.map(({ name, value }) => [name, value]));
  const bytesOf = (id: ValueId): number => 4 * elementCount(staticShape(g.shape(id), id));
  const isReadBeside = (id: ValueId, own: ReadonlySet<NodeId>) =>
    g.isOutput(id) || g.users(id).some((user) => !own.has(user.id));

  return (name: string, covers: readonly NodeId[]): { flops: number; bytes: number } => {
    if (covers.length === 0) return { flops: 0, bytes: 2 * bytesOf(outputs.get(name)!) };
    const own = new Set(covers);
    const members = covers.map((id) => nodes.get(id)!);
    const made = new Set(members.map((node) => node.outputs[0].id));
    const read = members.flatMap(({ inputs }) => inputs.filter((id) => id !== null));
    const moved = [
      ...new Set(read.filter((id) => !made.has(id))),
      ...[...made].filter((id) => isReadBeside(id, own)),
    ];
    return {
      flops: members.reduce((sum, node) => sum + 2 * nodeCost(node, g.shape).macs, 0),
      bytes: moved.reduce((sum, id) => sum + bytesOf(id), 0),
    };
  };
}
