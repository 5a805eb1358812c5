/** Whether the result was checked, and how close it is. */
import { html, type Html } from './html.ts';
import type { Equivalence } from '../equivalence/index.ts';
import { printError } from './units.ts';

export function drawBadge(equivalence: Equivalence | undefined): Html {
  if (!equivalence) return html`<span class="verdict unchecked">Not verified</span>`;
  return equivalence.ok
    ? html`<span class="verdict ok">✓ Verified: computes the same</span>`
    : html`<span class="verdict failed">✗ Differs from the source</span>`;
}

export function drawVerification(equivalence: Equivalence | undefined): Html {
  if (!equivalence) {
    return html`<p>The two graphs were not compared. <code>reparam verify</code> does that.</p>`;
  }
  const { ok, maxAbsError, tolerance, outputScale, method, worst } = equivalence;
  const share = maxAbsError / tolerance;
  const part = share < 0.001 ? 'less than 0.1' : (100 * share).toPrecision(2);
  return html`<p class="lead">
      Both graphs were evaluated on the same generated inputs, and
      ${
        ok
          ? 'give the same up to the rounding of the weights.'
          : 'differ by more than the rounding of the weights explains.'
      }
    </p>
    <dl class="facts">
      ${drawFact('Result', ok ? 'the same' : 'different')} ${drawFact('Compared', method)}
      ${drawFact('Largest difference', printError(maxAbsError))}
      ${drawFact('Tolerance', printError(tolerance))}
      ${drawFact('Largest magnitude there', outputScale.toPrecision(3))}
      ${worst && drawFact('Place', worst.value)}
    </dl>
    <p>
      ${Number.isFinite(share) && `The difference is ${part} % of the tolerance. `} The tolerance is
      derived from the computation: what rounding the new weights once can change, at most. Shown is
      the comparison that comes closest to its tolerance.
    </p>`;
}

const drawFact = (name: string, fact: string): Html =>
  html`<div>
    <dt>${name}</dt>
    <dd>${fact}</dd>
  </div>`;
