/** Whether two models take and give the same, so that they can be compared. */
import { createHash } from 'node:crypto';
import { view, type Dim, type Value } from '../../ir/index.ts';
import type { ModelFile } from './model-files.ts';

/** `batch,3,H,W` and `N,3,h,w` are alike: what an open size is called does not matter. */
function shapePrinter(): (value: Value) => string {
  const symbols: string[] = [];
  const number = (symbol: string): string => {
    if (!symbols.includes(symbol)) symbols.push(symbol);
    return `size${symbols.indexOf(symbol)}`;
  };
  const print = (size: Dim): string =>
    String(size).replaceAll(/[A-Za-z_]\w*/g, (word) => (word === 'floor' ? word : number(word)));
  return ({ dtype, shape }) => `${dtype}[${shape.map(print).join()}]`;
}

/** Tells apart nodes of one operator with other attributes or constants. */
function digestOf(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, 8);
}

/** In words, or null where there is none. Opaque nodes have to be the same, too, in what they read and give. */
export function interfaceDifference(a: ModelFile, b: ModelFile): string | null {
  const opaque = ({ opaque: all, onnx }: ModelFile) =>
    all.map((node) => {
      const { op, inputs, outputs } = node;
      const digest = digestOf(onnx?.encode(node) ?? []);
      return `${op}(${inputs.join()}) -> ${outputs.join()} #${digest}`;
    });
  const ports = ({ graph }: ModelFile) => {
    const print = shapePrinter();
    const inputs = graph.inputs.map((value) => `${value.id} ${print(value)}`);
    const valueOf = (id: string) => view(graph).value(id);
    const outputs = graph.outputs.map(({ name, value }) => `${name} ${print(valueOf(value))}`);
    return { inputs, outputs };
  };
  const [first, second] = [ports(a), ports(b)];
  return (
    listDifference('operators that reparam does not know', opaque(a), opaque(b)) ??
    listDifference('inputs', first.inputs, second.inputs) ??
    listDifference('outputs', first.outputs, second.outputs)
  );
}

/** The order does not matter: all are found by their names. */
function listDifference(what: string, a: readonly string[], b: readonly string[]): string | null {
  const onlyIn = (some: readonly string[], others: readonly string[]) =>
    some.filter((one) => !others.includes(one));
  const [first, second] = [onlyIn(a, b), onlyIn(b, a)];
  if (first.length === 0 && second.length === 0) return null;
  const print = (some: readonly string[]) => (some.length > 0 ? some.join(', ') : 'nothing else');
  return `their ${what} differ: ${print(first)} in the first, ${print(second)} in the second`;
}
