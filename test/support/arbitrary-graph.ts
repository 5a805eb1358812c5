/**
 * Random valid graphs of small sizes, for properties that hold of every graph. (Properties of a rule need
 * graphs made around its left-hand side: these hardly ever match one.)
 */
import fc from 'fast-check';
import { GraphBuilder, opNames, ReparamError, verify } from '../../ir/index.ts';
import type { DType, Graph, Node, OpName } from '../../ir/index.ts';
import { growers, type Scope } from './grow-op.ts';
import { randomTensor } from './random-weights.ts';

export interface GraphOptions {
  /** Whether the inputs have the open sizes of `symbols`. */
  readonly symbolic?: boolean;
  /** Whether values have names that a careless printer, parser or table trips over. */
  readonly oddNames?: boolean;
  readonly ops?: readonly OpName[];
  readonly maxNodes?: number;
}

/** What the batch, height and width of symbolic graphs are called; the odd ones are legal, too. */
export const symbols = ['N', 'H', 'W'] as const;
export const oddSymbols = ['constructor', '__proto__', 'floor'] as const;

export const oddNames = [
  ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', ' ', 'a b', '"', '\\', '\\"'],
  ['%x', '//', '_', 'const', 'return ', 'graph', '{', '}', '@n', 'x: f32[1]', 'a,b', '=', '-0'],
  ['line\nbreak', 'return\r', 'tab\t', '\u2028', '\0', 'é', '重み', '💡', '\ud800', '10', '9'],
].flat();

interface Step {
  readonly op: OpName;
  readonly choices: readonly number[];
}

/** Cycles through the choices, so that any number of picks is served. */
function picker(choices: readonly number[]): Scope['pick'] {
  let next = 0;
  return (list) => list[choices[next++ % choices.length]! % list.length]!;
}

/** Names by a hint and a number, or odd ones that start somewhere in the list. */
function namer(start: number, isOdd: boolean): Scope['fresh'] {
  let count = 0;
  return (hint) => {
    const n = count++;
    if (!isOdd) return `${hint}${n}`;
    const name = oddNames[(start + n) % oddNames.length]!;
    return n < oddNames.length ? name : `${name}${n}`;
  };
}

function build(first: readonly number[], steps: readonly Step[], options: GraphOptions): Graph {
  const pick = picker(first);
  const isOdd = options.oddNames ?? false;
  const fresh = namer(first[0]!, isOdd);
  const b = new GraphBuilder(isOdd ? pick(oddNames) : 'g');
  const dtype = pick<DType>(['f32', 'f64']);
  const [n, h, w] = isOdd ? oddSymbols : symbols;
  const image = [pick([1, 2]), pick([2, 1, 3, 4]), pick([5, 4, 7]), pick([5, 6, 3])];
  const values = [
    b.input(fresh('x'), options.symbolic ? [n, image[1]!, h, w] : image, dtype),
    b.input(fresh('m'), options.symbolic ? [n, 6] : [image[0]!, 6], dtype),
  ];
  const constant: Scope['constant'] = (hint, shape) => {
    const id = fresh(hint);
    return b.constant(id, randomTensor(id, shape, { dtype, positive: hint === 'variance' }));
  };
  for (const { op, choices } of steps) {
    try {
      const made = growers[op]({ b, dtype, values, pick: picker(choices), fresh, constant });
      if (made !== null) values.push(made);
    } catch (error) {
      // The choices do not fit together, such as a kernel greater than the image: no node this time.
      if (!(error instanceof ReparamError && /^(shape|unsupported)$/.test(error.code))) throw error;
    }
  }
  const results = [values.at(-1)!, ...Array.from({ length: pick([0, 1, 2]) }, () => pick(values))];
  const graph = b.finish(results.map((value) => ({ name: fresh('y'), value })));
  if (!isOdd) return verify(graph);
  const nodes = graph.nodes.map((node, i): Node => (i % 3 === 1 ? { ...node, id: `n${i}` } : node));
  return verify({ ...graph, nodes });
}

export function arbitraryGraph(options: GraphOptions = {}): fc.Arbitrary<Graph> {
  const choices = fc.array(fc.nat({ max: 999 }), { minLength: 12, maxLength: 12 });
  const step = fc.record({ op: fc.constantFrom(...(options.ops ?? opNames)), choices });
  const steps = fc.array(step, { minLength: 1, maxLength: options.maxNodes ?? 10 });
  return fc.tuple(choices, steps).map(([first, all]) => build(first, all, options));
}
