/** Why branches stayed: the log of refusals in words, by the node that they are about. */
import { view, type Graph, type Node, type NodeId } from '../../ir/index.ts';
import type { Event } from '../../passes/index.ts';
import type { OpaqueNode } from '../formats/onnx/model.ts';
import { listOpaque } from './opaque-text.ts';
import { remedyFor } from './remedies.ts';
import { scaleRemedy, stayingScales } from './staying-scales.ts';

/** A sum that is left, and so the branches that were not merged. */
export interface StayingSum {
  readonly node: NodeId;
  /** What computes each operand: `conv2d "a"`; an input or constant by its name. */
  readonly branches: readonly string[];
}

const isMergeable = (node: Node | undefined): boolean =>
  node?.op === 'conv2d' || node?.op === 'convTranspose2d' || node?.op === 'batchNorm';

/** Additions of two computed values or more, one of them at least of a layer that could be merged. */
export function stayingSums(graph: Graph): StayingSum[] {
  const g = view(graph);
  return graph.nodes
    .filter(({ op }) => op === 'sum' || op === 'add')
    .filter(({ inputs }) => inputs.some((id) => id !== null && isMergeable(g.definition(id))))
    .map(({ id, inputs }) => ({
      node: id,
      branches: inputs
        .filter((input) => input !== null && !g.constant(input))
        .map((input) => {
          const from = g.definition(input!);
          return from ? `${from.op} "${from.id}"` : `the input "${input}"`;
        }),
    }))
    .filter(({ branches }) => branches.length > 1);
}

/** What was refused at one node for one reason. */
interface Reason {
  readonly rule: string;
  readonly why: string;
  readonly others: readonly NodeId[];
}

function reasonsAt(refused: readonly Event[]): Reason[] {
  const found = new Map<string, { rule: string; why: string; others: Set<NodeId> }>();
  for (const { rule, why, node, nodes } of refused) {
    const key = JSON.stringify([rule, why]);
    const reason = found.get(key) ?? { rule, why, others: new Set<NodeId>() };
    for (const other of nodes) if (other !== node) reason.others.add(other);
    found.set(key, reason);
  }
  return [...found.values()].map((reason) => ({ ...reason, others: [...reason.others] }));
}

const quoted = (ids: readonly string[]): string => ids.map((id) => `"${id}"`).join(', ');

function printReason({ rule, why, others }: Reason): string[] {
  const about = others.length > 0 ? ` (with ${quoted(others)})` : '';
  const remedy = remedyFor(why);
  return [`  ${rule}${about}: ${why}`, ...(remedy === '' ? [] : [`    -> ${remedy}`])];
}

const noConvolutions = [
  '  none of these branches is a convolution beside another of the same tensor',
  '    -> Only convolutions of one tensor, and what is linear beside them, can be merged. A residual connection has to stay.',
];

const transposed = [
  '  a transposed convolution is merged with other ones of the same tensor only',
  '    -> What follows one, such as a BatchNorm, is folded into it. Nothing needs to be done.',
];

/**
 * Every branch, batch normalisation and scale that stayed, the condition that failed, and what the user could do; and
 * every opaque node.
 */
export function printExplanation(
  graph: Graph,
  log: readonly Event[],
  opaque: readonly OpaqueNode[],
): string {
  const refused = log.filter(({ kind }) => kind === 'refused');
  const sums = stayingSums(graph);
  const lines: string[] = [];
  const explained = new Set<NodeId>();
  const explain = (node: NodeId, title: string): void => {
    explained.add(node);
    const reasons = reasonsAt(refused.filter((event) => event.node === node));
    const none = title.includes('convTranspose2d') ? transposed : noConvolutions;
    const rest = reasons.length > 0 ? reasons.flatMap(printReason) : none;
    lines.push(title, ...rest, '');
  };
  for (const { node, branches } of sums) {
    explain(node, `sum "${node}" keeps ${branches.length} branches: ${branches.join(', ')}`);
  }
  for (const { node } of refused) {
    if (!explained.has(node)) explain(node, `"${node}" stays as it is`);
  }
  const ids = new Set(sums.map(({ node }) => node));
  for (const { node, op, why } of stayingScales(graph, ids)) {
    if (!explained.has(node))
      lines.push(`${op} "${node}" stays as it is`, `  ${why}`, `    -> ${scaleRemedy}`, '');
  }
  if (lines.length === 0) lines.push('No branch stayed: all that could be merged was.', '');
  if (opaque.length > 0) {
    lines.push('Kept as they are, since reparam does not know them or not all that they do:');
    lines.push(
      ...listOpaque(opaque),
      '  -> What is before, between and after them is optimised.',
      '',
    );
  }
  return lines.join('\n').trimEnd();
}

/** One line for those who did not ask. */
export function printStayed(graph: Graph, opaque: readonly OpaqueNode[]): string {
  const sums = stayingSums(graph);
  const branches = sums.reduce((count, sum) => count + sum.branches.length, 0);
  const scales = stayingScales(graph, new Set(sums.map(({ node }) => node))).length;
  const layers = scales === 1 ? 'normalisation or scale' : 'normalisations or scales';
  const kept = opaque.length === 1 ? '1 unknown node was' : `${opaque.length} unknown nodes were`;
  const parts = [
    ...(branches > 0
      ? [`${branches} branches stayed, at ${sums.length === 1 ? '1 sum' : `${sums.length} sums`}`]
      : []),
    ...(scales > 0 ? [`${scales} ${layers} stayed`] : []),
    ...(opaque.length > 0 ? [`${kept} kept`] : []),
  ];
  return parts.length === 0 ? 'no branch stayed' : `${parts.join('; ')} (--explain says why)`;
}
