/**
 * The text form, weights apart. `parse` reads it back.
 *
 *     graph block(%x: f32[1,3,8,8]) {
 *       const %w : f32[4,3,3,3]
 *       %c = conv2d %x, %w {pads=[1,1,1,1], act="relu"} : f32[1,4,8,8]
 *       return %c
 *     }
 *
 * Attributes at their defaults are left out, and so are absent operands at the end; one before is `_`.
 * A node whose name is not its output's has it at the end: `@"name"`. An output whose name is not its
 * value's: `return logits=%c`.
 */
import { printAttr } from './attr.ts';
import { printShape } from './dim.ts';
import type { Type } from './define-op.ts';
import { expectGraph, type Graph, type Node, type ValueId } from './graph.ts';
import { opDef } from './registry.ts';

const BARE = /^[A-Za-z0-9_./-]+$/;

export const printName = (name: string): string => (BARE.test(name) ? name : JSON.stringify(name));
export const printId = (id: ValueId): string => `%${printName(id)}`;
export const printType = ({ dtype, shape }: Type): string => `${dtype}${printShape(shape)}`;

function printAttrs(node: Node): string {
  const attrs = new Map<string, unknown>(Object.entries(node.attrs));
  const shown = Object.entries(opDef(node.op).attrs)
    .map(([name, standard]) => [name, printAttr(attrs.get(name)), printAttr(standard)])
    .filter(([, text, standard]) => text !== standard)
    .map(([name, text]) => `${name}=${text}`);
  return shown.length > 0 ? ` {${shown.join(', ')}}` : '';
}

export function printNode(node: Node): string {
  const inputs = [...node.inputs];
  while (inputs.at(-1) === null) inputs.pop();
  const operands = inputs.map((id) => (id === null ? '_' : printId(id))).join(', ');
  const [output] = node.outputs;
  const name = node.id === output.id ? '' : ` @${printName(node.id)}`;
  return `${printId(output.id)} = ${node.op} ${operands}${printAttrs(node)} : ${printType(output)}${name}`;
}

export function printGraph(graph: Graph): string {
  expectGraph(graph, 'printGraph');
  const inputs = graph.inputs.map((v) => `${printId(v.id)}: ${printType(v)}`).join(', ');
  const outputs = graph.outputs.map(({ name, value }) =>
    name === value ? printId(value) : `${printName(name)}=${printId(value)}`,
  );
  return [
    `graph ${printName(graph.name)}(${inputs}) {`,
    ...Object.entries(graph.consts).map(([id, c]) => `  const ${printId(id)} : ${printType(c)}`),
    ...graph.nodes.map((node) => `  ${printNode(node)}`),
    `  return ${outputs.join(', ')}`,
    '}',
    '',
  ].join('\n');
}
