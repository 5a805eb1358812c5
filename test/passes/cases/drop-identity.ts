import type { Cases } from './types.ts';

export const dropIdentity: Cases = {
  'in the middle': {
    before: `
      graph g(%x: f32[2,3]) {
        %i = identity %x
        %y = relu %i
        return %y
      }`,
    after: `
      graph g(%x: f32[2,3]) {
        %y = relu %x
        return %y
      }`,
  },
  'a chain of them': {
    before: `
      graph g(%x: f32[2,3]) {
        %i = identity %x
        %j = identity %i
        %k = identity %j
        %y = add %j, %k
        return %y
      }`,
    after: `
      graph g(%x: f32[2,3]) {
        %y = add %x, %x
        return %y
      }`,
  },
  'at an output, which keeps its name': {
    before: `
      graph g(%x: f32[2,3]) {
        %r = relu %x
        %y = identity %r
        return %y, z=%y, %r
      }`,
    after: `
      graph g(%x: f32[2,3]) {
        %r = relu %x
        return y=%r, z=%r, %r
      }`,
  },
  'from an input to an output': {
    before: `
      graph g(%x: f32[2,3]) {
        %y = identity %x
        return %y
      }`,
    after: `
      graph g(%x: f32[2,3]) {
        return y=%x
      }`,
  },
};
