/** The buffers that a plan needs besides its weights, each with the words that name its owner. */
import type { Binding, Plan, Word } from '../../codegen/index.ts';
import { paddedSize, type Request } from './memory.ts';
import { usage } from './webgpu.ts';

/** Buffer `index` of the plan. It is known by its largest value: that is the one to make smaller. */
export function activationRequest(plan: Plan, index: number): Request {
  let largest = { value: plan.name, bytes: 0 };
  const consider = (value: string, { buffer, bytes }: { buffer: number; bytes: number }) => {
    if (buffer === index && bytes > largest.bytes) largest = { value, bytes };
  };
  for (const { name, region } of [...plan.inputs, ...plan.outputs]) consider(name, region);
  for (const { bindings } of plan.dispatches) {
    for (const binding of bindings) {
      if ('region' in binding) consider(binding.value, binding.region);
    }
  }
  return {
    owner: `the activations of "${plan.name}", the largest being "${largest.value}"`,
    subject: largest.value,
    bytes: plan.buffers[index]!,
    usage: usage.storage | usage.copySrc | usage.copyDst,
  };
}

/** Where each output begins in the readback buffer. */
export function readbackOffsets(plan: Plan): number[] {
  let end = 0;
  return plan.outputs.map(({ region }) => {
    const offset = end;
    // Mapping a range wants multiples of 8 for where it begins.
    end = Math.ceil((offset + paddedSize(region.bytes)) / 8) * 8;
    return offset;
  });
}

export function readbackRequest(plan: Plan): Request {
  const last = plan.outputs.at(-1)?.region.bytes ?? 0;
  return {
    owner: `reading the outputs of "${plan.name}"`,
    subject: plan.name,
    bytes: (readbackOffsets(plan).at(-1) ?? 0) + last,
    usage: usage.mapRead | usage.copyDst,
  };
}

/** The uniform blocks of a plan, which share one buffer. */
export interface Uniforms {
  readonly offsets: ReadonlyMap<Binding, number>;
  readonly request: Request;
}

/** WebGPU's default alignment, which holds on every device. */
const uniformAlignment = 256;

/** WGSL may round the size of a struct up to 16 bytes. */
export const uniformSize = (words: readonly Word[]): number => Math.ceil(words.length / 4) * 16;

export function layOutUniforms(plan: Plan): Uniforms {
  const offsets = new Map<Binding, number>();
  const blocks: { offset: number; words: readonly Word[] }[] = [];
  let end = 0;
  for (const binding of plan.dispatches.flatMap(({ bindings }) => bindings)) {
    if (binding.kind !== 'uniform') continue;
    blocks.push({ offset: end, words: binding.words });
    offsets.set(binding, end);
    end += Math.ceil(uniformSize(binding.words) / uniformAlignment) * uniformAlignment;
  }
  const contents = new Uint8Array(end);
  const view = new DataView(contents.buffer);
  for (const { offset, words } of blocks) {
    words.forEach((word, i) => setWord(view, offset + 4 * i, word));
  }
  const owner = `the sizes of "${plan.name}"`;
  const request = { owner, subject: plan.name, bytes: end, contents };
  return { offsets, request: { ...request, usage: usage.uniform | usage.copyDst } };
}

function setWord(view: DataView, offset: number, { type, value }: Word): void {
  if (type === 'u32') view.setUint32(offset, value, true);
  else if (type === 'i32') view.setInt32(offset, value, true);
  else view.setFloat32(offset, value, true);
}
