/** Nodes that reparam does not know, for people: what is the cause, and how much follows from it. */
import type { OpaqueNode } from '../formats/onnx/model.ts';

const READS_UNKNOWN = /^reads "(.*)", (?:the shape of which is not known|which is )/;

/** Whether it could be imported, if only it were known what another of them gives. */
function follows({ why }: OpaqueNode, given: ReadonlySet<string>): boolean {
  const name = READS_UNKNOWN.exec(why)?.[1];
  return name !== undefined && given.has(name);
}

/** A line for each cause, and one for all others. */
export function listOpaque(opaque: readonly OpaqueNode[]): string[] {
  const given = new Set(opaque.flatMap(({ outputs }) => outputs));
  const causes = opaque.filter((node) => !follows(node, given));
  const rest = opaque.length - causes.length;
  return [
    ...causes.map(({ op, name, why }) => `  ${op} "${name}": ${why}`),
    ...(rest > 0 ? [`  and ${rest} more that ${rest === 1 ? 'follows' : 'follow'} from them`] : []),
  ];
}
