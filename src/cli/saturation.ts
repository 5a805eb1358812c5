/** Values that float16 cannot hold. */
import { storedTypes, type Plan } from '../../codegen/index.ts';
import { elementCount, specialise, staticShape, type Graph, type ValueId } from '../../ir/index.ts';
import { openSession } from '../runtime/index.ts';
import type { Inputs, Session, SessionOptions } from '../runtime/index.ts';

/** A value with elements that are stored as the greatest float16 in place of what they are. */
export interface Saturated {
  readonly value: ValueId;
  readonly elements: number;
  /** The greatest magnitude of them. */
  readonly largest: number;
}

const GREATEST_HALF = 65504;

/** Bytes of values that are looked at in one run, so that neither the device nor the host runs short. */
const MOST_AT_ONCE = 2 ** 30;

/**
 * Of the values that `half`, a session in float16, stores so: those that no float16 holds, in the order of the graph.
 * Opens sessions in float32 with `opening`, and throws what they throw.
 */
export async function findSaturated(
  graph: Graph,
  half: Session,
  inputs: Inputs,
  opening: SessionOptions,
): Promise<Saturated[]> {
  const fixed = specialise(graph, opening.dims ?? {});
  const most = Math.min(MOST_AT_ONCE, half.device.profile.limits.maxBufferSize);
  const found: Saturated[] = [];
  for (const values of inPortions(halfValues(fixed, half.plan), most)) {
    const outputs = values.map((id) => ({ name: id, value: id }));
    using session = await openSession({ ...fixed, outputs }, opening);
    const results = await session.run(inputs);
    for (const value of values) {
      const saturated = countSaturated(results[value]!.data);
      if (saturated.elements > 0) found.push({ value, ...saturated });
    }
  }
  return found;
}

interface Sized {
  readonly id: ValueId;
  /** In float32. */
  readonly bytes: number;
}

/** What the plan of a graph writes in float16: no inputs and outputs, and nothing that stays within a kernel. */
function halfValues(graph: Graph, { dispatches }: Plan): Sized[] {
  const known = new Set(graph.nodes.map(({ outputs }) => outputs[0].id));
  // What else is written is temporary, and in float32.
  const written = dispatches.filter(({ bindings }) =>
    bindings.some((binding) => binding.kind === 'write' && known.has(binding.value)),
  );
  // By node, since the memory may be that of an operand, which the output is written over.
  const nodes = new Set(written.map(({ node }) => node));
  const typeOf = storedTypes(graph, 'f16');
  return graph.nodes
    .filter(({ id, outputs }) => nodes.has(id) && typeOf(outputs[0].id) === 'f16')
    .map(({ outputs: [{ id, shape }] }) => ({
      id,
      bytes: 4 * elementCount(staticShape(shape, id)),
    }));
}

/** Lists of at most so many bytes together, or of a single value. */
function inPortions(values: readonly Sized[], most: number): ValueId[][] {
  const portions: ValueId[][] = [];
  let left = 0;
  for (const { id, bytes } of values) {
    if (bytes > left || portions.length === 0) {
      portions.push([]);
      left = most;
    }
    portions.at(-1)!.push(id);
    left -= bytes;
  }
  return portions;
}

function countSaturated(data: Iterable<number>): Omit<Saturated, 'value'> {
  let [elements, largest] = [0, 0];
  for (const number of data) {
    const size = Math.abs(number);
    if (!(size > GREATEST_HALF)) continue; // Nor is NaN cut off.
    elements++;
    largest = Math.max(largest, size);
  }
  return { elements, largest };
}

export function printSaturated([first, ...more]: readonly Saturated[]): string {
  const { value, elements, largest } = first!;
  const have = more.length === 1 ? 'value between layers has' : 'values between layers have';
  const others = more.length > 0 ? `, and ${more.length} more ${have} such` : '';
  const count = elements === 1 ? '1 element' : `${elements} elements`;
  return (
    `  "${value}" has ${count} beyond ${GREATEST_HALF}, the greatest float16, up to ${largest.toPrecision(3)}${others}: ` +
    'they are cut off there; use --precision f32, or scale weights or inputs down'
  );
}
