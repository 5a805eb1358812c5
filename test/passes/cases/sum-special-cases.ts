import type { Cases } from './types.ts';

export const sumSpecialCases: Cases = {
  'a branch counted twice': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[3,3,1,1]
        const %b : f32[3]
        %c = conv2d %x, %w, %b
        %y = sum %c, %c
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %y.weight : f32[3,3,1,1]
        const %y.bias : f32[3]
        %y = conv2d %x, %y.weight, %y.bias
        return %y
      }`,
  },
  'end pads that differ, since the windows stop at different places': {
    before: `
      graph g(%x: f32[1,3,6,6]) {
        const %v : f32[4,3,3,3]
        const %w : f32[4,3,3,3]
        %c = conv2d %x, %v {strides=[2,2], pads=[1,1,1,0]}
        %d = conv2d %x, %w {strides=[2,2], pads=[1,1,0,1]}
        %y = sum %c, %d
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,6,6]) {
        const %y.weight : f32[4,3,3,3]
        %y = conv2d %x, %y.weight {strides=[2,2], pads=[1,1,0,0]}
        return %y
      }`,
  },
  'kernels that are one constant': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[3,3,1,1]
        const %b : f32[3]
        %c = conv2d %x, %w, %b
        %d = conv2d %x, %w
        %y = sum %c, %d
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %y.weight : f32[3,3,1,1]
        const %y.bias : f32[3]
        %y = conv2d %x, %y.weight, %y.bias
        return %y
      }`,
  },
  'one padding value for both': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %v : f32[3,3,3,3]
        const %pad : f32[3]
        const %w : f32[3,3,3,3]
        %c = conv2d %x, %v, _, %pad {pads=[1,1,1,1]}
        %d = conv2d %x, %w, _, %pad {pads=[1,1,1,1]}
        %y = sum %c, %d
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %pad : f32[3]
        const %y.weight : f32[3,3,3,3]
        %y = conv2d %x, %y.weight, _, %pad {pads=[1,1,1,1]}
        return %y
      }`,
  },
  'padding values of convolutions that do not pad': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %v : f32[3,3,1,1]
        const %pad : f32[3]
        const %w : f32[3,3,1,1]
        %c = conv2d %x, %v, _, %pad
        %d = conv2d %x, %w
        %y = sum %c, %d
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %y.weight : f32[3,3,1,1]
        %y = conv2d %x, %y.weight
        return %y
      }`,
  },
  'groups 4 and 2 at 12 channels': {
    before: `
      graph g(%x: f32[1,12,4,4]) {
        const %v : f32[12,3,3,3]
        const %w : f32[12,6,3,3]
        %c = conv2d %x, %v {pads=[1,1,1,1], group=4}
        %d = conv2d %x, %w {pads=[1,1,1,1], group=2}
        %y = sum %c, %d
        return %y
      }`,
    after: `
      graph g(%x: f32[1,12,4,4]) {
        const %y.weight : f32[12,6,3,3]
        %y = conv2d %x, %y.weight {pads=[1,1,1,1], group=2}
        return %y
      }`,
  },
  'groups 2 and 3 at 6 channels': {
    before: `
      graph g(%x: f32[1,6,4,4]) {
        const %v : f32[6,3,1,1]
        const %w : f32[6,2,1,1]
        %c = conv2d %x, %v {group=2}
        %d = conv2d %x, %w {group=3}
        %y = sum %c, %d
        return %y
      }`,
    after: `
      graph g(%x: f32[1,6,4,4]) {
        const %y.weight : f32[6,6,1,1]
        %y = conv2d %x, %y.weight
        return %y
      }`,
  },
  'depthwise, two outputs a channel': {
    before: `
      graph g(%x: f32[1,2,4,4]) {
        const %v : f32[4,1,3,3]
        const %w : f32[4,1,3,3]
        %c = conv2d %x, %v {group=2}
        %d = conv2d %x, %w {group=2}
        %y = sum %c, %d
        return %y
      }`,
    after: `
      graph g(%x: f32[1,2,4,4]) {
        const %y.weight : f32[4,1,3,3]
        %y = conv2d %x, %y.weight {group=2}
        return %y
      }`,
  },
  'a dilation of a single tap': {
    before: `
      graph g(%x: f32[1,2,4,4]) {
        const %v : f32[4,2,1,3]
        const %w : f32[4,2,1,3]
        %c = conv2d %x, %v {dilations=[5,1]}
        %d = conv2d %x, %w
        %y = sum %c, %d
        return %y
      }`,
    after: `
      graph g(%x: f32[1,2,4,4]) {
        const %y.weight : f32[4,2,1,3]
        %y = conv2d %x, %y.weight
        return %y
      }`,
  },
  'float64, open sizes': {
    before: `
      graph g(%x: f64[N,3,H,W]) {
        const %v : f64[3,3,1,1]
        const %b : f64[3]
        const %w : f64[3,3,1,1]
        %c = conv2d %x, %v, %b
        %d = conv2d %x, %w
        %y = sum %c, %d
        return %y
      }`,
    after: `
      graph g(%x: f64[N,3,H,W]) {
        const %y.weight : f64[3,3,1,1]
        const %y.bias : f64[3]
        %y = conv2d %x, %y.weight, %y.bias
        return %y
      }`,
  },
};
