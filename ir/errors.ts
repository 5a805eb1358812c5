/**
 * Every error that reparam raises on purpose. `code` is stable and can be switched on; the message
 * names the node, layer or file concerned and, where there is one, the remedy.
 */
export class ReparamError extends Error {
  readonly code: ErrorCode;
  /** The node, layer, tensor or file that the error is about. */
  readonly subject: string | undefined;

  constructor(code: ErrorCode, message: string, subject?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ReparamError';
    this.code = code;
    this.subject = subject;
  }
}

export type ErrorCode =
  /** A shape, channel count or attribute does not fit. */
  | 'shape'
  /** A file is valid but asks for what reparam does not support. */
  | 'unsupported'
  /** The graph breaks an invariant of the IR. */
  | 'invalid-graph'
  /** The text form of a graph could not be read. */
  | 'parse'
  /** A file is truncated, malformed or lies about itself. */
  | 'file'
  /** A state dict does not fit the model. */
  | 'state-dict'
  /** A session was given inputs that do not fit, or a function something that it does not take. */
  | 'input'
  /** A symbolic dimension was not fixed, or fixed to something impossible. */
  | 'dimension'
  /** A tensor is larger than the device can bind. */
  | 'limit'
  /** No WebGPU adapter, or no device on it. */
  | 'no-adapter'
  /** The device was lost; the message says why. */
  | 'device-lost'
  /** The device ran out of memory; the message names the buffer's owner. */
  | 'out-of-memory'
  /** A shader, pipeline or binding was refused; the message names the node. */
  | 'gpu'
  /** The session was closed. */
  | 'closed'
  /** A pass broke the graph; the message names the pass. */
  | 'pass';

export const shapeError = (message: string, subject?: string) =>
  new ReparamError('shape', message, subject);

export const unsupported = (message: string, subject?: string) =>
  new ReparamError('unsupported', message, subject);
