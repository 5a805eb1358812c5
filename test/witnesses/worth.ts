/** For every condition of worth, a graph that it keeps from getting worse. */
export interface Waste {
  readonly rule: string;
  readonly condition: string;
  readonly graph: string;
}

const needed = 'the convolution has another user, which needs it as it is';

const shared = (rule: string, node: string, constants: string): Waste => ({
  rule,
  condition: needed,
  graph: `graph g(%x: f32[1,2,4,4]) {
    const %w : f32[2,2,3,3]
    ${constants}
    %c = conv2d %x, %w
    %y = ${node}
    return %y, %c
  }`,
});

const sumOf = (rule: string, condition: string, x: string, constants: string, nodes: string) => ({
  rule,
  condition,
  graph: `graph g(%x: f32[${x}]) {\n${constants}\n${nodes}\nreturn %y\n}`,
});

const tooDear = 'the merged convolution would cost more than its parts';

export const wastes: readonly Waste[] = [
  {
    rule: 'flatten-sums',
    condition: 'the inner sum has another user',
    graph: `graph g(%x: f32[4], %z: f32[4]) {
      %s = sum %x, %z
      %y = sum %s, %x
      return %y, %s
    }`,
  },
  shared(
    'fold-bn',
    'batchNorm %c, %gamma, %beta, %mean, %var {epsilon=0.1}',
    ['gamma', 'beta', 'mean', 'var'].map((name) => `const %${name} : f32[2]\n`).join(''),
  ),
  shared('fold-scale', 'mul %c, %s', 'const %s : f32[2,1,1]'),
  shared('fold-shift', 'add %c, %t', 'const %t : f32[2,1,1]'),
  sumOf(
    'identity-to-conv',
    'the convolution has a stride, which the branch has not',
    '1,2,1,1',
    'const %w : f32[2,2,3,3]',
    '%c = conv2d %x, %w {strides=[2,2], pads=[1,1,1,1]}\n%y = sum %c, %x',
  ),
  sumOf(
    'identity-to-conv',
    'the convolution is activated before the sum',
    '1,2,4,4',
    'const %w : f32[2,2,1,1]',
    '%c = conv2d %x, %w {act="relu"}\n%y = sum %c, %x',
  ),
  // Two taps along each axis, neither of them at the offset 0: three must take their place.
  sumOf(
    'identity-to-conv',
    tooDear,
    '1,64,24,24',
    'const %w : f32[64,64,2,2]',
    '%c = conv2d %x, %w {pads=[1,1,1,1], dilations=[2,2]}\n%y = sum %c, %x',
  ),
  sumOf(
    'pad-1x1-to-3x3',
    'a branch is activated before the sum',
    '1,2,4,4',
    'const %v : f32[2,2,1,1]\nconst %w : f32[2,2,3,3]',
    '%c = conv2d %x, %v {act="relu"}\n%d = conv2d %x, %w {pads=[1,1,1,1]}\n%y = sum %c, %d',
  ),
  sumOf(
    'pad-1x1-to-3x3',
    tooDear,
    '1,256,14,14',
    'const %v : f32[256,256,1,1]\nconst %w : f32[256,1,3,3]',
    '%c = conv2d %x, %v\n%d = conv2d %x, %w {pads=[1,1,1,1], group=256}\n%y = sum %c, %d',
  ),
  sumOf(
    'sum-parallel-convs',
    tooDear,
    '1,96,8,8',
    'const %v : f32[96,48,5,5]\nconst %w : f32[96,32,5,5]',
    '%c = conv2d %x, %v {pads=[2,2,2,2], group=2}\n' +
      '%d = conv2d %x, %w {pads=[2,2,2,2], group=3}\n%y = sum %c, %d',
  ),
  {
    rule: 'fuse-relu',
    condition: 'the value before the activation has another user',
    graph: `graph g(%x: f32[1,2,4,4]) {
      const %w : f32[2,2,3,3]
      %c = conv2d %x, %w
      %y = relu %c
      return %y, %c
    }`,
  },
];
