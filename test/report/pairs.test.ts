import { describe, expect, it } from 'vitest';
import { compile, parse } from '../../src/index.ts';
import { regionsOf } from '../../src/equivalence/index.ts';
import { pairByNode, pairsOf } from '../../src/report/pairs.ts';
import { randomWeights } from '../support/random-weights.ts';

const source = parse(
  `graph net(%x: f32[1,4,8,8]) {
    const %w : f32[4,4,3,3]
    const %v : f32[4,4,1,1]
    const %u : f32[4,4,5,5]
    %a = conv2d %x, %w {pads=[1,1,1,1]} : f32[1,4,8,8] @"block.0.dense.conv"
    %b = conv2d %x, %v : f32[1,4,8,8] @"block.0.dense2.conv"
    %c = sum %a, %b : f32[1,4,8,8] @"block.0.sum"
    %d = maxPool %c {kernel_shape=[2,2], strides=[2,2]} : f32[1,4,4,4]
    %e = conv2d %d, %u {pads=[2,2,2,2]} : f32[1,4,4,4]
    %i = identity %e : f32[1,4,4,4]
    return %i
  }`,
  randomWeights('pairs'),
);
const plain = compile(source).graph;
const pairs = pairsOf(source, plain, regionsOf(source, plain));

describe('pairs', () => {
  it('numbers what changed, under what its names have in common', () => {
    const changed = pairs.filter(({ number }) => number > 0);
    expect(changed[0]).toEqual({
      source: ['block.0.dense.conv', 'block.0.dense2.conv', 'block.0.sum'],
      plain: ['block.0.sum'],
      number: 1,
      name: 'block.0',
    });
    expect(changed.map(({ number }) => number)).toEqual(changed.map((_, i) => i + 1));
  });

  it('has every node of both graphs once', () => {
    for (const [side, graph] of [
      ['source', source],
      ['plain', plain],
    ] as const) {
      expect(pairs.flatMap((pair) => pair[side]).sort()).toEqual(
        graph.nodes.map(({ id }) => id).sort(),
      );
    }
    expect(pairByNode('source', pairs).get('d')).toMatchObject({ number: 0, plain: ['d'] });
  });
});
