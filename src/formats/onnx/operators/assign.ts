/** Slice assignment, which exporters write as ScatterND: where it makes a border, it is a padded image. */
import { elementCount, isStatic as isFixed, sameShape } from '../../../../ir/index.ts';
import { shapeError, unsupported, type StaticShape } from '../../../../ir/index.ts';
import { stridesOf } from '../evaluate/index.ts';
import { text } from '../onnx-node.ts';
import { eachPixel, pixelsOf, simplified, type Padded } from '../padded.ts';
import { axisOf, floats, type Floats } from '../static.ts';
import type { ImportOp, Imported, Site } from '../site.ts';

const MAX_ELEMENTS = 2 ** 24;

/** Where each element of the updates goes in the tensor. */
function placesOf(site: Site, shape: StaticShape): Uint32Array {
  const indices = site.ints(1, 'the indices');
  const depth = indices.shape.at(-1) ?? 0;
  if (depth < 1 || depth > shape.length) throw shapeError('has indices of another rank');
  const at = site.numbers(1, 'the indices');
  const [strides, block] = [stridesOf(shape), elementCount(shape.slice(depth))];
  const count = at.length / depth;
  const wanted = [...indices.shape.slice(0, -1), ...shape.slice(depth)];
  if (!sameShape(site.shapeOf(2), wanted)) throw shapeError('has updates of another shape');
  if (count * block > MAX_ELEMENTS) throw unsupported('assigns to too many elements');
  const places = new Uint32Array(count * block);
  for (let i = 0; i < count; i++) {
    let start = 0;
    for (let k = 0; k < depth; k++) start += axisOf(at[i * depth + k]!, shape[k]!) * strides[k]!;
    for (let k = 0; k < block; k++) places[i * block + k] = start + k;
  }
  return places;
}

/** The first image [C, H, W] of a batch all of which are alike. */
function oneImage(data: ArrayLike<number>, shape: StaticShape): Floats {
  const size = elementCount(shape.slice(1));
  for (let i = size; i < data.length; i++) {
    if (data[i] !== data[i % size])
      throw unsupported('assigns to the images of a batch differently');
  }
  const image = Float64Array.from({ length: size }, (_, i) => data[i]!);
  return floats(image, shape.slice(1));
}

/** An image put into a constant one. */
function surrounded(site: Site, around: Floats, places: Uint32Array): Imported {
  const { shape } = around;
  const [, , height, width] = shape as [number, number, number, number];
  const inner = site.shapeOf(2);
  const [top, left] = [Math.floor(places[0]! / width) % height, places[0]! % width];
  const [rows, columns] = inner.slice(2) as [number, number];
  const isBox =
    inner.length === 4 &&
    sameShape(inner.slice(0, 2), shape.slice(0, 2)) &&
    places.every((place, i) => {
      const [line, column] = [Math.floor(i / columns), i % columns];
      const row = Math.floor(line / rows) * height + (line % rows) + top;
      return place === row * width + column + left;
    });
  if (!isBox) throw unsupported('assigns to another part than the inside of an image');
  const pads = [top, left, height - top - rows, width - left - columns];
  const border = oneImage(around.data, shape);
  return simplified({ kind: 'padded', x: site.value(2), pads, border });
}

/** Constants put into the border of an image. */
function reassigned(padded: Padded, places: Uint32Array, updates: Floats, site: Site): Imported {
  const shape = site.shapeOf(0) as StaticShape;
  const image = pixelsOf(padded, site.shape(padded.x));
  if (!image) throw unsupported('assigns to the border of too large an image');
  const { data } = image;
  const all = Float64Array.from({ length: elementCount(shape) }, (_, i) => data[i % data.length]!);
  places.forEach((place, i) => (all[place] = updates.data[i]!));
  const assigned = new Set(Array.from(places, (place) => place % data.length));
  eachPixel(padded, image.shape, (at, isInside) => {
    if (isInside && assigned.has(at)) throw unsupported('assigns to the inside of an image');
  });
  return simplified({ ...padded, border: oneImage(all, shape) });
}

const scatterNd: ImportOp = (site) => {
  const reduction = text(site.node, 'reduction', 'none');
  if (reduction !== 'none') throw unsupported(`reduction="${reduction}" is not supported`);
  const shape = site.shapeOf(0);
  if (!isFixed(shape) || shape.length !== 4 || elementCount(shape) > MAX_ELEMENTS) {
    throw unsupported(`to [${shape.join(',')}] is not supported`);
  }
  const target = site.operand(0);
  const [known, updates] = [site.known(0), site.known(2)];
  if (known?.kind === 'floats') return surrounded(site, known, placesOf(site, shape));
  if (target.kind === 'padded' && updates?.kind === 'floats') {
    return reassigned(target, placesOf(site, shape), updates, site);
  }
  throw unsupported('assigns to another part than the border of an image');
};

export const assignments: Readonly<Record<string, ImportOp>> = { ScatterND: scatterNd };
