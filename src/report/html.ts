/** HTML and SVG from templates. What is put in is text and gets escaped, unless it is a template's result. */

export interface Html {
  readonly html: string;
}

type Part = Html | string | number | false | null | undefined | readonly Part[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Fit for text and for quoted attributes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (c) => entities[c]!);

function print(part: Part): string {
  if (part === false || part === null || part === undefined) return '';
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  return 'html' in part ? part.html : part.map(print).join('');
}

/** `` html`<b>${name}</b>` ``; `false`, `null` and `undefined` give nothing, arrays their items. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const text = strings.map((string, i) => {
    // The line breaks of the source would be a good part of a large page.
    const short = string.replace(/\s*\n\s*/g, ' ');
    return i === 0 ? short.trimStart() : print(parts[i - 1]) + short;
  });
  return { html: text.join('').trimEnd() };
}

/** Text that is HTML already; never anything that comes from a file. */
export const raw = (text: string): Html => ({ html: text });
