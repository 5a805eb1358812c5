/** The invariants of a graph. Valid IR in, valid IR out: the pass manager checks after every pass. */
import { elementCount, isStatic, printShape, sameShape, type Shape } from './dim.ts';
import { ReparamError } from './errors.ts';
import type { Graph, Node, Value, ValueId } from './graph.ts';
import { inferType, operandName } from './infer.ts';
import { isOpName, opDef } from './registry.ts';
import { Tensor } from './tensor.ts';

const fail = (message: string, subject: string): never => {
  throw new ReparamError('invalid-graph', message, subject);
};

function checkShape(shape: Shape, what: string, subject: string): void {
  for (const d of shape) {
    if (typeof d === 'string' ? d === '' : !Number.isInteger(d) || d < 1) {
      fail(`${what} has the impossible shape ${printShape(shape)}`, subject);
    }
  }
}

function checkAttrs(node: Node): void {
  const expected = Object.keys(opDef(node.op).attrs);
  const attrs = node.attrs as Record<string, unknown>;
  const missing = expected.find((name) => attrs[name] === undefined);
  if (missing !== undefined)
    fail(`${node.op} "${node.id}" lacks the attribute ${missing}`, node.id);
  const unknown = Object.keys(attrs).find((name) => !expected.includes(name));
  if (unknown !== undefined)
    fail(`${node.op} "${node.id}" has the unknown attribute ${unknown}`, node.id);
  for (const [name, value] of Object.entries(attrs)) {
    for (const part of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof part === 'number' && Number.isNaN(part)) {
        fail(`${node.op} "${node.id}": ${name} is not a number`, node.id);
      }
    }
  }
}

function checkNode(
  node: Node,
  values: ReadonlyMap<ValueId, Value>,
  everDefined: () => Set<ValueId>,
) {
  if (!isOpName(node.op))
    fail(`node "${(node as Node).id}": there is no op ${String(node.op)}`, (node as Node).id);
  checkAttrs(node);
  const types = node.inputs.map((id, i) => {
    if (id === null) return null;
    const value = values.get(id);
    if (value) return value;
    const operand = `operand ${operandName(node.op, i)} of ${node.op} "${node.id}"`;
    const what = everDefined().has(id) ? 'is used before it is defined' : 'is not defined';
    return fail(`${operand}: %${id} ${what}`, node.id);
  });
  const type = inferType(node, types);
  if (node.outputs.length !== 1) fail(`${node.op} "${node.id}" must have one output`, node.id);
  const [output] = node.outputs;
  if (output.dtype !== type.dtype || !sameShape(output.shape, type.shape)) {
    const declared = `${output.dtype}${printShape(output.shape)}`;
    const inferred = `${type.dtype}${printShape(type.shape)}`;
    fail(`${node.op} "${node.id}": declared ${declared}, inferred ${inferred}`, node.id);
  }
  checkShape(output.shape, `%${output.id}`, node.id);
}

/** Throws an `invalid-graph` or `shape` error that names the node and operand; returns the graph. */
export function verify(graph: Graph): Graph {
  const values = new Map<ValueId, Value>();
  const define = (value: Value, what: string) => {
    if (values.has(value.id)) fail(`${what}: %${value.id} is defined twice`, value.id);
    values.set(value.id, value);
  };
  for (const input of graph.inputs) {
    checkShape(input.shape, `the input %${input.id}`, input.id);
    define(input, 'inputs');
  }
  for (const [id, constant] of Object.entries(graph.consts)) {
    if (!isStatic(constant.shape)) fail(`the constant %${id} has a symbolic shape`, id);
    checkShape(constant.shape, `the constant %${id}`, id);
    if (constant instanceof Tensor && constant.data.length !== elementCount(constant.shape)) {
      fail(
        `the constant %${id}: ${constant.data.length} elements do not fill ${printShape(constant.shape)}`,
        id,
      );
    }
    define({ id, dtype: constant.dtype, shape: constant.shape }, 'constants');
  }
  const everDefined = () => new Set(graph.nodes.flatMap((n) => n.outputs.map((o) => o.id)));
  const nodeIds = new Set<string>();
  for (const node of graph.nodes) {
    if (nodeIds.has(node.id)) fail(`two nodes are called "${node.id}"`, node.id);
    nodeIds.add(node.id);
    checkNode(node, values, everDefined);
    for (const output of node.outputs) define(output, `node "${node.id}"`);
  }
  if (graph.outputs.length === 0) fail(`the graph "${graph.name}" has no output`, graph.name);
  const names = new Set<string>();
  for (const { name, value } of graph.outputs) {
    if (!values.has(value)) fail(`the output "${name}": %${value} is not defined`, name);
    if (names.has(name)) fail(`two outputs are called "${name}"`, name);
    names.add(name);
  }
  return graph;
}
