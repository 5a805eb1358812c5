/** The part of tfjs-core that is used here; the package itself is not there where the project is checked. */
export interface TfTensor {
  data(): Promise<Float32Array>;
  dispose(): void;
}

export type Padding = 'valid' | 'same' | number | readonly (readonly [number, number])[];

/** Arguments of a fused convolution; images are NHWC. */
export interface FusedConv {
  readonly x: TfTensor;
  /** [height, width, input channels, output channels], or for depthwise [height, width, channels, factor]. */
  readonly filter: TfTensor;
  readonly strides: readonly number[];
  readonly pad: Padding;
  readonly dilations: readonly number[];
  readonly bias?: TfTensor;
  readonly activation: 'linear' | 'relu';
}

export interface Tf {
  setBackend(name: string): Promise<boolean>;
  getBackend(): string;
  tidy<T>(compute: () => T): T;
  keep<T extends TfTensor>(tensor: T): T;
  tensor(data: Float32Array, shape: readonly number[]): TfTensor;
  transpose(x: TfTensor, order: readonly number[]): TfTensor;
  reshape(x: TfTensor, shape: readonly number[]): TfTensor;
  relu(x: TfTensor): TfTensor;
  addN(all: readonly TfTensor[]): TfTensor;
  mean(x: TfTensor, axes: readonly number[], keepDims: boolean): TfTensor;
  batchNorm(
    x: TfTensor,
    mean: TfTensor,
    variance: TfTensor,
    offset: TfTensor,
    scale: TfTensor,
    epsilon: number,
  ): TfTensor;
  readonly fused: {
    conv2d(arguments_: FusedConv): TfTensor;
    depthwiseConv2d(arguments_: FusedConv): TfTensor;
    matMul(arguments_: { a: TfTensor; b: TfTensor; bias?: TfTensor }): TfTensor;
  };
}
