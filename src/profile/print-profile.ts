/** A profile as text. */
import type { Profile } from '../runtime/index.ts';
import { printTable } from '../table.ts';
import type { LayerProfile } from './layer-profile.ts';

/** A line for each layer, then what they are together. */
export function printLayers(layers: readonly LayerProfile[]): string {
  const sum = (figure: (layer: LayerProfile) => number) =>
    layers.reduce((total, layer) => total + figure(layer), 0);
  const us = sum((layer) => layer.us.p25);
  const header = [
    'layer',
    '',
    'kernel',
    'candidates',
    'µs',
    'share',
    'GFLOP/s',
    'GB/s',
    'roofline',
  ];
  const rows = layers.map((layer) => [
    layer.node,
    layer.what,
    layer.kernel,
    layer.candidates === 0 ? '' : `${layer.candidates}${layer.tuned ? ' measured' : ''}`,
    printUs(layer.us.p25),
    printPercent(layer.share),
    printRate(layer.gflops),
    printRate(layer.gigabytes),
    layer.ofRoofline === null ? '' : printPercent(layer.ofRoofline),
  ]);
  const together = [
    'together',
    '',
    printDispatches(layers),
    '',
    printUs(us),
    '',
    printRate(sum(({ flops }) => flops) / us / 1e3),
    printRate(sum(({ bytes }) => bytes) / us / 1e3),
    '',
  ];
  return printTable(
    [header, ...rows, together],
    ['left', 'left', 'left', 'right', 'right', 'right', 'right', 'right', 'right'],
  );
}

/** `45 dispatches, 18 of them conversions of layout (14 saved)` */
function printDispatches(layers: readonly LayerProfile[]): string {
  const sum = (part: 'dispatches' | 'conversions' | 'saved') =>
    layers.reduce((total, layer) => total + layer[part], 0);
  const all = `${sum('dispatches')} dispatches`;
  return sum('conversions') === 0
    ? all
    : `${all}, ${sum('conversions')} of them conversions of layout (${sum('saved')} saved)`;
}

/** Where the times are from, and what the shares are of. */
export function printMethod({ clock, rounds, roofline }: Omit<Profile, 'dispatches'>): string {
  const source =
    clock === 'timestamp-query'
      ? 'timestamps around each dispatch'
      : 'the wall clock around each dispatch, some 100 µs of which are its submission';
  const times = `25th percentiles of ${rounds} rounds, by ${source}`;
  if (!roofline) return times;
  const [gflops, gigabytes] = [roofline.flops, roofline.bytes].map((most) => printRate(most / 1e9));
  return `${times}; in the same rounds the GPU did ${gflops} GFLOP/s of multiply-adds and copied ${gigabytes} GB/s`;
}

/** How to read the shares. */
export const rooflineNote =
  'roofline: the time that these would need for the arithmetic or the bytes, whichever takes longer, over the\n' +
  'time taken. GFLOP/s are those of the direct computation, and GB/s count each tensor once: Winograd, which\n' +
  'multiplies less, and data that stay in caches can exceed 100 %.';

const printUs = (us: number): string => us.toFixed(us < 100 ? 1 : 0);
const printRate = (rate: number): string => rate.toFixed(rate < 100 ? 1 : 0);
const printPercent = (part: number): string => `${(100 * part).toFixed(1)} %`;
