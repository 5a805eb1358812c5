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
  const { ok, maxAbsError, tolerance, outputScale, method } = equivalence;
  const share = tolerance > 0 ? maxAbsError / tolerance : Infinity;
  const part = share < 0.001 ? 'less than 0.1' : (100 * share).toPrecision(2);
  return html`<p class="lead">
      ${
        ok
          ? 'Both graphs were evaluated on the same generated inputs, and give the same up to rounding.'
          : 'Both graphs were evaluated on the same generated inputs, and differ by more than rounding explains.'
      }
    </p>
    <dl class="facts">
      <div>
        <dt>Result</dt>
        <dd>${ok ? 'the same' : 'different'}</dd>
      </div>
      <div>
        <dt>Largest difference</dt>
        <dd>${printError(maxAbsError)}</dd>
      </div>
      <div>
        <dt>Tolerance</dt>
        <dd>${printError(tolerance)}</dd>
      </div>
      <div>
        <dt>Largest magnitude compared</dt>
        <dd>${outputScale.toPrecision(3)}</dd>
      </div>
      <div>
        <dt>Compared</dt>
        <dd>${method}</dd>
      </div>
    </dl>
    <p>
      ${Number.isFinite(share) && `The difference is ${part} % of the tolerance. `} The tolerance is
      what float32 rounding can amount to over this computation; it is not a fixed number.
    </p>`;
}
