/**
 * Local functions, put in place of the nodes that call them. A function that is written for other versions
 * of the operators stays one: its calls are nodes like any other.
 */
import { clone, create } from '@bufbuild/protobuf';
import { fileError } from '../safetensors-header.ts';
import { AttributeProtoSchema, NodeProtoSchema } from './schema/onnx_pb.ts';
import type { AttributeProto, FunctionProto, GraphProto } from './schema/onnx_pb.ts';
import type { ModelProto, NodeProto, OperatorSetIdProto } from './schema/onnx_pb.ts';
import { definedIn, graphsIn, withSubgraphs } from './subgraphs.ts';

/** Functions that call functions can make a small file grow without bound: nodes of any file, and per byte. */
const MANY_NODES = 20_000;
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
export function inlineFunctions(
  model: ModelProto,
  graph: GraphProto,
  bytes: number,
  what: string,
): NodeProto[] {
  const functions = inlinable(model);
  if (functions.size === 0) return graph.node;
  const taken = new Set(definedIn(graph));
  for (const { output } of withSubgraphs(graph.node)) for (const name of output) taken.add(name);
  const nodes: NodeProto[] = [];
  const most = MANY_NODES + bytes;
  let made = 0;
  const add = (node: NodeProto, depth: number): void => {
    const body = functions.get(keyOfCall(node));
    if (!body) {
      nodes.push(node);
      return;
    }
    made += 1 + body.node.length;
    if (made > most) throw fileError(what, `its functions make more than ${most} nodes`);
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
  const fresh = (name: string): string => {
    let made = `${prefix}/${name}`;
    for (let n = 2; taken.has(made); n++) made = `${prefix}/${name}.${n}`;
    taken.add(made);
    return made;
  };
  const rename = (name: string): string => {
    if (name === '') return '';
    const known = names.get(name);
    if (known !== undefined) return known;
    const made = fresh(name);
    names.set(name, made);
    return made;
  };
  const bound = new Map(body.attributeProto.map((one) => [one.name, one]));
  for (const one of call.attribute) bound.set(one.name, one);
  const inner = body.node.map((node, i) => {
    const copy = clone(NodeProtoSchema, node);
    copy.name = `${prefix}/${node.name || `${node.opType}_${i}`}`;
    bind(copy, { rename, fresh, bound });
    return copy;
  });
  return [...inner, ...aliases];
}

const identity = (from: string, to: string): NodeProto =>
  create(NodeProtoSchema, { name: to, opType: 'Identity', input: [from], output: [to] });

interface Binding {
  /** What a name of the function's body is in the graph. */
  readonly rename: (name: string) => string;
  /** A name that the graph does not have. */
  readonly fresh: (name: string) => string;
  readonly bound: ReadonlyMap<string, AttributeProto>;
}

/** Renames what a node reads and gives, and fills in the attributes of the call; subgraphs included. */
function bind(node: NodeProto, binding: Binding): void {
  const { rename, bound } = binding;
  node.input = node.input.map(rename);
  node.output = node.output.map(rename);
  // Before those of the call are filled in, whose names are the caller's.
  for (const graph of graphsIn(node)) bindGraph(graph, binding);
  node.attribute = node.attribute.flatMap((attribute) => {
    if (attribute.refAttrName === '') return [attribute];
    const given = bound.get(attribute.refAttrName);
    if (!given) return [];
    const copy = clone(AttributeProtoSchema, given);
    copy.name = attribute.name;
    return [copy];
  });
}

/** What a subgraph defines must not have the name of something around the call. */
function bindGraph(graph: GraphProto, binding: Binding): void {
  const own = new Map<string, string>();
  for (const name of definedIn(graph)) if (name !== '') own.set(name, binding.fresh(name));
  const rename = (name: string) => own.get(name) ?? binding.rename(name);
  for (const one of graph.node) bind(one, { ...binding, rename });
  const sparse = graph.sparseInitializer.flatMap(({ values }) => values ?? []);
  const named = [...graph.input, ...graph.output, ...graph.initializer, ...graph.valueInfo];
  for (const one of [...named, ...sparse]) one.name = rename(one.name);
}
