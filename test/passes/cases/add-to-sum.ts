import type { Cases } from './types.ts';

export const addToSum: Cases = {
  'two tensors': {
    before: `
      graph g(%x: f32[2,3], %z: f32[2,3]) {
        %y = add %x, %z
        return %y
      }`,
    after: `
      graph g(%x: f32[2,3], %z: f32[2,3]) {
        %y = sum %x, %z
        return %y
      }`,
  },
  'a tensor and itself': {
    before: `
      graph g(%x: f32[2,3]) {
        %y = add %x, %x
        return %y
      }`,
    after: `
      graph g(%x: f32[2,3]) {
        %y = sum %x, %x
        return %y
      }`,
  },
  'a tensor and a constant of its shape': {
    before: `
      graph g(%x: f32[2,3]) {
        const %c : f32[2,3]
        %y = add %c, %x
        return %y
      }`,
    after: `
      graph g(%x: f32[2,3]) {
        const %c : f32[2,3]
        %y = sum %c, %x
        return %y
      }`,
  },
  'open sizes': {
    before: `
      graph g(%x: f32[N,3,H,W], %z: f32[N,3,H,W]) {
        %y = add %x, %z
        return %y
      }`,
    after: `
      graph g(%x: f32[N,3,H,W], %z: f32[N,3,H,W]) {
        %y = sum %x, %z
        return %y
      }`,
  },
};
