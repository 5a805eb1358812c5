/** Puts a shader and its bindings together, so that declarations and bindings cannot disagree. */
import { ReparamError, type ValueId } from '../ir/index.ts';
import type { Operand, Step, StepBinding } from './kernel.ts';
import type { PackingName } from './packing.ts';
import type { DeviceProfile, Pipeline, Word } from './plan.ts';

type Element = 'f32' | 'vec4f';

export const u32 = (name: string, value: number): Word => ({ name, type: 'u32', value });
export const i32 = (name: string, value: number): Word => ({ name, type: 'i32', value });

/** Word values are at most the greatest float32, since WGSL has no infinities. */
const GREATEST = 3.4028234663852886e38;
export const f32 = (name: string, value: number): Word => ({
  name,
  type: 'f32',
  value: Math.min(Math.max(value, -GREATEST), GREATEST),
});

export interface ShaderCode {
  readonly kernel: string;
  /** The candidate's label. */
  readonly label?: string;
  /** Sizes and parameters; WGSL reads them as `p.name`. `p.count` is the number of invocations. */
  readonly words: readonly Word[];
  /** How many invocations do something; with `lanes`, how many workgroups. */
  readonly invocations: number;
  readonly workgroupSize?: number;
  /**
   * The size of a subgroup, for kernels that need subgroups: a workgroup is one, `index` is the same for
   * all of it, and `lane` counts within it.
   */
  readonly lanes?: number;
  /** Functions before `main`. */
  readonly functions?: string;
  /** The body of `main`, once for each `index` below `p.count`. */
  readonly body: string;
}

export interface Binder {
  /** Binds what an operand holds and returns its WGSL name; what is bound already is not bound twice. */
  readonly read: (
    name: string,
    operand: Operand,
    element?: Element,
    packing?: PackingName,
  ) => string;
  readonly write: (name: string, value: ValueId, element?: Element) => string;
  readonly step: (code: ShaderCode) => Step;
}

/** Collects the bindings of one dispatch in the order of the calls; the uniform comes last. */
export function binder(device: DeviceProfile): Binder {
  const bound = new Map<string, string>();
  const bindings: StepBinding[] = [];
  const declarations: string[] = [];
  const layout: Pipeline['layout'][number][] = [];
  const declare = (space: string, name: string, type: string) =>
    declarations.push(`@group(0) @binding(${declarations.length}) var<${space}> ${name}: ${type};`);
  return {
    read(name, operand, element = 'f32', packing = 'plain') {
      const key = `${operand.kind} ${packing} ${element} ${operand.id}`;
      const known = bound.get(key);
      if (known !== undefined) return known;
      bound.set(key, name);
      bindings.push(
        operand.kind === 'constant'
          ? { kind: 'weight', source: operand.id, packing }
          : { kind: 'read', value: operand.id },
      );
      layout.push('read');
      declare('storage, read', name, `array<${element}>`);
      return name;
    },
    write(name, value, element = 'f32') {
      bindings.push({ kind: 'write', value });
      layout.push('write');
      declare('storage, read_write', name, `array<${element}>`);
      return name;
    },
    step(code) {
      const words = [u32('count', code.invocations), ...code.words];
      bindings.push({ kind: 'uniform', words });
      layout.push('uniform');
      declare('uniform', 'p', 'Params');
      const size = code.lanes ?? code.workgroupSize ?? 64;
      const groups = code.lanes ? code.invocations : Math.ceil(code.invocations / size);
      const wgsl = printShader(code, words, declarations, size);
      const name = code.label ? `${code.kernel} ${code.label}` : code.kernel;
      return {
        kernel: code.kernel,
        label: code.label ?? '',
        pipeline: { key: `${name} ${hash(wgsl)}`, wgsl, layout },
        workgroups: spread(groups, device),
        bindings,
      };
    },
  };
}

function printShader(
  code: ShaderCode,
  words: readonly Word[],
  declarations: readonly string[],
  size: number,
): string {
  const fields = words.map(({ name, type }) => `  ${name}: ${type},`);
  const flat = '(group.z * groups.y + group.y) * groups.x + group.x';
  return [
    ...(code.lanes ? ['enable subgroups;'] : []),
    `struct Params {\n${fields.join('\n')}\n}`,
    declarations.join('\n'),
    ...(code.functions ? [code.functions.trim()] : []),
    `@compute @workgroup_size(${size})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  ${code.lanes ? '@builtin(subgroup_invocation_id) lane' : '@builtin(local_invocation_index) local'}: u32,
) {
  let index = ${code.lanes ? flat : `(${flat}) * ${size}u + local`};
  if (index >= p.count) {
    return;
  }
${indent(code.body)}
}
`,
  ].join('\n\n');
}

/** The text with every line indented, its blank lines at both ends left out. */
export const indent = (text: string, by = 2): string =>
  text
    .replace(/^\s*\n|\s+$/g, '')
    .split('\n')
    .map((line) => (line.trim() === '' ? '' : ' '.repeat(by) + line))
    .join('\n');

/** How many operands a dispatch can read beside what it writes; a bind group is limited, too. */
export const mostReads = ({ limits }: DeviceProfile): number =>
  Math.min(limits.maxStorageBuffersPerShaderStage - 1, 64);

/** Workgroups over as many dimensions as the limit makes necessary; at least `count`. */
export function spread(count: number, { limits }: DeviceProfile): [number, number, number] {
  const limit = limits.maxComputeWorkgroupsPerDimension;
  const z = Math.ceil(count / limit ** 2);
  const y = Math.ceil(count / z / limit);
  const x = Math.ceil(count / z / y);
  if (z > limit) throw new ReparamError('limit', `${count} workgroups are more than ${limit}^3`);
  return [x, y, z];
}

/** 53 bits of the text (cyrb53), so that equal shaders have equal keys. */
function hash(text: string): string {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(16).padStart(14, '0');
}
