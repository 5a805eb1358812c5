/** A rewrite rule: an identity, what it applies to, when, and how. One rule a file, in `rules/`. */
import type { AttrsOf, Constant, OpName, Value, ValueId, View } from '../ir/index.ts';
import type { Pattern } from './pattern.ts';

/** Whether it holds; a string means no, and gives the figures. */
export type Condition<B> = (match: B, g: View) => boolean | string;
/** Keyed by the sentence that explains a refusal. */
export type Conditions<B> = Readonly<Record<string, Condition<B>>>;

/** What the matched root becomes: another node with the same output, or another value. */
export type Replacement = NewNode | ValueId;
export type NewNode = {
  [K in OpName]: {
    readonly op: K;
    readonly inputs: readonly (ValueId | null)[];
    readonly attrs?: Partial<AttrsOf<K>>;
  };
}[OpName];

/** What a rewrite may add before the root. Names are made unique. */
export interface Build {
  readonly constant: (name: string, constant: Constant) => ValueId;
  readonly node: (name: string, node: NewNode) => ValueId;
  readonly value: (id: ValueId) => Value;
}

export interface Rule<B extends object = object> {
  /** The file's name. */
  readonly name: string;
  /** The equation that makes it right. */
  readonly identity: string;
  readonly pattern: Pattern<B>;
  /** Without these the result would differ. */
  readonly sound: Conditions<B>;
  /** Without these the result would be the same, but the graph no better. */
  readonly worth: Conditions<B>;
  readonly rewrite: (match: B, build: Build, g: View) => Replacement;
}

type RuleSpec<B extends object> = Omit<Rule<B>, 'sound' | 'worth'> &
  Partial<Pick<Rule<B>, 'sound' | 'worth'>>;

/** Checks the types of a rule and forgets what its pattern binds, so that rules go into one list. */
export function rule<B extends object>(spec: RuleSpec<B>): Rule {
  return { sound: {}, worth: {}, ...spec } as unknown as Rule;
}

export interface Refusal {
  readonly why: string;
  readonly condition: 'sound' | 'worth';
}

/** Why a rule does not apply to a match, or null. */
export function refusal(r: Rule, match: object, g: View): Refusal | null {
  for (const condition of ['sound', 'worth'] as const) {
    for (const [sentence, holds] of Object.entries(r[condition])) {
      const result = holds(match, g);
      if (result === true) continue;
      return { why: result === false ? sentence : `${sentence}: ${result}`, condition };
    }
  }
  return null;
}
