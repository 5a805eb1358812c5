/** Kernels that are said to be fast and are not what they seem. */
import type { Kernel } from '../../codegen/index.ts';
import { convDirect } from '../../codegen/kernels/conv-direct.ts';

/** `conv-direct` under another name, its shader changed; by its own estimate it is faster than all others. */
export const tampered = (
  name: string,
  change: (wgsl: string) => string,
  cost = 1,
): Kernel<'conv2d'> => ({
  ...convDirect,
  name,
  candidates: (job, device) =>
    convDirect.candidates(job, device).map((candidate) => ({
      label: '',
      cost,
      emit: () => {
        const { steps, temporaries } = candidate.emit();
        const altered = steps.map((step) => {
          const wgsl = change(step.pipeline.wgsl);
          const pipeline = { ...step.pipeline, key: `${name} of ${step.pipeline.key}`, wgsl };
          return { ...step, kernel: name, pipeline };
        });
        return { steps: altered, temporaries };
      },
    })),
});

const replacing = (from: string, to: string) => (wgsl: string) => {
  if (!wgsl.includes(from)) throw new Error(`the shader has no ${from}`);
  return wgsl.replace(from, to);
};

/** As right as the one it is made of. */
export const honest = tampered('honest', (wgsl) => wgsl);

export const wrongKernels = [
  tampered('no-last-channel', replacing('c < p.perGroup;', 'c < p.perGroup - 1u;')),
  tampered('no-bias', replacing('var result = bias[o];', 'var result = 0.0;')),
  tampered('no-last-column', replacing('j < p.kernelWidth;', 'j < p.kernelWidth - 1;')),
  tampered('no-padding', replacing('var value = outside;', 'var value = 0.01;')),
  tampered(
    'last-element',
    replacing('let top =', 'if (index == p.count - 1u) { return; }\nlet top ='),
  ),
  // Right in new memory, and wherever it runs on the same data again.
  tampered('stale', replacing('let top =', 'if (y[index] != 0.0) { return; }\nlet top =')),
  tampered('not-cleared', replacing('y[index] = ', 'y[index] += ')),
  tampered('no-activation', replacing('return max(x, 0.0);', 'return x;')),
  tampered(
    'no-number',
    replacing('var result = bias[o];', 'var result = bias[o] / f32(p.left - p.left);'),
  ),
  tampered(
    'coarse',
    // As exact as float16.
    replacing(
      'result += weights[at] *',
      'result += bitcast<f32>(bitcast<u32>(weights[at]) & 0xffffe000u) *',
    ),
  ),
];

/** Its shader does not compile. */
export const broken = tampered('broken', replacing('fn main(', 'function main('));
