import type { Cases } from './types.ts';

export const padStrides: Cases = {
  'stride 2': {
    before: `
      graph g(%x: f32[N,3,H,W]) {
        const %v : f32[4,3,1,1]
        const %w : f32[4,3,3,3]
        %c = conv2d %x, %v {strides=[2,2]}
        %d = conv2d %x, %w {strides=[2,2], pads=[1,1,1,1]}
        %y = sum %c, %d
        return %y
      }`,
    after: `
      graph g(%x: f32[N,3,H,W]) {
        const %w : f32[4,3,3,3]
        const %c.padded.weight : f32[4,3,3,3]
        %d = conv2d %x, %w {strides=[2,2], pads=[1,1,1,1]}
        %c.padded = conv2d %x, %c.padded.weight {strides=[2,2], pads=[1,1,1,1]}
        %y = sum %c.padded, %d
        return %y
      }`,
  },
  'stride 2, windows that stop at different places': {
    before: `
      graph g(%x: f32[1,3,7,7]) {
        const %v : f32[4,3,2,2]
        const %w : f32[4,3,3,3]
        %c = conv2d %x, %v {strides=[2,2]}
        %d = conv2d %x, %w {strides=[2,2]}
        %y = sum %c, %d
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,7,7]) {
        const %w : f32[4,3,3,3]
        const %c.padded.weight : f32[4,3,3,3]
        %d = conv2d %x, %w {strides=[2,2]}
        %c.padded = conv2d %x, %c.padded.weight {strides=[2,2]}
        %y = sum %c.padded, %d
        return %y
      }`,
  },
  'stride 3, no end pad left': {
    before: `
      graph g(%x: f32[1,3,8,8]) {
        const %v : f32[4,3,1,1]
        const %w : f32[4,3,3,3]
        %c = conv2d %x, %v {strides=[3,3]}
        %d = conv2d %x, %w {strides=[3,3], pads=[1,1,0,0]}
        %y = sum %c, %d
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,8,8]) {
        const %w : f32[4,3,3,3]
        const %c.padded.weight : f32[4,3,3,3]
        %d = conv2d %x, %w {strides=[3,3], pads=[1,1,0,0]}
        %c.padded = conv2d %x, %c.padded.weight {strides=[3,3], pads=[1,1,0,0]}
        %y = sum %c.padded, %d
        return %y
      }`,
  },
  'the same size and start, dilation 1 and 2': {
    before: `
      graph g(%x: f32[1,3,5,5]) {
        const %v : f32[4,3,2,2]
        const %w : f32[4,3,2,2]
        %c = conv2d %x, %v {pads=[0,0,1,1]}
        %d = conv2d %x, %w {pads=[0,0,2,2], dilations=[2,2]}
        %y = sum %c, %d
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,5,5]) {
        const %c.padded.weight : f32[4,3,3,3]
        const %d.padded.weight : f32[4,3,3,3]
        %c.padded = conv2d %x, %c.padded.weight {pads=[0,0,2,2]}
        %d.padded = conv2d %x, %d.padded.weight {pads=[0,0,2,2]}
        %y = sum %c.padded, %d.padded
        return %y
      }`,
  },
  'kernels that do not read at the offset 0': {
    before: `
      graph g(%x: f32[1,3,5,5]) {
        const %v : f32[4,3,1,1]
        const %w : f32[4,3,1,1]
        %c = conv2d %x, %v {pads=[2,2,0,0]}
        %d = conv2d %x, %w {pads=[1,1,1,1]}
        %y = sum %c, %d
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,5,5]) {
        const %c.padded.weight : f32[4,3,2,2]
        const %d.padded.weight : f32[4,3,2,2]
        %c.padded = conv2d %x, %c.padded.weight {pads=[2,2,1,1]}
        %d.padded = conv2d %x, %d.padded.weight {pads=[2,2,1,1]}
        %y = sum %c.padded, %d.padded
        return %y
      }`,
  },
  'kernels larger than the image': {
    before: `
      graph g(%x: f32[1,3,1,1]) {
        const %v : f32[4,3,5,3]
        const %w : f32[4,3,1,1]
        %c = conv2d %x, %v {pads=[2,1,2,1]}
        %d = conv2d %x, %w
        %y = sum %c, %d
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,1,1]) {
        const %v : f32[4,3,5,3]
        const %d.padded.weight : f32[4,3,5,3]
        %c = conv2d %x, %v {pads=[2,1,2,1]}
        %d.padded = conv2d %x, %d.padded.weight {pads=[2,1,2,1]}
        %y = sum %c, %d.padded
        return %y
      }`,
  },
  'the padding value of the one that pads': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %v : f32[4,3,1,1]
        const %q : f32[3]
        const %w : f32[4,3,3,3]
        const %pad : f32[3]
        %c = conv2d %x, %v, _, %q
        %d = conv2d %x, %w, _, %pad {pads=[1,1,1,1]}
        %y = sum %c, %d
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[4,3,3,3]
        const %pad : f32[3]
        const %c.padded.weight : f32[4,3,3,3]
        %d = conv2d %x, %w, _, %pad {pads=[1,1,1,1]}
        %c.padded = conv2d %x, %c.padded.weight, _, %pad {pads=[1,1,1,1]}
        %y = sum %c.padded, %d
        return %y
      }`,
  },
  'groups apart, each as it was': {
    before: `
      graph g(%x: f32[1,12,4,4]) {
        const %v : f32[12,3,1,1]
        const %w : f32[12,6,3,3]
        %c = conv2d %x, %v {group=4}
        %d = conv2d %x, %w {pads=[1,1,1,1], group=2}
        %y = sum %d, %c
        return %y
      }`,
    after: `
      graph g(%x: f32[1,12,4,4]) {
        const %w : f32[12,6,3,3]
        const %c.padded.weight : f32[12,3,3,3]
        %d = conv2d %x, %w {pads=[1,1,1,1], group=2}
        %c.padded = conv2d %x, %c.padded.weight {pads=[1,1,1,1], group=4}
        %y = sum %d, %c.padded
        return %y
      }`,
  },
  'a branch that is shared stays as it was, too': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %v : f32[3,3,1,1]
        const %w : f32[3,3,3,3]
        %c = conv2d %x, %v
        %d = conv2d %x, %w {pads=[1,1,1,1]}
        %y = sum %x, %c, %d
        return %y, %c
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %v : f32[3,3,1,1]
        const %w : f32[3,3,3,3]
        const %c.padded.weight : f32[3,3,3,3]
        %c = conv2d %x, %v
        %d = conv2d %x, %w {pads=[1,1,1,1]}
        %c.padded = conv2d %x, %c.padded.weight {pads=[1,1,1,1]}
        %y = sum %x, %c.padded, %d
        return %y, %c
      }`,
  },
  float64: {
    before: `
      graph g(%x: f64[1,3,4,4]) {
        const %v : f64[3,3,1,1]
        const %w : f64[3,3,3,3]
        %c = conv2d %x, %v
        %d = conv2d %x, %w {pads=[1,1,1,1]}
        %y = sum %c, %d
        return %y
      }`,
    after: `
      graph g(%x: f64[1,3,4,4]) {
        const %w : f64[3,3,3,3]
        const %c.padded.weight : f64[3,3,3,3]
        %d = conv2d %x, %w {pads=[1,1,1,1]}
        %c.padded = conv2d %x, %c.padded.weight {pads=[1,1,1,1]}
        %y = sum %c.padded, %d
        return %y
      }`,
  },
};
