/** Pictures as the tensors that networks take. */
import { extname } from 'node:path';
import jpeg from 'jpeg-js';
import { Pica } from 'pica';
import { PNG } from 'pngjs';
import { printShape, ReparamError, Tensor, type Shape } from '../../ir/index.ts';
import { usageError } from './answer.ts';

/** Above this many pixels, a file is taken for an attempt to fill the memory. */
const MAX_PIXELS = 100_000_000;

export interface PictureOptions {
  /** Shorter side to size, then the centre; or both sides to size, whatever becomes of the proportions. */
  readonly resize: 'crop' | 'stretch';
  /** (pixel * scale - mean) / std, with pixels of 0 to 255; one number, or one for each channel. */
  readonly scale: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Red, green, blue, alpha, of 0 to 255, row by row. */
interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

const decoders: Readonly<Record<string, (bytes: Uint8Array) => Pixels>> = {
  '.png'(bytes) {
    const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (header.getUint32(16) * header.getUint32(20) > MAX_PIXELS)
      throw new Error('it is too large');
    return PNG.sync.read(Buffer.from(bytes));
  },
  '.jpg': (bytes) =>
    jpeg.decode(bytes, {
      useTArray: true,
      formatAsRGBA: true,
      maxResolutionInMP: MAX_PIXELS / 1e6,
      maxMemoryUsageInMB: 2048,
    }),
};

export const pictureExtensions = [...Object.keys(decoders), '.jpeg'];

export const isPicture = (path: string): boolean =>
  pictureExtensions.includes(extname(path).toLowerCase());

/**
 * The picture as [1,C,H,W], for an input of that shape: C is 1 (grey, by ITU-R BT.601) or 3 (red, green,
 * blue). What is transparent is taken as opaque. Throws a `file` error that names the picture, and wrong usage for
 * options that do not fit the input.
 */
export async function readPicture(
  bytes: Uint8Array,
  shape: Shape,
  { scale, mean, std, resize }: PictureOptions,
  path: string,
): Promise<Tensor> {
  const refuse = (reason: string, cause?: unknown) =>
    new ReparamError('file', `${path}: ${reason}`, path, { cause });
  const [batch, channels, height, width] = shape;
  if (
    shape.length !== 4 ||
    !(channels === 1 || channels === 3) ||
    (typeof batch === 'number' && batch !== 1)
  ) {
    throw refuse(
      `a picture is [1,1,H,W] or [1,3,H,W], and the input is ${printShape(shape)}; give it as .npy`,
    );
  }
  if (typeof height !== 'number' || typeof width !== 'number') {
    throw usageError(
      `${path}: the input is ${printShape(shape)}; say to which size to bring the picture, with --shape`,
    );
  }
  for (const [option, list] of [
    ['--mean', mean],
    ['--std', std],
  ] as const) {
    if (list.length === 1 || list.length === channels) continue;
    const takes = channels === 1 ? '1 channel' : `${channels} channels`;
    throw usageError(`${option} has ${list.length} numbers, and the model takes ${takes}`);
  }
  let pixels: Pixels;
  try {
    const extension = extname(path).toLowerCase();
    pixels = decoders[extension === '.jpeg' ? '.jpg' : extension]!(bytes);
  } catch (error) {
    const isTooLarge = error instanceof Error && /too large|limit exceeded/.test(error.message);
    const kind = extname(path).toLowerCase() === '.png' ? 'PNG' : 'JPEG';
    const reason = isTooLarge ? 'it is too large' : `it is no ${kind} file, or is damaged`;
    throw refuse(`cannot be read as a picture: ${reason}`, error);
  }
  const fitted = await fit(pixels, width, height, resize);
  const data = new Float32Array(channels * height * width);
  const each = (list: readonly number[], c: number): number => list[c] ?? list[0]!;
  for (let i = 0; i < height * width; i++) {
    const [r, g, b] = [fitted[4 * i]!, fitted[4 * i + 1]!, fitted[4 * i + 2]!];
    const values = channels === 3 ? [r, g, b] : [(299 * r + 587 * g + 114 * b) / 1000];
    values.forEach((value, c) => {
      data[c * height * width + i] = (value * scale - each(mean, c)) / each(std, c);
    });
  }
  return new Tensor([1, channels, height, width], data);
}

/** RGBA of the size. */
async function fit(
  { width, height, data }: Pixels,
  toWidth: number,
  toHeight: number,
  resize: PictureOptions['resize'],
): Promise<Uint8Array> {
  const factor = Math.max(toWidth / width, toHeight / height);
  const cover = [
    Math.max(toWidth, Math.round(width * factor)),
    Math.max(toHeight, Math.round(height * factor)),
  ];
  const [w, h] = resize === 'stretch' ? [toWidth, toHeight] : (cover as [number, number]);
  let resized = data;
  if (w !== width || h !== height) {
    const src = data.map((value, i) => (i % 4 === 3 ? 255 : value));
    const pica = new Pica({ features: ['js'] });
    resized = await pica.resizeBuffer({
      src,
      width,
      height,
      toWidth: w,
      toHeight: h,
      filter: 'hamming',
    });
  }
  const [left, top] = [Math.floor((w - toWidth) / 2), Math.floor((h - toHeight) / 2)];
  const cropped = new Uint8Array(4 * toWidth * toHeight);
  for (let y = 0; y < toHeight; y++) {
    const from = 4 * ((top + y) * w + left);
    cropped.set(resized.subarray(from, from + 4 * toWidth), 4 * y * toWidth);
  }
  return cropped;
}
