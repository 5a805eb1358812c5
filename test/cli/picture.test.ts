/** Pictures as tensors. */
import { readFileSync } from 'node:fs';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { describe, expect, test } from 'vitest';
import { readPicture, type PictureOptions } from '../../src/cli/picture.ts';
import { fashionImages } from '../fixtures/fashion.ts';
import { picture } from './cli.ts';

type Colour = readonly [number, number, number];

const plain: PictureOptions = { resize: 'crop', scale: 1, mean: [0], std: [1] };

const rgba = (width: number, height: number, at: (x: number, y: number) => Colour): Buffer =>
  Buffer.from(
    Array.from({ length: width * height }, (_, i) => [
      ...at(i % width, Math.floor(i / width)),
      255,
    ]).flat(),
  );

function png(width: number, height: number, at: (x: number, y: number) => Colour): Uint8Array {
  const image = new PNG({ width, height });
  image.data = rgba(width, height, at);
  return PNG.sync.write(image);
}

const ramp = (x: number, y: number): Colour => [10 * x, 10 * y, 10 * (x + y)];

describe('values', () => {
  test('of a grey picture are those of the data set', async () => {
    const options: PictureOptions = { ...plain, scale: 1 / 255, mean: [0.286], std: [0.353] };
    const read = await readPicture(readFileSync(picture), ['N', 1, 28, 28], options, picture);
    expect(read).toEqual(fashionImages(1));
  });

  test('are red, green and blue planes', async () => {
    const { shape, data } = await readPicture(png(3, 2, ramp), [1, 3, 2, 3], plain, 'a.png');
    expect(shape).toEqual([1, 3, 2, 3]);
    const red = [0, 10, 20, 0, 10, 20];
    const green = [0, 0, 0, 10, 10, 10];
    const blue = [0, 10, 20, 10, 20, 30];
    expect([...data]).toEqual([...red, ...green, ...blue]);
  });

  test('are standardised for each channel', async () => {
    const options = { ...plain, scale: 0.1, mean: [1, 2, 3], std: [1, 2, 4] };
    const { data } = await readPicture(
      png(1, 1, () => [50, 60, 70]),
      [1, 3, 1, 1],
      options,
      'a.png',
    );
    expect([...data]).toEqual([4, 2, 1]);
  });

  test('of colours as grey', async () => {
    const { data } = await readPicture(
      png(1, 1, () => [100, 0, 200]),
      [1, 1, 1, 1],
      plain,
      'a.png',
    );
    expect(data[0]).toBeCloseTo(29.9 + 22.8, 4);
  });

  test.each(['a.jpg', 'a.JPEG'])('of %s are near', async (name) => {
    const even = { width: 16, height: 16, data: rgba(16, 16, () => [200, 100, 50]) };
    const bytes = jpeg.encode(even, 95).data;
    const { data } = await readPicture(bytes, [1, 3, 16, 16], plain, name);
    [200, 100, 50].forEach((value, c) => expect(Math.abs(data[c * 256]! - value)).toBeLessThan(4));
  });
});

describe('sizes', () => {
  // Left to right dark to bright, with a bright frame at the far left and right that a crop removes.
  const wide = png(40, 20, (x) => (x < 8 || x >= 32 ? [255, 255, 255] : [0, 0, 0]));

  test('the centre of what is too wide', async () => {
    const { data } = await readPicture(wide, [1, 1, 10, 10], plain, 'a.png');
    expect(Math.max(...data)).toBeLessThan(128);
    expect(data[55]).toBe(0);
  });

  test('stretched, both borders are there', async () => {
    const { data } = await readPicture(
      wide,
      [1, 1, 10, 10],
      { ...plain, resize: 'stretch' },
      'a.png',
    );
    expect([data[0], data[5], data[9]]).toEqual([255, 0, 255]);
  });

  test('enlarged, an even colour stays', async () => {
    const { shape, data } = await readPicture(
      png(3, 5, () => [9, 9, 9]),
      [1, 1, 7, 8],
      plain,
      'a.png',
    );
    expect(shape).toEqual([1, 1, 7, 8]);
    expect(new Set(data)).toEqual(new Set([9]));
  });
});

describe('what is refused', () => {
  const one = png(2, 2, ramp);
  const message = async (bytes: Uint8Array, shape: (number | string)[], options = plain) =>
    readPicture(bytes, shape, options, 'a.png').then(
      () => 'nothing',
      (error: Error) => error.message,
    );

  test('models that take no picture, or of no fixed size', async () => {
    expect(await message(one, [1, 10])).toMatch(/a\.png: a picture is .* the input is \[1,10\]/);
    expect(await message(one, [1, 4, 2, 2])).toContain('the input is [1,4,2,2]');
    expect(await message(one, [8, 3, 2, 2])).toContain('the input is [8,3,2,2]');
    expect(await message(one, [1, 3, 'H', 'W'])).toContain('with --shape');
  });

  test('means for other channels', async () => {
    expect(await message(one, [1, 3, 2, 2], { ...plain, mean: [1, 2] })).toContain('--mean has 2');
    expect(await message(one, [1, 1, 2, 2], { ...plain, std: [1, 2, 3] })).toContain(
      '--std has 3 numbers, and the model takes 1 channel',
    );
  });

  test('files that are damaged', async () => {
    for (const bytes of [new Uint8Array(0), new Uint8Array(9), one.subarray(0, 40)]) {
      expect(await message(bytes, [1, 3, 2, 2])).toBe(
        'a.png: cannot be read as a picture: it is no PNG file, or is damaged',
      );
    }
    const jpg = readPicture(new Uint8Array(50), [1, 3, 2, 2], plain, 'b.jpg');
    await expect(jpg).rejects.toThrow(
      /^b\.jpg: cannot be read as a picture: it is no JPEG file, or is damaged$/,
    );
  });

  test('a size beyond all sense, before memory is asked for', async () => {
    const lie = Uint8Array.from(one);
    new DataView(lie.buffer).setUint32(16, 2 ** 31 - 1);
    expect(await message(lie, [1, 3, 2, 2])).toContain('it is too large');
  });
});
