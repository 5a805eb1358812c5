import type { Cases } from './types.ts';

export const flattenSums: Cases = {
  'as the first operand and as the last': {
    before: `
      graph g(%x: f32[3], %z: f32[3]) {
        %a = sum %x, %z
        %b = relu %x
        %c = sum %z, %b
        %y = sum %a, %x, %c
        return %y
      }`,
    after: `
      graph g(%x: f32[3], %z: f32[3]) {
        %b = relu %x
        %y = sum %x, %z, %x, %z, %b
        return %y
      }`,
  },
  'three deep': {
    before: `
      graph g(%x: f32[3], %z: f32[3]) {
        %a = sum %x, %z
        %b = sum %a, %x
        %y = sum %z, %b
        return %y
      }`,
    after: `
      graph g(%x: f32[3], %z: f32[3]) {
        %y = sum %z, %x, %z, %x
        return %y
      }`,
  },
  'the outer sum is activated': {
    before: `
      graph g(%x: f32[3], %z: f32[3]) {
        %a = sum %x, %z
        %y = sum %a, %x {act="leakyRelu", actParams=[0.3]}
        return %y
      }`,
    after: `
      graph g(%x: f32[3], %z: f32[3]) {
        %y = sum %x, %z, %x {act="leakyRelu", actParams=[0.3]}
        return %y
      }`,
  },
};
