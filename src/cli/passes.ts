/** Choosing passes by name. */
import { InvalidArgumentError, Option } from 'commander';
import {
  canonicalRules,
  commonSubexpressions,
  deadCode,
  fixpoint,
  foldConstants,
  materialiseWeights,
  mergingRules,
  untilStable,
  type Pass,
  type Rule,
} from '../../passes/index.ts';

/** Names that stand for several others. */
const fixpoints = {
  canonicalise: canonicalRules.map(({ name }) => name),
  'merge-branches': mergingRules.map(({ name }) => name),
};
const groups: Readonly<Record<string, readonly string[]>> = {
  ...fixpoints,
  merge: [...Object.values(fixpoints).flat(), commonSubexpressions.name],
};

const singles = [deadCode, foldConstants, commonSubexpressions, materialiseWeights];
export const passNames: readonly string[] = [
  ...new Set([...singles.map(({ name }) => name), ...Object.entries(groups).flat(2)]),
];

/**
 * The pipeline with only what is named: passes, and rules of `canonicalise` and `merge-branches`. Weights are
 * always computed at the end.
 */
export function choosePasses(names: readonly string[]): Pass[] {
  const wanted = new Set(names.flatMap((name) => [name, ...(groups[name] ?? [])]));
  const only = <T extends { readonly name: string }>(all: readonly T[]): T[] =>
    all.filter(({ name }) => wanted.has(name));
  const fixpointOf = (name: string, rules: readonly Rule[]): Pass[] =>
    rules.length > 0 ? [fixpoint(name, rules)] : [];
  const merging = [
    ...fixpointOf('canonicalise', only(canonicalRules)),
    ...only([commonSubexpressions]),
    ...fixpointOf('merge-branches', only(mergingRules)),
  ];
  return [
    ...only([deadCode, foldConstants]),
    ...(merging.length > 0 ? [untilStable('merge', merging)] : []),
    ...only([deadCode]),
    materialiseWeights,
  ];
}

export const passesOption = (): Option =>
  new Option('--passes <names>', `run only these, separated by commas: ${passNames.join(', ')}`)
    .default(undefined, 'all')
    .argParser((text: string): Pass[] => {
      const names = text.split(',').map((name) => name.trim());
      const unknown = names.find((name) => !passNames.includes(name));
      if (unknown === undefined) return choosePasses(names);
      throw new InvalidArgumentError(
        `There is no pass '${unknown}'; there are ${passNames.join(', ')}.`,
      );
    });
