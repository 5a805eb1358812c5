import { broadcastOp } from './broadcast.ts';

export const mul = broadcastOp('a b, element by element, broadcast as in ONNX.', (a, b) => a * b);
