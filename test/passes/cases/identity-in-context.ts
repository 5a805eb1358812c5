import type { Cases } from './types.ts';

export const identityInContext: Cases = {
  'groups = 2': {
    before: `
      graph g(%x: f32[1,4,4,4]) {
        const %w : f32[4,2,3,3]
        %c = conv2d %x, %w {pads=[1,1,1,1], group=2}
        %y = sum %c, %x
        return %y
      }`,
    after: `
      graph g(%x: f32[1,4,4,4]) {
        const %w : f32[4,2,3,3]
        const %y.identity.conv.weight : f32[4,2,1,1]
        %c = conv2d %x, %w {pads=[1,1,1,1], group=2}
        %y.identity.conv = conv2d %x, %y.identity.conv.weight {group=2}
        %y = sum %c, %y.identity.conv
        return %y
      }`,
  },
  'groups = 4, a BatchNorm': {
    before: `
      graph g(%x: f32[1,8,4,4]) {
        const %w : f32[8,2,3,3]
        const %gamma : f32[8]
        const %beta : f32[8]
        const %mean : f32[8]
        const %var : f32[8]
        %c = conv2d %x, %w {pads=[1,1,1,1], group=4}
        %n = batchNorm %x, %gamma, %beta, %mean, %var {epsilon=0.1}
        %y = sum %c, %n
        return %y
      }`,
    after: `
      graph g(%x: f32[1,8,4,4]) {
        const %w : f32[8,2,3,3]
        const %n.conv.weight : f32[8,2,1,1]
        const %n.conv.bias : f32[8]
        %c = conv2d %x, %w {pads=[1,1,1,1], group=4}
        %n.conv = conv2d %x, %n.conv.weight, %n.conv.bias {group=4}
        %y = sum %c, %n.conv
        return %y
      }`,
  },
  depthwise: {
    before: `
      graph g(%x: f32[1,4,4,4]) {
        const %w : f32[4,1,3,3]
        const %s : f32[4,1,1]
        %c = conv2d %x, %w {pads=[1,1,1,1], group=4}
        %m = mul %x, %s
        %y = sum %c, %m
        return %y
      }`,
    after: `
      graph g(%x: f32[1,4,4,4]) {
        const %w : f32[4,1,3,3]
        const %m.conv.weight : f32[4,1,1,1]
        %c = conv2d %x, %w {pads=[1,1,1,1], group=4}
        %m.conv = conv2d %x, %m.conv.weight {group=4}
        %y = sum %c, %m.conv
        return %y
      }`,
  },
  'the same tensor twice': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[3,3,1,1]
        %c = conv2d %x, %w
        %y = sum %x, %c, %x
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[3,3,1,1]
        const %y.identity.conv.weight : f32[3,3,1,1]
        const %y.identity.conv.weight.2 : f32[3,3,1,1]
        %c = conv2d %x, %w
        %y.identity.conv = conv2d %x, %y.identity.conv.weight
        %y.identity.conv.2 = conv2d %x, %y.identity.conv.weight.2
        %y = sum %y.identity.conv, %c, %y.identity.conv.2
        return %y
      }`,
  },
  'a BatchNorm before the activation, which the convolution reads': {
    before: `
      graph g(%z: f32[1,3,4,4]) {
        const %gamma : f32[3]
        const %beta : f32[3]
        const %mean : f32[3]
        const %var : f32[3]
        const %w : f32[3,3,3,3]
        %n = batchNorm %z, %gamma, %beta, %mean, %var {epsilon=0.1}
        %c = conv2d %n, %w {pads=[1,1,1,1]}
        %y = sum %c, %n
        return %y
      }`,
    after: `
      graph g(%z: f32[1,3,4,4]) {
        const %gamma : f32[3]
        const %beta : f32[3]
        const %mean : f32[3]
        const %var : f32[3]
        const %w : f32[3,3,3,3]
        const %y.identity.conv.weight : f32[3,3,1,1]
        %n = batchNorm %z, %gamma, %beta, %mean, %var {epsilon=0.1}
        %c = conv2d %n, %w {pads=[1,1,1,1]}
        %y.identity.conv = conv2d %n, %y.identity.conv.weight
        %y = sum %c, %y.identity.conv
        return %y
      }`,
  },
  'a convolution, which the next one reads': {
    before: `
      graph g(%z: f32[1,2,4,4]) {
        const %v : f32[3,2,1,1]
        const %w : f32[3,3,3,3]
        %x = conv2d %z, %v
        %c = conv2d %x, %w {pads=[1,1,1,1]}
        %y = sum %x, %c
        return %y
      }`,
    after: `
      graph g(%z: f32[1,2,4,4]) {
        const %v : f32[3,2,1,1]
        const %w : f32[3,3,3,3]
        const %y.identity.conv.weight : f32[3,3,1,1]
        %x = conv2d %z, %v
        %c = conv2d %x, %w {pads=[1,1,1,1]}
        %y.identity.conv = conv2d %x, %y.identity.conv.weight
        %y = sum %y.identity.conv, %c
        return %y
      }`,
  },
  'the convolution has a padding value': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[3,3,3,3]
        const %pad : f32[3]
        %c = conv2d %x, %w, _, %pad {pads=[1,1,1,1]}
        %y = sum %x, %c {act="relu"}
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[3,3,3,3]
        const %pad : f32[3]
        const %y.identity.conv.weight : f32[3,3,1,1]
        %c = conv2d %x, %w, _, %pad {pads=[1,1,1,1]}
        %y.identity.conv = conv2d %x, %y.identity.conv.weight
        %y = sum %y.identity.conv, %c {act="relu"}
        return %y
      }`,
  },
  'an even kernel': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[3,3,2,2]
        %c = conv2d %x, %w {pads=[1,0,0,1]}
        %y = sum %x, %c
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[3,3,2,2]
        const %y.identity.conv.weight : f32[3,3,1,1]
        %c = conv2d %x, %w {pads=[1,0,0,1]}
        %y.identity.conv = conv2d %x, %y.identity.conv.weight
        %y = sum %y.identity.conv, %c
        return %y
      }`,
  },
  float64: {
    before: `
      graph g(%x: f64[1,3,4,4]) {
        const %w : f64[3,3,1,1]
        const %gamma : f64[3]
        const %beta : f64[3]
        const %mean : f64[3]
        const %var : f64[3]
        %c = conv2d %x, %w
        %n = batchNorm %x, %gamma, %beta, %mean, %var {epsilon=0.1}
        %y = sum %c, %n
        return %y
      }`,
    after: `
      graph g(%x: f64[1,3,4,4]) {
        const %w : f64[3,3,1,1]
        const %n.conv.weight : f64[3,3,1,1]
        const %n.conv.bias : f64[3]
        %c = conv2d %x, %w
        %n.conv = conv2d %x, %n.conv.weight, %n.conv.bias
        %y = sum %c, %n.conv
        return %y
      }`,
  },
};
