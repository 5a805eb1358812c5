/** Reads the text form that `print` writes. */
import { makeNode } from './build.ts';
import { Cursor, takeAttrs, takeId, takeName, takeType } from './cursor.ts';
import { isStatic, printShape, sameShape } from './dim.ts';
import { ReparamError } from './errors.ts';
import { constantsOf, type Graph, type Node, type Output } from './graph.ts';
import type { Value, ValueId } from './graph.ts';
import { printType } from './print.ts';
import { isOpName, opDef } from './registry.ts';
import type { Constant, DType } from './tensor.ts';

/** Gives the data of a constant, which the text does not hold. */
export type WeightSource = (
  id: ValueId,
  type: { dtype: DType; shape: readonly number[] },
) => Constant;

const noWeights: WeightSource = (id) => {
  throw new ReparamError('parse', `no data for the constant %${id}; pass a source of weights`, id);
};

function constant(c: Cursor, weights: WeightSource): [ValueId, Constant] {
  const id = takeId(c);
  c.expect(':');
  const type = takeType(c);
  const { dtype, shape } = type;
  c.end();
  if (!isStatic(shape)) return c.fail(`%${id} has the symbolic shape ${printShape(shape)}`);
  const data = weights(id, { dtype, shape });
  if (data.dtype !== dtype || !sameShape(data.shape, shape)) {
    c.fail(`%${id}: declared ${printType(type)}, the data are ${printType(data)}`);
  }
  return [id, data];
}

function node(c: Cursor, valueOf: (id: ValueId) => Value | undefined): Node {
  const output = takeId(c);
  c.expect('=');
  const op = c.match(/^[A-Za-z0-9]+/, 'an op');
  if (!isOpName(op)) return c.fail(`there is no op ${op}`);
  const inputs: (ValueId | null)[] = [];
  do inputs.push(c.take('_') ? null : takeId(c));
  while (c.take(','));
  const attrs = takeAttrs(c);
  const unknown = [...attrs.keys()].find((key) => !Object.hasOwn(opDef(op).attrs, key));
  if (unknown !== undefined) c.fail(`${op} has no attribute ${unknown}`);
  const declared = c.take(':') ? takeType(c) : null;
  const nodeId = c.take('@') ? takeName(c) : output;
  c.end();
  let made: Node;
  try {
    const typeOf = (value: ValueId) => valueOf(value) ?? c.fail(`%${value} is not defined above`);
    made = makeNode(op, inputs, Object.fromEntries(attrs), typeOf, nodeId, output) as Node;
  } catch (error) {
    if (error instanceof ReparamError && (error.code === 'shape' || error.code === 'unsupported')) {
      c.fail(error.message);
    }
    throw error;
  }
  const inferred = made.outputs[0];
  if (
    declared &&
    !(declared.dtype === inferred.dtype && sameShape(declared.shape, inferred.shape))
  ) {
    c.fail(`declared ${printType(declared)}, inferred ${printType(inferred)}`);
  }
  return made;
}

function outputs(c: Cursor): Output[] {
  const all: Output[] = [];
  do {
    const named = c.take('%') ? undefined : takeName(c);
    if (named !== undefined) c.expect('=%');
    const value = takeName(c);
    all.push({ name: named ?? value, value });
  } while (c.take(','));
  c.end();
  return all;
}

/**
 * The graph that the text describes. Shapes are inferred again and compared with those written down
 * (`line 2: declared f32[1,2,3,4], inferred f32[1,2,3,3]`); they may also be left out.
 * Throws a `parse` error with the line. `verify` checks the rest.
 */
export function parse(text: string, weights: WeightSource = noWeights): Graph {
  const all = text.split('\n').map((line, i) => new Cursor(line, i + 1));
  const lines = all.filter((c) => !c.done);
  const values = new Map<ValueId, Value>();
  const define = (value: Value, c: Cursor) => {
    if (values.has(value.id)) c.fail(`%${value.id} is defined twice`);
    values.set(value.id, value);
    return value;
  };
  const head = lines.shift() ?? all[0]!;
  head.expect('graph');
  const graphName = takeName(head);
  head.expect('(');
  const inputs: Value[] = [];
  while (!head.take(')')) {
    if (inputs.length > 0) head.expect(',');
    const input = takeId(head);
    head.expect(':');
    inputs.push(define({ id: input, ...takeType(head) }, head));
  }
  head.expect('{');
  head.end();
  const nodes: Node[] = [];
  const consts: [ValueId, Constant][] = [];
  let results: Output[] | null = null;
  let closed = false;
  for (const c of lines) {
    if (closed) c.fail('did not expect anything after }');
    if (results) {
      c.expect('}');
      c.end();
      closed = true;
    } else if (c.take('return ')) {
      results = outputs(c);
    } else if (c.take('const ')) {
      const [id, data] = constant(c, weights);
      define({ id, dtype: data.dtype, shape: data.shape }, c);
      consts.push([id, data]);
    } else {
      const made = node(c, (value) => values.get(value));
      define(made.outputs[0], c);
      nodes.push(made);
    }
  }
  if (!closed) all.at(-1)!.fail('the text ends before return and }');
  return { name: graphName, inputs, nodes, outputs: results!, consts: constantsOf(consts) };
}
