import { broadcastOp } from './broadcast.ts';

export const add = broadcastOp(
  'a + b, broadcast as in ONNX; `sum` is the n-ary one without.',
  (a, b) => a + b,
);
