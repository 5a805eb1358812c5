/** Puts a shader and its bindings together, so that declarations and bindings cannot disagree. */
import { ReparamError, type ValueId } from '../ir/index.ts';
import { hash } from './hash.ts';
import type { Job, Operand, Step, StepBinding } from './kernel.ts';
import type { PackingName } from './packing.ts';
import type { DeviceProfile, Pipeline, Precision, Word } from './plan.ts';
import { printShader, type ShaderCode } from './print-shader.ts';

export { indent } from './print-shader.ts';

export type Element = 'f32' | 'vec2f' | 'vec4f';

const halfOf = {
  f32: 'f16',
  vec2f: 'vec2<f16>',
  vec4f: 'vec4<f16>',
} as const satisfies Record<Element, string>;

export const u32 = (name: string, value: number): Word => ({ name, type: 'u32', value });
export const i32 = (name: string, value: number): Word => ({ name, type: 'i32', value });

/** Word values are at most the greatest float32, since WGSL has no infinities. */
const GREATEST = 3.4028234663852886e38;
export const f32 = (name: string, value: number): Word => ({
  name,
  type: 'f32',
  value: Math.min(Math.max(value, -GREATEST), GREATEST),
});

/** The WGSL of the element at an index, in float32 however it is stored: `x('i + 1u')`. */
export type Read = (index: string) => string;

/** The WGSL that stores a float32 value at an index, without a semicolon: `y('i', 'sum * 2.0')`. */
export type Write = (index: string, value: string) => string;

type WeightedJob = Pick<
  Job<'conv2d'> | Job<'convTranspose2d'> | Job<'linear'>,
  'inputs' | 'weights'
>;

/** How the weights of a job are stored, where its kernel can load either. */
export function weightType({ inputs, weights }: WeightedJob): Precision {
  const { kind, type } = inputs[1]!;
  return kind === 'constant' ? weights : type;
}

export interface Binder {
  /** Binds what an operand holds; what is bound already is not bound twice. */
  readonly read: (name: string, operand: Operand, element?: Element, packing?: PackingName) => Read;
  /** Binds the job's weights, in float16 where the job asks for it. */
  readonly weights: (
    job: WeightedJob,
    element: Element,
    packing: PackingName,
    name?: string,
  ) => Read;
  /** As `read`; what is read already is then written in place. */
  readonly write: (name: string, operand: Pick<Operand, 'id' | 'type'>, element?: Element) => Write;
  readonly step: (code: ShaderCode) => Step;
}

/** A binding and its declaration in the shader. */
interface Bound {
  readonly name: string;
  readonly type: string;
  access: Pipeline['layout'][number];
  binding: StepBinding;
  /** What a second use of the same must equal. */
  readonly key: string;
}

const spaces = {
  read: 'storage, read',
  write: 'storage, read_write',
  uniform: 'uniform',
} as const satisfies Record<Bound['access'], string>;

const arrayOf = (element: Element, type: Precision) =>
  `array<${type === 'f16' ? halfOf[element] : element}>`;

const reader =
  (name: string, element: Element, type: Precision): Read =>
  (index) =>
    type === 'f16' ? `${element}(${name}[${index}])` : `${name}[${index}]`;

const GREATEST_HALF = '65504.0';

/** In float16 the greatest number stands for all beyond it: WGSL leaves open what they become. */
function writer(name: string, element: Element, type: Precision): Write {
  const most = element === 'f32' ? GREATEST_HALF : `${element}(${GREATEST_HALF})`;
  return (index, value) =>
    type === 'f16'
      ? `${name}[${index}] = ${halfOf[element]}(clamp(${value}, -${most}, ${most}))`
      : `${name}[${index}] = ${value}`;
}

/** Collects the bindings of one dispatch in the order of the calls; the uniform comes last. */
export function binder(device: DeviceProfile): Binder {
  const bound: Bound[] = [];
  const find = (key: string) => bound.find((one) => one.key === key);
  const activationKey = (element: Element, id: ValueId) => `activation plain ${element} ${id}`;
  const self: Binder = {
    read(name, operand, element = 'f32', packing = 'plain') {
      const { kind, id, type } = operand;
      const key =
        kind === 'constant' ? `constant ${packing} ${element} ${id}` : activationKey(element, id);
      const known = find(key);
      if (known) return reader(known.name, element, type);
      const binding: StepBinding =
        kind === 'constant'
          ? { kind: 'weight', source: id, packing, type }
          : { kind: 'read', value: id };
      bound.push({ name, type: arrayOf(element, type), access: 'read', binding, key });
      return reader(name, element, type);
    },
    weights(job, element, packing, name = 'weights') {
      return self.read(name, { ...job.inputs[1]!, type: weightType(job) }, element, packing);
    },
    write(name, { id, type }, element = 'f32') {
      const key = activationKey(element, id);
      const binding: StepBinding = { kind: 'write', value: id };
      const known = find(key);
      if (!known) {
        bound.push({ name, type: arrayOf(element, type), access: 'write', binding, key });
        return writer(name, element, type);
      }
      // In place: WebGPU takes one binding for both, not two of the same memory.
      Object.assign(known, { access: 'write', binding } satisfies Partial<Bound>);
      return writer(known.name, element, type);
    },
    step(code) {
      const words = [u32('count', code.invocations), ...code.words];
      const all: Bound[] = [
        ...bound,
        {
          name: 'p',
          type: 'Params',
          access: 'uniform',
          binding: { kind: 'uniform', words },
          key: '',
        },
      ];
      const size = code.lanes ?? code.workgroupSize ?? 64;
      const isWhole = code.lanes !== undefined || code.together;
      const groups = isWhole ? code.invocations : Math.ceil(code.invocations / size);
      const declarations = all.map(
        ({ name, type, access }, i) =>
          `@group(0) @binding(${i}) var<${spaces[access]}> ${name}: ${type};`,
      );
      const wgsl = printShader(code, words, declarations, size);
      const name = code.label ? `${code.kernel} ${code.label}` : code.kernel;
      return {
        kernel: code.kernel,
        label: code.label ?? '',
        pipeline: { key: `${name} ${hash(wgsl)}`, wgsl, layout: all.map(({ access }) => access) },
        workgroups: spread(groups, device),
        bindings: all.map(({ binding }) => binding),
        ...(code.conversions && { conversions: code.conversions }),
      };
    },
  };
  return self;
}

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
