import type { Cases } from './types.ts';

export const dropSingleSum: Cases = {
  'in the middle': {
    before: `
      graph g(%x: f32[2,3]) {
        %s = sum %x
        %y = relu %s
        return %y
      }`,
    after: `
      graph g(%x: f32[2,3]) {
        %y = relu %x
        return %y
      }`,
  },
  'at an output': {
    before: `
      graph g(%x: f32[2,3]) {
        %r = relu %x
        %y = sum %r
        return %y
      }`,
    after: `
      graph g(%x: f32[2,3]) {
        %r = relu %x
        return y=%r
      }`,
  },
};
