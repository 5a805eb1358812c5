/**
 * Local functions, put in place of the nodes that call them. A function that is written for other versions
 * of the operators stays one: its calls are nodes like any other.
 */
import { clone, create } from '@bufbuild/protobuf';
import { fileError } from '../safetensors-header.ts';
import { AttributeProtoSchema, NodeProtoSchema } from './schema/onnx_pb.ts';
import type { AttributeProto, FunctionProto, GraphProto } from './schema/onnx_pb.ts';
import type { ModelProto, NodeProto, OperatorSetIdProto } from './schema/onnx_pb.ts';
import { definedIn, withSubgraphs } from './subgraphs.ts';

/** Functions that call functions can make a small file grow without bound. */
const MAX_NODES = 1_000_000;
const MAX_DEPTH = 64;

const ownDomain = (domain: string) => (domain === 'ai.onnx' ? '' : domain);
const keyOf = (domain: string, name: string, overload: string) =>
  JSON.stringify([ownDomain(domain), name, overload]);
const keyOfCall = ({ domain, opType, overload }: NodeProto) => keyOf(domain, opType, overload);

type Functions = ReadonlyMap<string, FunctionProto>;

const versionsOf = (imports: readonly OperatorSetIdProto[]) =>
  new Map(imports.map(({ domain, version }) => [ownDomain(domain), version]));

/** The functions that mean in the graph what they mean on their own. */
function inlinable({ functions, opsetImport }: ModelProto): Functions {
  const versions = versionsOf(opsetImport);
  const fits = ({ opsetImport: own, domain }: FunctionProto) =>
    [...versionsOf(own)].every(
      ([name, version]) =>
        name === ownDomain(domain) || (versions.get(name) ?? version) === version,
    );
  return new Map(
    functions.filter(fits).map((one) => [keyOf(one.domain, one.name, one.overload), one]),
  );
}

/** The nodes with every call replaced by the function's body, whose names begin with the call's. */
export function inlineFunctions(model: ModelProto, graph: GraphProto, what: string): NodeProto[] {
  const functions = inlinable(model);
  if (functions.size === 0) return graph.node;
  const taken = new Set(definedIn(graph));
  for (const { output } of withSubgraphs(graph.node)) for (const name of output) taken.add(name);
  const nodes: NodeProto[] = [];
  const add = (node: NodeProto, depth: number): void => {
    const body = functions.get(keyOfCall(node));
    if (!body) {
      if (nodes.push(node) > MAX_NODES) {
        throw fileError(what, `its functions make more than ${MAX_NODES} nodes`);
      }
      return;
    }
    if (depth > MAX_DEPTH) {
      throw fileError(what, `the function "${body.name}" calls itself, or calls nest too deep`);
    }
    for (const inner of bodyOf(node, body, taken)) add(inner, depth + 1);
  };
  for (const node of graph.node) add(node, 0);
  return nodes;
}

/** The functions that nodes still call, and those that they call in turn. */
export function functionsOf(model: ModelProto, nodes: Iterable<NodeProto>): FunctionProto[] {
  const all = new Map(
    model.functions.map((one) => [keyOf(one.domain, one.name, one.overload), one]),
  );
  const called = new Set<FunctionProto>();
  const visit = (list: Iterable<NodeProto>): void => {
    for (const node of withSubgraphs(list)) {
      const body = all.get(keyOfCall(node));
      if (!body || called.has(body)) continue;
      called.add(body);
      visit(body.node);
    }
  };
  visit(nodes);
  return model.functions.filter((one) => called.has(one));
}

function bodyOf(call: NodeProto, body: FunctionProto, taken: Set<string>): NodeProto[] {
  const prefix = call.name || call.output.find((name) => name !== '') || body.name;
  const names = new Map<string, string>();
  body.input.forEach((formal, i) => names.set(formal, call.input[i] ?? ''));
  const aliases: NodeProto[] = [];
  body.output.forEach((formal, i) => {
    const actual = call.output[i] ?? '';
    if (actual === '') return;
    const given = names.get(formal);
    if (given === undefined) names.set(formal, actual);
    else aliases.push(identity(given, actual));
  });
  const rename = (name: string): string => {
    if (name === '') return '';
    const known = names.get(name);
    if (known !== undefined) return known;
    let fresh = `${prefix}/${name}`;
    for (let n = 2; taken.has(fresh); n++) fresh = `${prefix}/${name}.${n}`;
    taken.add(fresh);
    names.set(name, fresh);
    return fresh;
  };
  const bound = new Map(body.attributeProto.map((one) => [one.name, one]));
  for (const one of call.attribute) bound.set(one.name, one);
  const inner = body.node.map((node, i) => {
    const copy = clone(NodeProtoSchema, node);
    copy.name = `${prefix}/${node.name || `${node.opType}_${i}`}`;
    bind(copy, rename, bound);
    return copy;
  });
  return [...inner, ...aliases];
}

const identity = (from: string, to: string): NodeProto =>
  create(NodeProtoSchema, { name: to, opType: 'Identity', input: [from], output: [to] });

/** Renames what a node reads and gives, and fills in the attributes of the call; subgraphs included. */
function bind(
  node: NodeProto,
  rename: (name: string) => string,
  bound: ReadonlyMap<string, AttributeProto>,
): void {
  node.input = node.input.map(rename);
  node.output = node.output.map(rename);
  node.attribute = node.attribute.flatMap((attribute) => {
    if (attribute.refAttrName === '') return [attribute];
    const given = bound.get(attribute.refAttrName);
    if (!given) return [];
    const copy = clone(AttributeProtoSchema, given);
    copy.name = attribute.name;
    return [copy];
  });
  for (const { g, graphs } of node.attribute) {
    for (const graph of g ? [g, ...graphs] : graphs) {
      const own = definedIn(graph);
      const inside = (name: string) => (own.has(name) ? name : rename(name));
      for (const one of graph.node) bind(one, inside, bound);
      for (const output of graph.output) output.name = inside(output.name);
    }
  }
}
