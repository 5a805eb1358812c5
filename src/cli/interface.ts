/** Whether two models take and give the same, so that they can be compared. */
import { printType, view } from '../../ir/index.ts';
import type { ModelFile } from './model-files.ts';

/** In words, or null where there is none. Opaque nodes have to be the same, too, in what they read and give. */
export function interfaceDifference(a: ModelFile, b: ModelFile): string | null {
  const opaque = ({ opaque: all }: ModelFile) =>
    all.map(({ op, inputs, outputs }) => `${op}(${inputs.join()}) -> ${outputs.join()}`);
  const inputs = ({ graph }: ModelFile) => graph.inputs.map((v) => `${v.id} ${printType(v)}`);
  const outputs = ({ graph }: ModelFile) =>
    graph.outputs.map(({ name, value }) => `${name} ${printType(view(graph).value(value))}`);
  return (
    listDifference('operators that reparam does not know', opaque(a), opaque(b)) ??
    listDifference('inputs', inputs(a), inputs(b)) ??
    listDifference('outputs', outputs(a), outputs(b))
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
