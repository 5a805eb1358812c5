/** The drawing with what moves it. */
import type { Drawing } from './drawing.ts';
import { html, type Html } from './html.ts';
import type { ReportInput } from './report-input.ts';
import { plural, printCount } from './units.ts';

export function drawViewer(drawing: Drawing, merged: number, input: ReportInput): Html {
  const opaque = input.opaque?.length ?? 0;
  const all = input.source.nodes.length;
  const { svg, overview, width, height } = drawing;
  const button = (id: string, label: string, text: string) =>
    html`<button type="button" id="${id}" aria-label="${label}" title="${label}">${text}</button>`;
  return html`<p class="intro">
      ${
        merged > 0
          ? `Left is the model as it was, right what it became. A band joins each of the ${plural(merged, 'region')} that changed to its result.`
          : 'Left is the model as it was, right what it became.'
      }
      ${
        drawing.nodes < all &&
        ` The drawing has the first ${printCount(drawing.nodes)} of ${plural(all, 'node')}; the table has all.`
      }
      ${
        opaque > 0 &&
        ` ${plural(opaque, 'node')} with a dashed outline ${opaque === 1 ? 'is' : 'are'} kept as in the file.`
      }
    </p>
    <div class="viewer">
      <div class="toolbar" role="toolbar" aria-label="Drawing">
        ${merged > 0 && [button('previous', 'Previous region', '←'), html`<output id="which">${plural(merged, 'region')}</output>`, button('next', 'Next region', '→')]}
        <span class="gap"></span>
        ${button('zoom-out', 'Zoom out', '−')} ${button('zoom-in', 'Zoom in', '+')}
        ${button('fit', 'Show all', 'All')}
      </div>
      <div class="canvas" style="--height: ${height}px">
        <svg
          id="drawing"
          tabindex="0"
          role="application"
          aria-label="The graph before and after. Arrow keys move, plus and minus zoom."
          data-width="${width}"
          data-height="${height}"
        >
          <defs>
            <marker
              id="head"
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              orient="auto"
            >
              <path d="M0 0.8L7 4L0 7.2Z" />
            </marker>
          </defs>
          <g id="view">${svg}</g>
        </svg>
        <svg
          id="overview"
          viewBox="0 0 ${width} ${height}"
          preserveAspectRatio="${height > 10 * width ? 'none' : 'xMidYMin meet'}"
          aria-hidden="true"
        >
          ${overview}
          <rect id="window" width="${width}" height="${height}" />
        </svg>
        <p id="about" role="status"></p>
      </div>
      <p class="hint">
        Drag or scroll to move, <kbd>Ctrl</kbd> and scroll or pinch to zoom, click a region for what
        became of it.
      </p>
    </div>`;
}
