import type { Cases } from './types.ts';

export const sumParallelConvs: Cases = {
  'two kernels': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %v : f32[4,3,3,3]
        const %w : f32[4,3,3,3]
        %c = conv2d %x, %v {pads=[1,1,1,1]}
        %d = conv2d %x, %w {pads=[1,1,1,1]}
        %y = sum %c, %d
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %y.weight : f32[4,3,3,3]
        %y = conv2d %x, %y.weight {pads=[1,1,1,1]}
        return %y
      }`,
  },
  'one bias of two': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %v : f32[4,3,3,3]
        const %b : f32[4]
        const %w : f32[4,3,3,3]
        %c = conv2d %x, %v, %b
        %d = conv2d %x, %w
        %y = sum %d, %c
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
  'two biases, stride 2, dilation 2': {
    before: `
      graph g(%x: f32[1,3,7,6]) {
        const %v : f32[4,3,3,2]
        const %a : f32[4]
        const %w : f32[4,3,3,2]
        const %b : f32[4]
        %c = conv2d %x, %v, %a {strides=[2,1], dilations=[2,1]}
        %d = conv2d %x, %w, %b {strides=[2,1], dilations=[2,1]}
        %y = sum %d, %c
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,7,6]) {
        const %y.weight : f32[4,3,3,2]
        const %y.bias : f32[4]
        %y = conv2d %x, %y.weight, %y.bias {strides=[2,1], dilations=[2,1]}
        return %y
      }`,
  },
  'two transposed, one bias of two': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %v : f32[3,4,4,4]
        const %w : f32[3,4,4,4]
        const %b : f32[4]
        %c = convTranspose2d %x, %v {strides=[2,2], pads=[1,1,1,1]}
        %d = convTranspose2d %x, %w, %b {strides=[2,2], pads=[1,1,1,1]}
        %y = sum %c, %d {act="relu"}
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %y.weight : f32[3,4,4,4]
        const %y.bias : f32[4]
        %y = convTranspose2d %x, %y.weight, %y.bias {strides=[2,2], pads=[1,1,1,1], act="relu"}
        return %y
      }`,
  },
  'two transposed of other groups and another end': {
    before: `
      graph g(%x: f32[1,4,4,4], %z: f32[1,8,8,8]) {
        const %v : f32[4,2,3,3]
        const %w : f32[4,4,3,3]
        %c = convTranspose2d %x, %v {strides=[2,2], pads=[1,1,1,1], output_padding=[1,1], group=4}
        %d = convTranspose2d %x, %w {strides=[2,2], pads=[1,1,0,0], group=2}
        %y = sum %c, %d, %z
        return %y
      }`,
    after: `
      graph g(%x: f32[1,4,4,4], %z: f32[1,8,8,8]) {
        const %y.conv.weight : f32[4,4,3,3]
        %y.conv = convTranspose2d %x, %y.conv.weight {strides=[2,2], pads=[1,1,0,0], group=2}
        %y = sum %y.conv, %z
        return %y
      }`,
  },
  'seven branches': {
    before: `
      graph g(%x: f32[1,2,3,3]) {
        const %w1 : f32[2,2,1,1]
        const %w2 : f32[2,2,1,1]
        const %w3 : f32[2,2,1,1]
        const %b3 : f32[2]
        const %w4 : f32[2,2,1,1]
        const %w5 : f32[2,2,1,1]
        const %w6 : f32[2,2,1,1]
        const %b6 : f32[2]
        const %w7 : f32[2,2,1,1]
        %c1 = conv2d %x, %w1
        %c2 = conv2d %x, %w2
        %c3 = conv2d %x, %w3, %b3
        %c4 = conv2d %x, %w4
        %c5 = conv2d %x, %w5
        %c6 = conv2d %x, %w6, %b6
        %c7 = conv2d %x, %w7
        %y = sum %c1, %c2, %c3, %c4, %c5, %c6, %c7
        return %y
      }`,
    after: `
      graph g(%x: f32[1,2,3,3]) {
        const %y.weight : f32[2,2,1,1]
        const %y.bias : f32[2]
        %y = conv2d %x, %y.weight, %y.bias
        return %y
      }`,
  },
  'residual operands stay': {
    before: `
      graph g(%x: f32[1,3,4,4], %z: f32[1,3,4,4]) {
        const %v : f32[3,3,1,1]
        const %w : f32[3,3,1,1]
        %c = conv2d %x, %v
        %d = conv2d %x, %w
        %y = sum %z, %c, %x, %d
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4], %z: f32[1,3,4,4]) {
        const %y.conv.weight : f32[3,3,1,1]
        %y.conv = conv2d %x, %y.conv.weight
        %y = sum %z, %y.conv, %x
        return %y
      }`,
  },
  'of two inputs in one sum': {
    before: `
      graph g(%x: f32[1,3,4,4], %z: f32[1,3,4,4]) {
        const %w1 : f32[3,3,1,1]
        const %w2 : f32[3,3,1,1]
        const %w3 : f32[3,3,1,1]
        const %w4 : f32[3,3,1,1]
        const %b : f32[3]
        %c = conv2d %x, %w1
        %d = conv2d %z, %w2
        %e = conv2d %x, %w3
        %f = conv2d %z, %w4, %b
        %y = sum %c, %d, %e, %f
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4], %z: f32[1,3,4,4]) {
        const %y.conv.weight : f32[3,3,1,1]
        const %y.conv.weight.2 : f32[3,3,1,1]
        const %y.conv.bias : f32[3]
        %y.conv = conv2d %x, %y.conv.weight
        %y.conv.2 = conv2d %z, %y.conv.weight.2, %y.conv.bias
        %y = sum %y.conv, %y.conv.2
        return %y
      }`,
  },
  'the sum is activated': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %v : f32[3,3,1,1]
        const %w : f32[3,3,1,1]
        %c = conv2d %x, %v
        %d = conv2d %x, %w
        %y = sum %c, %d {act="clip", actParams=[0,1]}
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %y.weight : f32[3,3,1,1]
        %y = conv2d %x, %y.weight {act="clip", actParams=[0,1]}
        return %y
      }`,
  },
  'the sum is activated and has another operand': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %v : f32[3,3,1,1]
        const %w : f32[3,3,1,1]
        %c = conv2d %x, %v
        %d = conv2d %x, %w
        %y = sum %c, %x, %d {act="relu"}
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %y.conv.weight : f32[3,3,1,1]
        %y.conv = conv2d %x, %y.conv.weight
        %y = sum %y.conv, %x {act="relu"}
        return %y
      }`,
  },
};
