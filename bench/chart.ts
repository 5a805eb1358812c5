/** The times of the networks at batch 1 as a bar chart in SVG. */
import { scaleBand, scaleLinear } from 'd3-scale';
import type { BenchResult, Timing } from './result.ts';

const WIDTH = 760;
const LEFT = 230;
const RIGHT = 70;
const BAR = 18;

const escape = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!);

const style = `text { font: 12px system-ui, sans-serif; fill: #57606a } .title { font-weight: 600; font-size: 14px }
.bar { fill: #8c959f } .ours { fill: #1f883d } .training { opacity: 0.5 } .axis { stroke: #8c959f; stroke-opacity: 0.3 }
@media (prefers-color-scheme: dark) { text { fill: #9198a1 } .ours { fill: #3fb950 } }`;

/** One group of bars for each case, 25th percentiles, the fastest first; empty where there is nothing to show. */
export function drawChart({ timings, adapter }: BenchResult): string {
  const shown = timings.filter(({ batch, case: name }) => batch === 1 && !/\d@/.test(name));
  const cases = [...new Set(shown.map((one) => one.case))];
  let y = 30;
  const groups = cases.map((name) => {
    const own = shown.filter((one) => one.case === name);
    const { svg, height } = drawGroup(
      name,
      own.toSorted((a, b) => a.times.p25 - b.times.p25),
      y,
    );
    y += height + 24;
    return svg;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img">
<title>Milliseconds for one image at 224x224, by runtime</title>
<style>${style}</style>
<text x="0" y="14">Milliseconds for one image, 25th percentile; lighter bars: training form. ${escape(adapter)}</text>
${groups.join('\n')}
</svg>
`;
}

function drawGroup(name: string, timings: readonly Timing[], top: number) {
  const height = BAR * timings.length;
  const longest = Math.max(...timings.map(({ times }) => times.p25));
  const x = scaleLinear([0, longest], [LEFT, WIDTH - RIGHT]).nice();
  const y = scaleBand(
    timings.map(({ contestant }) => contestant),
    [top + 24, top + 24 + height],
  ).padding(0.2);
  const bars = timings.map(({ contestant, times }) => {
    const classes = [
      'bar',
      contestant.startsWith('reparam') && 'ours',
      contestant.endsWith('training') && 'training',
    ];
    const [from, middle] = [y(contestant)!, y(contestant)! + y.bandwidth() / 2 + 4];
    const width = Math.max(1, x(times.p25) - LEFT);
    return `<text x="${LEFT - 8}" y="${middle.toFixed(1)}" text-anchor="end">${escape(contestant)}</text>
<rect class="${classes.filter(Boolean).join(' ')}" x="${LEFT}" y="${from.toFixed(1)}" width="${width.toFixed(1)}" height="${y.bandwidth().toFixed(1)}"/>
<text x="${(LEFT + width + 6).toFixed(1)}" y="${middle.toFixed(1)}">${times.p25.toFixed(times.p25 < 10 ? 1 : 0)}</text>`;
  });
  const ticks = x.ticks(6).map((tick) => {
    const at = x(tick).toFixed(1);
    return `<line class="axis" x1="${at}" x2="${at}" y1="${top + 22}" y2="${top + 26 + height}"/>`;
  });
  const title = `<text class="title" x="0" y="${top + 14}">${escape(name)}</text>`;
  return { svg: [title, ...ticks, ...bars].join('\n'), height: height + 24 };
}
