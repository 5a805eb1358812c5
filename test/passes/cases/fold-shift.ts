import type { Cases } from './types.ts';

export const foldShift: Cases = {
  'a term [4,1,1]': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[4,3,3,3]
        const %b : f32[4]
        const %t : f32[4,1,1]
        %c = conv2d %x, %w, %b {pads=[1,1,1,1]}
        %y = add %c, %t
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[4,3,3,3]
        const %y.bias : f32[4]
        %y = conv2d %x, %w, %y.bias {pads=[1,1,1,1]}
        return %y
      }`,
  },
  'a term [1,4,1,1] on the left, no bias': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[4,3,3,3]
        const %t : f32[1,4,1,1]
        %c = conv2d %x, %w
        %y = add %t, %c
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[4,3,3,3]
        const %y.bias : f32[4]
        %y = conv2d %x, %w, %y.bias
        return %y
      }`,
  },
  'a term of rank 0': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[4,3,3,3]
        const %t : f32[]
        %c = conv2d %x, %w
        %y = add %c, %t
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[4,3,3,3]
        const %y.bias : f32[4]
        %y = conv2d %x, %w, %y.bias
        return %y
      }`,
  },
  'a term [1,1], a padding value': {
    before: `
      graph g(%x: f32[1,6,4,4]) {
        const %w : f32[4,3,3,3]
        const %b : f32[4]
        const %pad : f32[6]
        const %t : f32[1,1]
        %c = conv2d %x, %w, %b, %pad {pads=[1,1,1,1], group=2}
        %y = add %c, %t
        return %y
      }`,
    after: `
      graph g(%x: f32[1,6,4,4]) {
        const %w : f32[4,3,3,3]
        const %pad : f32[6]
        const %y.bias : f32[4]
        %y = conv2d %x, %w, %y.bias, %pad {pads=[1,1,1,1], group=2}
        return %y
      }`,
  },
  'a kernel that another convolution reads as well': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[4,3,3,3]
        const %t : f32[4,1,1]
        %c = conv2d %x, %w
        %d = conv2d %x, %w {pads=[1,1,1,1]}
        %y = add %c, %t
        return %y, %d
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[4,3,3,3]
        const %y.bias : f32[4]
        %d = conv2d %x, %w {pads=[1,1,1,1]}
        %y = conv2d %x, %w, %y.bias
        return %y, %d
      }`,
  },
  float64: {
    before: `
      graph g(%x: f64[1,3,4,4]) {
        const %w : f64[4,3,1,1]
        const %t : f64[4,1,1]
        %c = conv2d %x, %w
        %y = add %c, %t
        return %y
      }`,
    after: `
      graph g(%x: f64[1,3,4,4]) {
        const %w : f64[4,3,1,1]
        const %y.bias : f64[4]
        %y = conv2d %x, %w, %y.bias
        return %y
      }`,
  },
  'a transposed convolution, in groups': {
    before: `
      graph g(%x: f32[2,4,3,2]) {
        const %w : f32[4,3,2,3]
        const %b : f32[6]
        const %t : f32[6,1,1]
        %c = convTranspose2d %x, %w, %b {strides=[2,1], group=2}
        %y = add %c, %t
        return %y
      }`,
    after: `
      graph g(%x: f32[2,4,3,2]) {
        const %w : f32[4,3,2,3]
        const %y.bias : f32[6]
        %y = convTranspose2d %x, %w, %y.bias {strides=[2,1], group=2}
        return %y
      }`,
  },
};
