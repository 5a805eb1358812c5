import type { Cases } from './types.ts';

export const pad1x1To3x3: Cases = {
  '1x1 to 3x3': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %v : f32[4,3,1,1]
        const %b : f32[4]
        const %w : f32[4,3,3,3]
        %c = conv2d %x, %v, %b
        %d = conv2d %x, %w {pads=[1,1,1,1]}
        %y = sum %c, %d
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %b : f32[4]
        const %w : f32[4,3,3,3]
        const %c.padded.weight : f32[4,3,3,3]
        %d = conv2d %x, %w {pads=[1,1,1,1]}
        %c.padded = conv2d %x, %c.padded.weight, %b {pads=[1,1,1,1]}
        %y = sum %c.padded, %d
        return %y
      }`,
  },
  'transposed: 2x2 among 4x4, an end of its own': {
    before: `
      graph g(%x: f32[1,3,4,5]) {
        const %v : f32[3,4,2,1]
        const %w : f32[3,4,4,3]
        %c = convTranspose2d %x, %v {strides=[2,2], output_padding=[0,1]}
        %d = convTranspose2d %x, %w {strides=[2,2], pads=[1,1,1,1], output_padding=[0,1]}
        %y = sum %c, %d
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,5]) {
        const %w : f32[3,4,4,3]
        const %c.padded.weight : f32[3,4,4,3]
        %d = convTranspose2d %x, %w {strides=[2,2], pads=[1,1,1,1], output_padding=[0,1]}
        %c.padded = convTranspose2d %x, %c.padded.weight {strides=[2,2], pads=[1,1,1,0]}
        %y = sum %c.padded, %d
        return %y
      }`,
  },
  '1x3 and 3x1': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %v : f32[4,3,1,3]
        const %w : f32[4,3,3,1]
        %c = conv2d %x, %v {pads=[0,1,0,1]}
        %d = conv2d %x, %w {pads=[1,0,1,0]}
        %y = sum %c, %d
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %c.padded.weight : f32[4,3,3,3]
        const %d.padded.weight : f32[4,3,3,3]
        %c.padded = conv2d %x, %c.padded.weight {pads=[1,1,1,1]}
        %d.padded = conv2d %x, %d.padded.weight {pads=[1,1,1,1]}
        %y = sum %c.padded, %d.padded
        return %y
      }`,
  },
  'even kernels': {
    before: `
      graph g(%x: f32[1,3,5,5]) {
        const %v : f32[4,3,2,2]
        const %w : f32[4,3,4,4]
        %c = conv2d %x, %v {pads=[0,1,1,0]}
        %d = conv2d %x, %w {pads=[1,2,2,1]}
        %y = sum %c, %d
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,5,5]) {
        const %w : f32[4,3,4,4]
        const %c.padded.weight : f32[4,3,4,4]
        %d = conv2d %x, %w {pads=[1,2,2,1]}
        %c.padded = conv2d %x, %c.padded.weight {pads=[1,2,2,1]}
        %y = sum %c.padded, %d
        return %y
      }`,
  },
  'pads that differ from side to side': {
    before: `
      graph g(%x: f32[1,3,5,5]) {
        const %v : f32[4,3,3,3]
        const %w : f32[4,3,3,3]
        %c = conv2d %x, %v {pads=[2,0,0,2]}
        %d = conv2d %x, %w {pads=[0,2,2,0]}
        %y = sum %c, %d
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,5,5]) {
        const %c.padded.weight : f32[4,3,5,5]
        const %d.padded.weight : f32[4,3,5,5]
        %c.padded = conv2d %x, %c.padded.weight {pads=[2,2,2,2]}
        %d.padded = conv2d %x, %d.padded.weight {pads=[2,2,2,2]}
        %y = sum %c.padded, %d.padded
        return %y
      }`,
  },
  'dilation 2 and 1x1': {
    before: `
      graph g(%x: f32[1,3,6,6]) {
        const %v : f32[4,3,3,3]
        const %w : f32[4,3,1,1]
        %c = conv2d %x, %v {pads=[2,2,2,2], dilations=[2,2]}
        %d = conv2d %x, %w
        %y = sum %c, %d
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,6,6]) {
        const %v : f32[4,3,3,3]
        const %d.padded.weight : f32[4,3,3,3]
        %c = conv2d %x, %v {pads=[2,2,2,2], dilations=[2,2]}
        %d.padded = conv2d %x, %d.padded.weight {pads=[2,2,2,2], dilations=[2,2]}
        %y = sum %c, %d.padded
        return %y
      }`,
  },
  'dilation 2 and dilation 3': {
    before: `
      graph g(%x: f32[1,3,6,6]) {
        const %v : f32[4,3,3,1]
        const %w : f32[4,3,3,1]
        %c = conv2d %x, %v {pads=[2,0,2,0], dilations=[2,1]}
        %d = conv2d %x, %w {pads=[3,0,3,0], dilations=[3,1]}
        %y = sum %c, %d
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,6,6]) {
        const %c.padded.weight : f32[4,3,7,1]
        const %d.padded.weight : f32[4,3,7,1]
        %c.padded = conv2d %x, %c.padded.weight {pads=[3,0,3,0]}
        %d.padded = conv2d %x, %d.padded.weight {pads=[3,0,3,0]}
        %y = sum %c.padded, %d.padded
        return %y
      }`,
  },
};
