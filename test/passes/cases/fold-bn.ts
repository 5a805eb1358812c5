import type { Cases } from './types.ts';

export const foldBn: Cases = {
  'a convolution without a bias': {
    before: `
      graph g(%x: f32[2,3,5,6]) {
        const %w : f32[4,3,3,2]
        const %gamma : f32[4]
        const %beta : f32[4]
        const %mean : f32[4]
        const %var : f32[4]
        %c = conv2d %x, %w {pads=[1,0,2,1]}
        %y = batchNorm %c, %gamma, %beta, %mean, %var {epsilon=0.1}
        return %y
      }`,
    after: `
      graph g(%x: f32[2,3,5,6]) {
        const %y.folded.weight : f32[4,3,3,2]
        const %y.folded.bias : f32[4]
        %y = conv2d %x, %y.folded.weight, %y.folded.bias {pads=[1,0,2,1]}
        return %y
      }`,
  },
  'a convolution with a bias': {
    before: `
      graph g(%x: f32[2,3,5,6]) {
        const %w : f32[4,3,3,2]
        const %b : f32[4]
        const %gamma : f32[4]
        const %beta : f32[4]
        const %mean : f32[4]
        const %var : f32[4]
        %c = conv2d %x, %w, %b {strides=[2,1], dilations=[1,2]}
        %y = batchNorm %c, %gamma, %beta, %mean, %var {epsilon=0.1}
        return %y
      }`,
    after: `
      graph g(%x: f32[2,3,5,6]) {
        const %y.folded.weight : f32[4,3,3,2]
        const %y.folded.bias : f32[4]
        %y = conv2d %x, %y.folded.weight, %y.folded.bias {strides=[2,1], dilations=[1,2]}
        return %y
      }`,
  },
  'the padding value stays': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[4,3,3,3]
        const %pad : f32[3]
        const %gamma : f32[4]
        const %beta : f32[4]
        const %mean : f32[4]
        const %var : f32[4]
        %c = conv2d %x, %w, _, %pad {pads=[1,1,1,1]}
        %y = batchNorm %c, %gamma, %beta, %mean, %var {epsilon=0.1}
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %pad : f32[3]
        const %y.folded.weight : f32[4,3,3,3]
        const %y.folded.bias : f32[4]
        %y = conv2d %x, %y.folded.weight, %y.folded.bias, %pad {pads=[1,1,1,1]}
        return %y
      }`,
  },
  'the padding value stays, computed as it may be': {
    before: `
      graph g(%x: f32[1,3,4,4], %p: f32[3]) {
        const %w : f32[4,3,3,3]
        const %b : f32[4]
        const %gamma : f32[4]
        const %beta : f32[4]
        const %mean : f32[4]
        const %var : f32[4]
        %pad = relu %p
        %c = conv2d %x, %w, %b, %pad {pads=[1,1,1,1]}
        %y = batchNorm %c, %gamma, %beta, %mean, %var {epsilon=0.1}
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4], %p: f32[3]) {
        const %y.folded.weight : f32[4,3,3,3]
        const %y.folded.bias : f32[4]
        %pad = relu %p
        %y = conv2d %x, %y.folded.weight, %y.folded.bias, %pad {pads=[1,1,1,1]}
        return %y
      }`,
  },
  groups: {
    before: `
      graph g(%x: f32[1,6,4,4]) {
        const %w : f32[4,3,3,3]
        const %b : f32[4]
        const %gamma : f32[4]
        const %beta : f32[4]
        const %mean : f32[4]
        const %var : f32[4]
        %c = conv2d %x, %w, %b {group=2}
        %y = batchNorm %c, %gamma, %beta, %mean, %var {epsilon=0.1}
        return %y
      }`,
    after: `
      graph g(%x: f32[1,6,4,4]) {
        const %y.folded.weight : f32[4,3,3,3]
        const %y.folded.bias : f32[4]
        %y = conv2d %x, %y.folded.weight, %y.folded.bias {group=2}
        return %y
      }`,
  },
  'a large epsilon': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[4,3,1,1]
        const %gamma : f32[4]
        const %beta : f32[4]
        const %mean : f32[4]
        const %var : f32[4]
        %c = conv2d %x, %w
        %y = batchNorm %c, %gamma, %beta, %mean, %var {epsilon=10}
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %y.folded.weight : f32[4,3,1,1]
        const %y.folded.bias : f32[4]
        %y = conv2d %x, %y.folded.weight, %y.folded.bias
        return %y
      }`,
  },
  'one after the other': {
    before: `
      graph g(%x: f32[N,3,H,W]) {
        const %w : f32[2,3,1,1]
        const %gamma : f32[2]
        const %beta : f32[2]
        const %mean : f32[2]
        const %var : f32[2]
        const %var2 : f32[2]
        %c = conv2d %x, %w
        %d = batchNorm %c, %gamma, %beta, %mean, %var {epsilon=0.1}
        %y = batchNorm %d, %beta, %gamma, %mean, %var2 {epsilon=0.2}
        return %y
      }`,
    after: `
      graph g(%x: f32[N,3,H,W]) {
        const %y.folded.weight : f32[2,3,1,1]
        const %y.folded.bias : f32[2]
        %y = conv2d %x, %y.folded.weight, %y.folded.bias
        return %y
      }`,
  },
  float64: {
    before: `
      graph g(%x: f64[1,3,4,4]) {
        const %w : f64[4,3,1,1]
        const %gamma : f64[4]
        const %beta : f64[4]
        const %mean : f64[4]
        const %var : f64[4]
        %c = conv2d %x, %w
        %y = batchNorm %c, %gamma, %beta, %mean, %var {epsilon=0.1}
        return %y
      }`,
    after: `
      graph g(%x: f64[1,3,4,4]) {
        const %y.folded.weight : f64[4,3,1,1]
        const %y.folded.bias : f64[4]
        %y = conv2d %x, %y.folded.weight, %y.folded.bias
        return %y
      }`,
  },
  'a transposed convolution, in groups': {
    before: `
      graph g(%x: f32[2,4,3,2]) {
        const %w : f32[4,3,2,3]
        const %b : f32[6]
        const %gamma : f32[6]
        const %beta : f32[6]
        const %mean : f32[6]
        const %var : f32[6]
        %c = convTranspose2d %x, %w, %b {strides=[2,1], group=2}
        %y = batchNorm %c, %gamma, %beta, %mean, %var {epsilon=0.1}
        return %y
      }`,
    after: `
      graph g(%x: f32[2,4,3,2]) {
        const %y.folded.weight : f32[4,3,2,3]
        const %y.folded.bias : f32[6]
        %y = convTranspose2d %x, %y.folded.weight, %y.folded.bias {strides=[2,1], group=2}
        return %y
      }`,
  },
};
