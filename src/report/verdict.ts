/** Whether the result was checked, and how close it is. */
import { html, type Html } from './html.ts';
import type { Equivalence } from '../equivalence/index.ts';
import { printError } from './units.ts';

export function drawBadge(equivalence: Equivalence | undefined): Html {
  if (!equivalence) return html`<span class="verdict unchecked">Not verified</span>`;
  if (equivalence.ok && !equivalence.worst) {
    return html`<span class="verdict unchecked">Nothing was changed</span>`;
  }
  return equivalence.ok
    ? html`<span class="verdict ok">✓ Verified: computes the same</span>`
    : html`<span class="verdict failed">✗ Differs from the source</span>`;
}

export function drawVerification(equivalence: Equivalence | undefined): Html {
  if (!equivalence) {
    return html`<p>The two graphs were not compared. <code>reparam verify</code> does that.</p>`;
  }
  if (equivalence.ok && !equivalence.worst) {
    return html`<p>Nothing was changed: there was nothing to merge, and so nothing to compare.</p>`;
  }
  const { ok, maxAbsError, tolerance, outputScale, method, worst } = equivalence;
  const share = maxAbsError / tolerance;
  const part = share < 0.001 ? 'less than 0.1' : (100 * share).toPrecision(2);
  return html`<p class="lead">
      Both graphs were evaluated on the same generated inputs, and
      ${
        ok
          ? 'give the same up to the rounding of the weights.'
          : Number.isFinite(maxAbsError)
            ? 'differ by more than the rounding of the weights explains.'
            : 'one is NaN or infinite where the other is not.'
      }
    </p>
    <dl class="facts">
      ${drawFact('Result', ok ? 'the same' : 'different')} ${drawFact('Compared', method)}
      ${drawFact('Off by', printError(maxAbsError))}
      ${drawFact('Rounding may make', printError(tolerance))}
      ${drawFact('In values up to', outputScale.toPrecision(3))}
      ${worst && drawFact('At', worst.value)}
    </dl>
    <p>
      Shown is the comparison closest to its limit.
      ${Number.isFinite(share) && `The difference is ${part} % of it. `} The limit is derived from
      the computation: what rounding the new weights once can change, at most.
    </p>`;
}

const drawFact = (name: string, fact: string): Html =>
  html`<div>
    <dt>${name}</dt>
    <dd>${fact}</dd>
  </div>`;
