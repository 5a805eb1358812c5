/** Where branches of different groups meet, the cost model decides. */
import { expect, test } from 'vitest';
import { pipeline, printLog } from '../../passes/index.ts';
import { run } from '../support/rewrite.ts';

const branches = (size: string, channels: number, groups: number, kernel: number): string =>
  `graph g(%x: f32[1,${channels},${size}]) {
    const %v : f32[${channels},${channels / groups},3,3]
    const %w : f32[${channels},${kernel === 1 ? channels : channels / 2},${kernel},${kernel}]
    %c = conv2d %x, %v {pads=[1,1,1,1], group=${groups}}
    %d = conv2d %x, %w {pads=[${Array(4)
      .fill((kernel - 1) / 2)
      .join()}]${kernel === 1 ? '' : ', group=2'}}
    %y = sum %c, %d
    return %y
  }`;

test.each(['1,1', '7,7', '14,14', '56,56', 'H,W'])(
  'depthwise 3x3 and dense 1x1 at 256 channels stay apart at %s',
  (size) => {
    const { graph, log } = run(pipeline, branches(size, 256, 256, 1));
    expect(graph.nodes.map(({ op }) => op)).toEqual(['conv2d', 'conv2d', 'sum']);
    expect(printLog(log)).toMatch(
      /^refused pad-1x1-to-3x3 at y, c, d: the merged convolution would cost more than its parts: \d+ multiply-adds, \d+ bytes, 1 dispatches against \d+ multiply-adds, \d+ bytes, 3 dispatches$/,
    );
  },
);

test.each(['7,7', '56,56'])('groups 4 and 2 at 12 channels become groups 2 at %s', (size) => {
  const { graph } = run(pipeline, branches(size, 12, 4, 3));
  expect(graph.nodes.map(({ op }) => op)).toEqual(['conv2d']);
  expect(graph.nodes[0]!.attrs).toMatchObject({ group: 2 });
});
