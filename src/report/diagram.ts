/** A graph as boxes and arrows: its nodes, its inputs and outputs, and the nodes that stayed in the file. */
import { view, type Graph, type NodeId, type ValueId } from '../../ir/index.ts';
import type { OpaqueNode } from '../formats/onnx/model.ts';
import { describeNode, printSizes, type Description } from './describe-node.ts';

export interface Box extends Description {
  readonly kind: 'input' | 'output' | 'node' | 'opaque';
  /** Of the node, or of the value that goes in or out. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** How many boxes read what it gives. */
  readonly readers: number;
  /** How many boxes it reads from. */
  readonly operands: number;
}

/** Boxes by their index; every arrow goes from a lower one to a higher. */
export interface Diagram {
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
}

export interface Arrow {
  readonly from: number;
  readonly to: number;
}

interface Draft {
  readonly box: Omit<Box, 'readers' | 'operands'>;
  readonly reads: readonly ValueId[];
  readonly gives: readonly ValueId[];
}

const MAX_CHARACTERS = 24;
// Of the widest of the usual interface fonts, DejaVu Sans, in pixels.
const LABEL_CHARACTER = 7.9;
const DETAIL_CHARACTER = 6.8;
const PADDING = 22;

export const shorten = (text: string, length = MAX_CHARACTERS): string =>
  text.length > length ? `…${text.slice(1 - length)}` : text;

function makeBox(kind: Box['kind'], name: string, description: Description): Draft['box'] {
  const label = shorten(description.label);
  const detail = shorten(description.detail);
  const text = Math.max(label.length * LABEL_CHARACTER, detail.length * DETAIL_CHARACTER);
  const width = Math.round(Math.max(100, text + PADDING));
  return { kind, name, label, detail, width, height: kind === 'node' ? 40 : 36 };
}

export function makeDiagram(
  graph: Graph,
  opaque: readonly OpaqueNode[] = [],
  outputs: readonly string[] = defaultOutputs(graph, opaque),
): Diagram {
  const g = view(graph);
  const given = new Set(opaque.flatMap((node) => node.outputs));
  const valueOf = new Map(graph.outputs.map(({ name, value }) => [name, value]));
  const own = (name: string): ValueId => (given.has(name) ? name : (valueOf.get(name) ?? name));
  const shapeOf = (id: ValueId) => {
    const known = graph.inputs.find((input) => input.id === id) ?? g.definition(id)?.outputs[0];
    return known ? printSizes(known.shape) : '';
  };
  const drafts: Draft[] = [
    ...graph.inputs
      .filter(({ id }) => !given.has(id))
      .map(({ id }) => ({
        box: makeBox('input', id, { label: id, detail: shapeOf(id) }),
        reads: [],
        gives: [id],
      })),
    ...graph.nodes.map((node) => ({
      box: makeBox('node', node.id, describeNode(node, g)),
      reads: node.inputs.filter((id) => id !== null),
      gives: node.outputs.map(({ id }) => id),
    })),
    ...opaque.map((node) => ({
      box: makeBox('opaque', node.name, { label: node.op, detail: 'kept as it is' }),
      reads: node.inputs.map(own),
      gives: node.outputs,
    })),
    ...outputs.map((name) => ({
      box: makeBox('output', name, { label: name, detail: shapeOf(own(name)) }),
      reads: [own(name)],
      gives: [],
    })),
  ];
  return connect(drafts);
}

/** What an opaque node reads need not be an output of the file. */
function defaultOutputs(graph: Graph, opaque: readonly OpaqueNode[]): string[] {
  const read = new Set(opaque.flatMap((node) => node.inputs));
  return graph.outputs.map(({ name }) => name).filter((name) => !read.has(name));
}

/** Orders the boxes such that each comes as late as the first that reads it allows. */
function connect(drafts: readonly Draft[]): Diagram {
  const giver = new Map(drafts.flatMap((draft, i) => draft.gives.map((id) => [id, i] as const)));
  const readsOf = drafts.map(({ reads }) => [
    ...new Set(reads.map((id) => giver.get(id)).filter((i) => i !== undefined)),
  ]);
  const readers = drafts.map(() => 0);
  for (const read of readsOf) for (const i of read) readers[i]!++;
  const order: number[] = [];
  const state = new Map<number, 'open' | 'done'>();
  for (let root = drafts.length - 1; root >= 0; root--) {
    if (drafts[root]!.box.kind !== 'output') continue;
    visit(root);
  }
  for (let root = 0; root < drafts.length; root++) visit(root);

  // With a stack of its own: a graph may be deeper than the language's.
  function visit(root: number): void {
    const stack = [root];
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const next = readsOf[top]!.filter((i) => !state.has(i));
      if (!state.has(top)) state.set(top, 'open');
      if (next.length > 0) {
        stack.push(next[0]!);
        continue;
      }
      stack.pop();
      if (state.get(top) !== 'done') order.push(top);
      state.set(top, 'done');
    }
  }
  const place = new Map(order.map((i, at) => [i, at]));
  return {
    boxes: order.map((i) => ({
      ...drafts[i]!.box,
      readers: readers[i]!,
      operands: readsOf[i]!.length,
    })),
    arrows: order.flatMap((i, to) =>
      readsOf[i]!.map((giving) => ({ from: place.get(giving)!, to })),
    ),
  };
}

/** Box of each node of the graph. */
export const boxOfNode = ({ boxes }: Diagram): Map<NodeId, number> =>
  new Map(boxes.flatMap((box, i) => (box.kind === 'node' ? [[box.name, i] as const] : [])));
