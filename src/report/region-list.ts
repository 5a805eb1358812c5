/** What became what, in words: the drawing's regions as a table. */
import { html, type Html } from './html.ts';
import { drawRegion } from './layer-table.ts';
import type { Layer } from './layers.ts';
import type { Pair } from './pairs.ts';
import { printMacs } from './units.ts';

export function drawRegionList(
  pairs: readonly Pair[],
  source: readonly Layer[],
  plain: readonly Layer[],
): Html {
  const merged = pairs.filter(({ number }) => number > 0);
  if (merged.length === 0) return html``;
  const find = (layers: readonly Layer[]) => {
    const byId = new Map(layers.map((layer) => [layer.id, layer]));
    return (ids: readonly string[]) =>
      ids.map((id) => byId.get(id)).filter((layer) => layer !== undefined);
  };
  const [before, after] = [find(source), find(plain)];
  const macs = (layers: readonly Layer[]) =>
    printMacs(layers.reduce((sum, layer) => sum + layer.macs, 0));
  const row = (pair: Pair) => {
    const [from, to] = [before(pair.source), after(pair.plain)];
    return html`<tr>
      <td>${drawRegion(pair.number)}</td>
      <th scope="row">${pair.name}</th>
      <td>${describe(from)}</td>
      <td>${describe(to)}</td>
      <td class="number">${macs(from)} → ${macs(to)}</td>
    </tr>`;
  };
  return html`<details class="regions">
    <summary>All ${merged.length} regions as a list</summary>
    <div class="scroll" tabindex="0" role="region" aria-label="Table of regions">
      <table>
        <thead>
          <tr>
            <th scope="col">Region</th>
            <th scope="col">Where</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
            <th scope="col" class="number">Multiply-adds</th>
          </tr>
        </thead>
        <tbody>
          ${merged.map(row)}
        </tbody>
      </table>
    </div>
  </details>`;
}

/** `2 × conv 3×3, 3 × batch norm` */
export function describe(layers: readonly Layer[]): string {
  const counts = new Map<string, number>();
  for (const { label } of layers) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].map(([label, n]) => (n > 1 ? `${n} × ${label}` : label)).join(', ');
}
