/** The shader of conv-transpose-tiled and conv-transpose-subgroup, which differ in how weights are loaded. */
import { elementCount } from '../../ir/index.ts';
import { epilogue } from '../activation.ts';
import type { Emission } from '../kernel.ts';
import type { DeviceProfile } from '../plan.ts';
import { binder, i32, indent, u32 } from '../shader.ts';
import { range } from './tile.ts';
import {
  axisOf,
  countTiles,
  depthStep,
  labelOf,
  pixelLoads,
  sumsOf,
  weightVectors,
  type PlaceTile,
  type TransposedJob,
} from './transposed-window.ts';
import { imageWords } from './window.ts';

export function emitTransposed(
  name: string,
  job: TransposedJob,
  tile: PlaceTile,
  { lanes, workgroup }: { readonly lanes: number | null; readonly workgroup: number },
  device: DeviceProfile,
): Emission {
  const { node, output, residual, act } = job;
  const [image, weights, bias] = job.inputs;
  const { pads, group } = node.attrs;
  const [rows, columns] = [axisOf(job, 0), axisOf(job, 1)];
  const [channels, perGroup, ...window] = weights!.shape as [number, number, number, number];
  const taps = elementCount(window);
  const tiles = countTiles(job, tile);
  const loads = pixelLoads(job, tile);
  const b = binder(device);
  const x = loads.singles.length > 0 ? b.read('x', image!) : null;
  const vectors = loads.vector ? b.read('quads', image!, 'vec4f') : null;
  const weightAt = b.weights(job, 'vec4f', 'transposedQuads');
  const shift = bias ? b.read('bias', bias)('o') : null;
  const add = residual ? ` + ${b.read('residual', residual)('to')}` : '';
  const y = b.write('y', output);
  const { functions, words, apply } = epilogue(act);
  const sums = sumsOf(rows, columns, tile, window[1]);
  const [tileRows, tileColumns] = [tile.y * rows.stride, tile.x * columns.stride];
  const vectorCount = weightVectors(job, tile);
  const step = depthStep(job, tile);

  const inRow = (i: number, at: number) =>
    `inside${i} & (left + ${at} >= 0) & (left + ${at} < p.width)`;
  const loadRow = (at: number, i: number) => {
    const lines = [
      `let yy${i} = top + ${at};`,
      `let inside${i} = (yy${i} >= 0) & (yy${i} < p.height);`,
      `let start${i} = plane + clamp(yy${i}, 0, p.height - 1) * p.width;`,
      ...loads.singles.map((column, j) => {
        const value = x!(`start${i} + clamp(left + ${column}, 0, p.width - 1)`);
        return `let s${i}_${j} = select(0.0, ${value}, ${inRow(i, column)});`;
      }),
    ];
    if (vectors) {
      const value = vectors(`(start${i} + min(left, p.width - 4)) / 4`);
      lines.push(`let v${i} = select(vec4f(), ${value}, inside${i} & (left < p.width));`);
    }
    return lines.join('\n');
  };
  const pixel = (row: number, column: number) => {
    const i = loads.rows.indexOf(row);
    return loads.vector && column >= 0
      ? `v${i}[${column}]`
      : `s${i}_${loads.singles.indexOf(column)}`;
  };
  const loadWeights =
    lanes === null
      ? []
      : range(Math.ceil(vectorCount / lanes)).map(
          (i) => `let w${i} = ${weightAt(`min(at + ${i * lanes}u + lane, p.lastWeight)`)};`,
        );
  const weight = (i: number) =>
    lanes === null
      ? weightAt(`min(at + ${i}u, p.lastWeight)`)
      : `subgroupBroadcast(w${Math.floor(i / lanes)}, ${i % lanes}u)`;
  const known = new Set<string>();
  const products = sums.flatMap(({ name: sum, quad, products: all }) => {
    const lets = all
      .map(({ tap }) => ({ tap, id: `k${quad}_${tap}` }))
      .filter(({ id }) => !known.has(id))
      .map(({ tap, id }) => {
        known.add(id);
        return `let ${id} = ${weight(quad * taps + tap)};`;
      });
    const terms = all.map((one) => `k${quad}_${one.tap} * ${pixel(one.y, one.x)}`);
    return terms.length > 0 ? [...lets, `${sum} += ${terms.join(' + ')};`] : [];
  });
  const channel = `{
${indent([...loadWeights, ...loads.rows.map(loadRow), ...products].join('\n'))}
  plane += p.height * p.width;
  at += p.weightStep;
}`;
  const place = lanes === null ? 'index % p.placeTiles' : `index / p.tilesM * ${lanes}u + lane`;
  const made = b.step({
    kernel: name,
    label: labelOf(tile),
    ...(lanes === null ? { workgroupSize: workgroup } : { lanes }),
    words: [
      ...imageWords(image!.shape, output.shape),
      i32('top', pads[0]!),
      i32('left', pads[1]!),
      i32('firstRow', rows.first),
      i32('firstColumn', columns.first),
      u32('channels', channels),
      u32('depth', channels / group),
      u32('outputs', output.shape[1]!),
      u32('outputsPerGroup', perGroup),
      u32('tilesX', tiles.x),
      u32('tilesY', tiles.y),
      u32('tilesM', tiles.m),
      u32('tilesPerGroup', tiles.perGroup),
      u32('placeTiles', tiles.places),
      u32('weightStep', Math.ceil(perGroup / 4) * taps),
      u32('lastWeight', channels * Math.ceil(perGroup / 4) * taps - 1),
      // In uniforms, so that drivers do not unroll the loops that store.
      u32('tileQuads', tile.m / 4),
      i32('tileRows', tileRows),
      i32('tileColumns', tileColumns),
      ...words,
    ],
    invocations: tiles.m * (lanes === null ? tiles.places : Math.ceil(tiles.places / lanes)),
    functions,
    body: `
let tile = ${lanes === null ? 'index / p.placeTiles' : 'index % p.tilesM'};
let wanted = ${place};
let place = min(wanted, p.placeTiles - 1u);
let n = place / p.tilesX / p.tilesY;
let left = i32(place % p.tilesX * ${tile.x}u) + p.firstColumn;
let top = i32(place / p.tilesX % p.tilesY * ${tile.y}u) + p.firstRow;
let part = tile % p.tilesPerGroup * ${tile.m}u;
let group0 = tile / p.tilesPerGroup;
var plane = i32(n * p.channels + group0 * p.depth) * p.height * p.width;
var at = group0 * p.depth * p.weightStep + part / 4u * ${taps}u;
${sums.map((sum) => `var ${sum.name} = vec4f();`).join('\n')}
for (var c = 0u; c < p.depth; c += ${step}u) {
${indent(
  range(step)
    .map(() => channel)
    .join('\n'),
)}
}
var out: array<vec4f, ${sums.length}>;
${sums
  .map((sum) => {
    const to = (sum.quad * tileRows + sum.row) * tileColumns + sum.column;
    return `out[${to}] = ${sum.name};`;
  })
  .join('\n')}
let firstY = top * ${rows.stride} - p.top;
let firstX = left * ${columns.stride} - p.left;
for (var q = 0u; q < p.tileQuads; q++) {
  for (var e = 0u; e < 4u; e++) {
    let m = part + q * 4u + e;
    if (wanted < p.placeTiles && m < p.outputsPerGroup) {
      let o = group0 * p.outputsPerGroup + m;
${shift === null ? '' : `      let shift = ${shift};\n`}      for (var i = max(0, -firstY); i < min(p.tileRows, i32(p.outHeight) - firstY); i++) {
        let line = (i32((n * p.outputs + o) * p.outHeight) + firstY + i) * i32(p.outWidth) + firstX;
        for (var j = max(0, -firstX); j < min(p.tileColumns, i32(p.outWidth) - firstX); j++) {
          let sum = out[(i32(q) * ${tileRows} + i) * ${tileColumns} + j][e];
          let to = line + j;
          ${y('to', apply(`sum${shift === null ? '' : ' + shift'}${add}`))};
        }
      }
    }
  }
}`,
  });
  return { steps: [made], temporaries: [] };
}
