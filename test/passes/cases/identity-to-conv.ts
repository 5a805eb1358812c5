import type { Cases } from './types.ts';

export const identityToConv: Cases = {
  'the tensor itself': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[3,3,3,3]
        %c = conv2d %x, %w {pads=[1,1,1,1]}
        %y = sum %x, %c
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[3,3,3,3]
        const %y.identity.conv.weight : f32[3,3,1,1]
        %c = conv2d %x, %w {pads=[1,1,1,1]}
        %y.identity.conv = conv2d %x, %y.identity.conv.weight
        %y = sum %y.identity.conv, %c
        return %y
      }`,
  },
  'its BatchNorm': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[3,3,3,3]
        const %b : f32[3]
        const %gamma : f32[3]
        const %beta : f32[3]
        const %mean : f32[3]
        const %var : f32[3]
        %c = conv2d %x, %w, %b {pads=[1,1,1,1]}
        %n = batchNorm %x, %gamma, %beta, %mean, %var {epsilon=0.1}
        %y = sum %c, %n
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[3,3,3,3]
        const %b : f32[3]
        const %n.conv.weight : f32[3,3,1,1]
        const %n.conv.bias : f32[3]
        %c = conv2d %x, %w, %b {pads=[1,1,1,1]}
        %n.conv = conv2d %x, %n.conv.weight, %n.conv.bias
        %y = sum %c, %n.conv
        return %y
      }`,
  },
  'scaled from the right': {
    before: `
      graph g(%x: f32[N,3,H,W]) {
        const %w : f32[3,3,1,1]
        const %s : f32[3,1,1]
        %c = conv2d %x, %w
        %m = mul %x, %s
        %y = sum %c, %m
        return %y
      }`,
    after: `
      graph g(%x: f32[N,3,H,W]) {
        const %w : f32[3,3,1,1]
        const %m.conv.weight : f32[3,3,1,1]
        %c = conv2d %x, %w
        %m.conv = conv2d %x, %m.conv.weight
        %y = sum %c, %m.conv
        return %y
      }`,
  },
  'scaled from the left': {
    before: `
      graph g(%x: f32[N,3,H,W]) {
        const %w : f32[3,3,1,1]
        const %s : f32[1,3,1,1]
        %c = conv2d %x, %w
        %m = mul %s, %x
        %y = sum %c, %m
        return %y
      }`,
    after: `
      graph g(%x: f32[N,3,H,W]) {
        const %w : f32[3,3,1,1]
        const %m.conv.weight : f32[3,3,1,1]
        %c = conv2d %x, %w
        %m.conv = conv2d %x, %m.conv.weight
        %y = sum %c, %m.conv
        return %y
      }`,
  },
  'a BatchNorm, then a scale': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[3,3,1,1]
        const %gamma : f32[3]
        const %beta : f32[3]
        const %mean : f32[3]
        const %var : f32[3]
        const %s : f32[3,1,1]
        %c = conv2d %x, %w
        %n = batchNorm %x, %gamma, %beta, %mean, %var {epsilon=0.1}
        %m = mul %n, %s
        %y = sum %c, %m
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[3,3,1,1]
        const %m.conv.weight : f32[3,3,1,1]
        const %m.conv.bias : f32[3]
        %c = conv2d %x, %w
        %m.conv = conv2d %x, %m.conv.weight, %m.conv.bias
        %y = sum %c, %m.conv
        return %y
      }`,
  },
  'a scale, then a BatchNorm': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[3,3,1,1]
        const %s : f32[3,1,1]
        const %gamma : f32[3]
        const %beta : f32[3]
        const %mean : f32[3]
        const %var : f32[3]
        %c = conv2d %x, %w
        %m = mul %x, %s
        %n = batchNorm %m, %gamma, %beta, %mean, %var {epsilon=0.1}
        %y = sum %c, %n
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[3,3,1,1]
        const %n.conv.weight : f32[3,3,1,1]
        const %n.conv.bias : f32[3]
        %c = conv2d %x, %w
        %n.conv = conv2d %x, %n.conv.weight, %n.conv.bias
        %y = sum %c, %n.conv
        return %y
      }`,
  },
  shifted: {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[3,3,1,1]
        const %u : f32[3,1,1]
        %c = conv2d %x, %w
        %t = add %x, %u
        %y = sum %c, %t
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[3,3,1,1]
        const %t.conv.weight : f32[3,3,1,1]
        const %t.conv.bias : f32[3]
        %c = conv2d %x, %w
        %t.conv = conv2d %x, %t.conv.weight, %t.conv.bias
        %y = sum %c, %t.conv
        return %y
      }`,
  },
  'shifted, scaled and shifted by single numbers': {
    before: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[3,3,1,1]
        const %u : f32[]
        const %s : f32[1,1]
        const %v : f32[1]
        %c = conv2d %x, %w
        %t = add %u, %x
        %m = mul %t, %s
        %n = add %m, %v
        %y = sum %c, %n
        return %y
      }`,
    after: `
      graph g(%x: f32[1,3,4,4]) {
        const %w : f32[3,3,1,1]
        const %n.conv.weight : f32[3,3,1,1]
        const %n.conv.bias : f32[3]
        %c = conv2d %x, %w
        %n.conv = conv2d %x, %n.conv.weight, %n.conv.bias
        %y = sum %c, %n.conv
        return %y
      }`,
  },
};
