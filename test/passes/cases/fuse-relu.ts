import type { Cases } from './types.ts';

export const fuseRelu: Cases = {
  'into a convolution': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[3,3,1,1]
        const %b : f32[3]
        const %pad : f32[3]
        %c = conv2d %x, %w, %b, %pad {pads=[1,1,1,1]}
        %y = relu %c
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[3,3,1,1]
        const %b : f32[3]
        const %pad : f32[3]
        %y = conv2d %x, %w, %b, %pad {pads=[1,1,1,1], act="relu"}
        return %y
      }`,
  },
  'into a linear layer': {
    before: `
      graph g(%x: f32[2,3]) {
        const %w : f32[4,3]
        %c = linear %x, %w
        %y = gelu %c {tanh=1}
        return %y
      }`,
    after: `
      graph g(%x: f32[2,3]) {
        const %w : f32[4,3]
        %y = linear %x, %w {act="gelu", actParams=[1]}
        return %y
      }`,
  },
  'into a sum': {
    before: `
      graph g(%x: f32[2,3], %z: f32[2,3]) {
        %s = sum %x, %z, %x
        %y = clip %s {min=-0.5, max=0.75}
        return %y
      }`,
    after: `
      graph g(%x: f32[2,3], %z: f32[2,3]) {
        %y = sum %x, %z, %x {act="clip", actParams=[-0.5,0.75]}
        return %y
      }`,
  },
  'the first of two': {
    before: `
      graph g(%x: f32[2,3]) {
        const %w : f32[4,3]
        const %b : f32[4]
        %c = linear %x, %w, %b
        %a = hardSigmoid %c {alpha=0.3, beta=0.4}
        %y = silu %a
        return %y
      }`,
    after: `
      graph g(%x: f32[2,3]) {
        const %w : f32[4,3]
        const %b : f32[4]
        %a = linear %x, %w, %b {act="hardSigmoid", actParams=[0.3,0.4]}
        %y = silu %a
        return %y
      }`,
  },
};
