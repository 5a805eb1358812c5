/** The page around its content. */
import { createHash } from 'node:crypto';
import { html, raw, type Html } from './html.ts';
import { readAsset, readPageScript } from './page-script.ts';

/** The whole file, with all that it runs and looks like. */
export async function printPage(title: string, body: Html): Promise<string> {
  const [style, script] = await Promise.all([readAsset('report.css'), readPageScript()]);
  const hash = createHash('sha256').update(script).digest('base64');
  const policy = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · reparam report</title>
        ${raw(`<style>${style}</style>`)}
      </head>
      <body>
        ${body} ${raw(`<script>${script}</script>`)}
      </body>
    </html>`;
  return `${page.html}\n`;
}
