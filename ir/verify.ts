/** The invariants of a graph. Valid IR in, valid IR out: the pass manager checks after every pass. */
import type { Type } from './define-op.ts';
import { elementCount, isDim, isStatic, isSymbol, printShape, sameShape } from './dim.ts';
import { ReparamError } from './errors.ts';
import { expectGraph, type Graph, type Node, type Value, type ValueId } from './graph.ts';
import { inferType, operandName } from './infer.ts';
import { isOpName } from './registry.ts';
import { dtypes, Lazy, Tensor, type Constant } from './tensor.ts';

const fail = (message: string, subject: string): never => {
  throw new ReparamError('invalid-graph', message, subject);
};

function checkType({ dtype, shape }: Type, what: string, subject: string): void {
  if (!dtypes.includes(dtype)) fail(`${what} has the unknown dtype ${String(dtype)}`, subject);
  if (!shape.every(isDim)) fail(`${what} has the impossible shape ${printShape(shape)}`, subject);
}

/** Only symbols are open sizes of an input: a session must be able to read them off. */
function checkInput(input: Value): void {
  checkType(input, `the input %${input.id}`, input.id);
  const derived = input.shape.find((d) => typeof d === 'string' && !isSymbol(d));
  if (derived === undefined) return;
  fail(`the input %${input.id} has the size ${derived}; an open size must be a name`, input.id);
}

function checkConstant(id: ValueId, constant: Constant): void {
  const what = `the constant %${id}`;
  if (!(constant instanceof Tensor || constant instanceof Lazy)) fail(`${what} has no data`, id);
  if (!isStatic(constant.shape)) fail(`${what} has a symbolic shape`, id);
  checkType(constant, what, id);
  if (constant instanceof Tensor && constant.data.length !== elementCount(constant.shape)) {
    const shape = printShape(constant.shape);
    fail(`${what}: ${constant.data.length} elements do not fill ${shape}`, id);
  }
}

function checkNode(
  node: Node,
  values: ReadonlyMap<ValueId, Value>,
  everDefined: () => Set<ValueId>,
) {
  if (!isOpName(node.op))
    fail(`node "${(node as Node).id}": there is no op ${String(node.op)}`, (node as Node).id);
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
}

/** Throws an `invalid-graph` or `shape` error that names the node and operand; returns the graph. */
export function verify(graph: Graph): Graph {
  expectGraph(graph, 'verify');
  const values = new Map<ValueId, Value>();
  const define = (value: Value, what: string) => {
    if (values.has(value.id)) fail(`${what}: %${value.id} is defined twice`, value.id);
    values.set(value.id, value);
  };
  for (const input of graph.inputs) {
    checkInput(input);
    define(input, 'inputs');
  }
  for (const [id, constant] of Object.entries(graph.consts)) {
    checkConstant(id, constant);
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
