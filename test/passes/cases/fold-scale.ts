import type { Cases } from './types.ts';

export const foldScale: Cases = {
  'a factor [4,1,1]': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[4,3,3,3]
        const %b : f32[4]
        const %s : f32[4,1,1]
        %c = conv2d %x, %w, %b {pads=[1,1,1,1]}
        %y = mul %c, %s
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %y.weight : f32[4,3,3,3]
        const %y.bias : f32[4]
        %y = conv2d %x, %y.weight, %y.bias {pads=[1,1,1,1]}
        return %y
      }`,
  },
  'a factor [1,4,1,1] on the left': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[4,3,3,3]
        const %b : f32[4]
        const %s : f32[1,4,1,1]
        %c = conv2d %x, %w, %b
        %y = mul %s, %c
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %y.weight : f32[4,3,3,3]
        const %y.bias : f32[4]
        %y = conv2d %x, %y.weight, %y.bias
        return %y
      }`,
  },
  'a factor of rank 0': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[4,3,3,3]
        const %b : f32[4]
        const %s : f32[]
        %c = conv2d %x, %w, %b
        %y = mul %c, %s
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %y.weight : f32[4,3,3,3]
        const %y.bias : f32[4]
        %y = conv2d %x, %y.weight, %y.bias
        return %y
      }`,
  },
  'a factor [1], without a bias': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[4,3,3,3]
        const %s : f32[1]
        %c = conv2d %x, %w
        %y = mul %c, %s
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %y.weight : f32[4,3,3,3]
        %y = conv2d %x, %y.weight
        return %y
      }`,
  },
  'groups, a padding value': {
    before: `
      graph g(%x: f32[1,6,4,4]) {
        const %w : f32[4,3,3,3]
        const %b : f32[4]
        const %pad : f32[6]
        const %s : f32[4,1,1]
        %c = conv2d %x, %w, %b, %pad {pads=[1,1,1,1], group=2}
        %y = mul %c, %s
        return %y
      }`,
    after: `
      graph g(%x: f32[1,6,4,4]) {
        const %pad : f32[6]
        const %y.weight : f32[4,3,3,3]
        const %y.bias : f32[4]
        %y = conv2d %x, %y.weight, %y.bias, %pad {pads=[1,1,1,1], group=2}
        return %y
      }`,
  },
  float64: {
    before: `
      graph g(%x: f64[1,3,4,4]) {
        const %w : f64[4,3,1,1]
        const %b : f64[4]
        const %s : f64[4,1,1]
        %c = conv2d %x, %w, %b
        %y = mul %c, %s
        return %y
      }`,
    after: `
      graph g(%x: f64[1,3,4,4]) {
        const %y.weight : f64[4,3,1,1]
        const %y.bias : f64[4]
        %y = conv2d %x, %y.weight, %y.bias
        return %y
      }`,
  },
  'a transposed convolution, in groups': {
    before: `
      graph g(%x: f32[2,4,3,2]) {
        const %w : f32[4,3,2,3]
        const %b : f32[6]
        const %s : f32[6,1,1]
        %c = convTranspose2d %x, %w, %b {strides=[2,1], group=2}
        %y = mul %c, %s
        return %y
      }`,
    after: `
      graph g(%x: f32[2,4,3,2]) {
        const %y.weight : f32[4,3,2,3]
        const %y.bias : f32[6]
        %y = convTranspose2d %x, %y.weight, %y.bias {strides=[2,1], group=2}
        return %y
      }`,
  },
};
