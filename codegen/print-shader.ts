/** The text of a shader around the body of a kernel. */
import type { Word } from './plan.ts';

export interface ShaderCode {
  readonly kernel: string;
  /** The candidate's label. */
  readonly label?: string;
  /** As in `Step`. */
  readonly conversions?: 1 | 2;
  /** Sizes and parameters; WGSL reads them as `p.name`. `p.count` is the number of invocations. */
  readonly words: readonly Word[];
  /** How many invocations do something; with `lanes` or `together`, how many workgroups. */
  readonly invocations: number;
  readonly workgroupSize?: number;
  /**
   * The workgroup shares memory and meets at barriers: `index` is the same for all of it, and `local` counts
   * within it.
   */
  readonly together?: true;
  /**
   * The size of a subgroup, for kernels that need subgroups: a workgroup is one, `index` is the same for
   * all of it, and `lane` counts within it.
   */
  readonly lanes?: number;
  /**
   * With `together`, for kernels that need subgroups, of whatever size: `local` counts so that each so many
   * invocations, a power of two, are lanes of one subgroup, from `firstLane` on. A subgroup must have a multiple
   * of them.
   */
  readonly groupsOf?: number;
  /** Functions before `main`. */
  readonly functions?: string;
  /** The body of `main`, once for each `index` below `p.count`. */
  readonly body: string;
}

export function printShader(
  code: ShaderCode,
  words: readonly Word[],
  declarations: readonly string[],
  size: number,
): string {
  const { lanes, groupsOf } = code;
  const fields = words.map(({ name, type }) => `  ${name}: ${type},`);
  const flat = '(group.z * groups.y + group.y) * groups.x + group.x';
  return [
    ...(lanes || groupsOf ? ['enable subgroups;'] : []),
    ...(declarations.some((one) => one.includes('f16')) ? ['enable f16;'] : []),
    `struct Params {\n${fields.join('\n')}\n}`,
    declarations.join('\n'),
    ...(code.functions ? [code.functions.trim()] : []),
    ...(groupsOf ? ['var<workgroup> numbered: atomic<u32>;'] : []),
    `@compute @workgroup_size(${size})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  ${lanes || groupsOf ? '@builtin(subgroup_invocation_id) lane' : '@builtin(local_invocation_index) local'}: u32,
) {
  let index = ${lanes || code.together ? flat : `(${flat}) * ${size}u + local`};
  if (index >= p.count) {
    return;
  }
${groupsOf ? numberGroups(groupsOf) : ''}${indent(code.body)}
}
`,
  ].join('\n\n');
}

/**
 * WGSL leaves open which invocations of a workgroup share a subgroup, and `subgroup_id` is not everywhere: groups
 * are numbered as they come. Within a subgroup, the lanes of invocations count from zero without gaps. The barrier
 * is for SwiftShader, where each subgroup clears the workgroup's memory when it begins.
 */
const numberGroups = (size: number): string =>
  `
  workgroupBarrier();
  let firstLane = lane / ${size}u * ${size}u;
  let number = atomicAdd(&numbered, select(0u, 1u, lane == firstLane));
  let local = subgroupShuffle(number, firstLane) * ${size}u + lane - firstLane;
`.slice(1);

/** The text with every line indented, its blank lines at both ends left out. */
export const indent = (text: string, by = 2): string =>
  text
    .replace(/^\s*\n|\s+$/g, '')
    .split('\n')
    .map((line) => (line.trim() === '' ? '' : ' '.repeat(by) + line))
    .join('\n');
