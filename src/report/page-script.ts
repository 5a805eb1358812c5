/** What the page runs: d3-zoom with what it needs, and the page's own script. All of it goes into the page. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** In the order in which each finds what it needs. */
const packages = [
  'd3-dispatch',
  'd3-selection',
  'd3-drag',
  'd3-timer',
  'd3-ease',
  'd3-color',
  'd3-interpolate',
  'd3-transition',
  'd3-zoom',
];

export const readAsset = (name: string): Promise<string> =>
  readFile(new URL(`./page/${name}`, import.meta.url), 'utf8');

/** Minified builds that share a global `d3`, wherever the package manager put them. */
async function readD3(): Promise<string[]> {
  const here = createRequire(import.meta.url);
  const { resolve } = createRequire(here.resolve('d3-zoom'));
  return Promise.all(
    packages.map((name) => {
      const folder = dirname(resolve(name));
      return readFile(join(folder, '..', 'dist', `${name}.min.js`), 'utf8');
    }),
  );
}

/** Text for a script element. */
export async function readPageScript(): Promise<string> {
  const scripts = [...(await readD3()), await readAsset('report.js')];
  // A script element ends at the first of these, wherever in the script it stands.
  const text = scripts.join('\n;').replaceAll('</script', '<\\/script');
  // As the parser of HTML reads it, so that its hash is right.
  return text.replace(/\r\n?/g, '\n');
}
