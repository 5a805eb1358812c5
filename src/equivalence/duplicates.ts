/** Values of a graph that are computed twice in the same way. */
import { printAttr, view, type Graph, type Node, type ValueId } from '../../ir/index.ts';

/**
 * The nodes with a cut for their operand wherever one is computed in the same way as what they read: the
 * rewritten graph may have kept just that one, and would not seem to read what the source does. (Value
 * numbering, as in Cocke and Schwartz 1970.) A cut may come after its readers then.
 */
export function readCuts(source: Graph, isCut: (id: ValueId) => boolean): Graph {
  const g = view(source);
  /** The first value that is the same; what is not there is the first itself. */
  const first = new Map<ValueId, ValueId>();
  const number = (id: ValueId): ValueId => first.get(id) ?? id;
  const known = new Map<string, ValueId>();
  const passed = new Set<ValueId>();
  const cutFor = new Map<ValueId, ValueId>();
  for (const node of source.nodes) {
    const { id } = node.outputs[0];
    if (passesThrough(node)) {
      passed.add(id);
      first.set(id, number(node.inputs[0]!));
      continue;
    }
    const inputs = node.inputs.map((input) => input && (g.constant(input) ? input : number(input)));
    const attrs = Object.entries(node.attrs).map(([name, value]) => `${name}=${printAttr(value)}`);
    const key = JSON.stringify([node.op, inputs, attrs.sort()]);
    const same = known.get(key) ?? id;
    known.set(key, same);
    first.set(id, same);
    if (isCut(id) && !cutFor.has(same)) cutFor.set(same, id);
  }
  const cutOf = (id: ValueId): ValueId =>
    isCut(id) || passed.has(id) ? id : (cutFor.get(number(id)) ?? id);
  const nodes = source.nodes.map((node): Node => {
    const inputs = node.inputs.map((id) => id && cutOf(id));
    return inputs.every((id, i) => id === node.inputs[i]) ? node : { ...node, inputs };
  });
  return nodes.every((node, i) => node === source.nodes[i]) ? source : { ...source, nodes };
}

const passesThrough = (node: Node): boolean =>
  node.op === 'identity' ||
  (node.op === 'sum' && node.inputs.length === 1 && node.attrs.act === 'none');
