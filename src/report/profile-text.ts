/** What was measured on a GPU, in sentences. */
import { printMethod, rooflineNote } from '../profile/index.ts';
import { html, type Html } from './html.ts';
import type { FormProfile, ReportProfile } from './report-input.ts';
import { printFactor, printTime } from './units.ts';

/** How long each form takes, how that was measured, and how to read the shares. */
export function drawProfile({ device, source, plain }: ReportProfile): Html {
  const forms = [
    ['before', source],
    ['after', plain],
  ] as const;
  const measured = forms.flatMap(([name, form]) => (form ? [[name, form] as const] : []));
  const times = measured.map(([name, form]) => `${printTime(timeOf(form))} ${name}`).join(', ');
  const factor = source && plain && printFactor(timeOf(source), timeOf(plain), 'less');
  return html`<p>On ${device}, all layers together take ${times}${factor && ` (${factor})`}.</p>
    <details class="method">
      <summary>How the times were measured</summary>
      ${measured.map(([name, form]) => html`<p>${name}: ${printMethod(form)}.</p>`)}
      <p>${rooflineNote}</p>
    </details>`;
}

const timeOf = ({ layers }: FormProfile): number => layers.reduce((sum, { us }) => sum + us.p25, 0);
