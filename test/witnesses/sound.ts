/** For every condition of soundness, the smallest graph that this condition alone refuses. */
export interface Witness {
  readonly rule: string;
  readonly condition: string;
  readonly graph: string;
  /** The error that the rewrite leads to; without one, the graph computes something else. */
  readonly error?: RegExp;
}

const activated = (rule: string, node: string, more: string): Witness => ({
  rule,
  condition: 'the convolution is already activated',
  graph: `graph g(%x: f32[1,1,2,2]) {
    const %w : f32[2,1,1,1]
    ${more}
    %c = conv2d %x, %w {act="relu"}
    %y = ${node}
    return %y
  }`,
});

const differentTensors = 'the branches read different tensors';
const differentPadValues = 'the branches are padded with different values';
const branches = (inputs: string, c: string, d: string): string => `graph g(${inputs}) {
    const %v : f32[1,1,3,3]
    const %w : f32[1,1,3,3]
    const %one : f32[1,1,1,1]
    const %flat : f32[1,1,1,3]
    const %p : f32[1]
    const %q : f32[1]
    %c = conv2d ${c}
    %d = conv2d ${d}
    %y = sum %c, %d
    return %y
  }`;

export const witnesses: readonly Witness[] = [
  {
    rule: 'drop-single-sum',
    condition: 'the sum is activated',
    graph: 'graph g(%x: f32[4]) {\n%y = sum %x {act="relu"}\nreturn %y\n}',
  },
  {
    rule: 'add-to-sum',
    condition: 'an operand is broadcast',
    graph: 'graph g(%x: f32[2], %z: f32[1]) {\n%y = add %x, %z\nreturn %y\n}',
    error: /x\[1\] must have the shape \[2\], but is \[1\]/,
  },
  {
    rule: 'flatten-sums',
    condition: 'the inner sum is activated',
    graph: 'graph g(%x: f32[4]) {\n%s = sum %x, %x {act="relu"}\n%y = sum %s, %x\nreturn %y\n}',
  },
  activated(
    'fold-bn',
    'batchNorm %c, %gamma, %beta, %mean, %var {epsilon=0.1}',
    ['gamma', 'beta', 'mean', 'var'].map((name) => `const %${name} : f32[2]\n`).join(''),
  ),
  // Of both signs: relu(s x) = s relu(x) where s is positive.
  activated('fold-scale', 'mul %c, %s', 'const %s : f32[2,1,1]'),
  {
    rule: 'fold-scale',
    condition: 'the factor is not one per channel',
    graph: `graph g(%x: f32[1,1,2,2]) {
      const %w : f32[2,1,1,1]
      const %s : f32[2,1]
      %c = conv2d %x, %w
      %y = mul %c, %s
      return %y
    }`,
    error: /is not a function/,
  },
  activated('fold-shift', 'add %c, %t', 'const %t : f32[2,1,1]'),
  {
    rule: 'fold-shift',
    condition: 'the term is not one per channel',
    graph: `graph g(%x: f32[1,1,2,2]) {
      const %w : f32[2,1,1,1]
      const %t : f32[2,1]
      %c = conv2d %x, %w
      %y = add %c, %t
      return %y
    }`,
    error: /is not a function/,
  },
  {
    rule: 'identity-to-conv',
    condition:
      'the branch is not the tensor that the convolution reads, nor its BatchNorm or per-channel scale',
    graph: `graph g(%x: f32[1,1,2,2], %z: f32[1,1,2,2]) {
      const %w : f32[1,1,1,1]
      %c = conv2d %x, %w
      %y = sum %c, %z
      return %y
    }`,
    error: /the rule identity-to-conv at "y"/,
  },
  {
    rule: 'pad-1x1-to-3x3',
    condition: differentTensors,
    graph: branches('%x: f32[1,1,2,2], %z: f32[1,1,2,2]', '%x, %v {pads=[1,1,1,1]}', '%z, %one'),
  },
  {
    rule: 'pad-1x1-to-3x3',
    condition: differentPadValues,
    graph: branches(
      '%x: f32[1,1,2,2]',
      '%x, %v, _, %p {pads=[1,1,1,1]}',
      '%x, %flat, _, %q {pads=[0,1,0,1]}',
    ),
  },
  {
    rule: 'pad-1x1-to-3x3',
    condition: 'the branches have different strides',
    graph: branches('%x: f32[1,1,5,5]', '%x, %v', '%x, %w {pads=[1,1,1,1], strides=[2,2]}'),
    error: /x\[1\] must have the shape \[1,1,3,3\], but is \[1,1,2,2\]/,
  },
  {
    rule: 'sum-parallel-convs',
    condition: 'the branches have different strides',
    graph: branches('%x: f32[1,1,6,6]', '%x, %v {strides=[2,2]}', '%x, %w {strides=[3,3]}'),
  },
  {
    rule: 'sum-parallel-convs',
    condition: differentTensors,
    graph: branches('%x: f32[1,1,3,3], %z: f32[1,1,3,3]', '%x, %v', '%z, %w'),
  },
  {
    rule: 'sum-parallel-convs',
    condition: differentPadValues,
    graph: branches(
      '%x: f32[1,1,2,2]',
      '%x, %v, _, %p {pads=[1,1,1,1]}',
      '%x, %w, _, %q {pads=[1,1,1,1]}',
    ),
  },
  {
    rule: 'sum-parallel-convs',
    condition: 'a branch is activated before the sum',
    graph: branches('%x: f32[1,1,4,4]', '%x, %v', '%x, %w {act="relu"}'),
  },
  {
    rule: 'fuse-relu',
    condition: 'the node before it is already activated',
    graph:
      'graph g(%x: f32[4]) {\n%s = sum %x, %x {act="hardSigmoid", actParams=[0.3,0.5]}\n' +
      '%y = clip %s {min=0.5, max=6}\nreturn %y\n}',
  },
];
