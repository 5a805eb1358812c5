/** The log: what was applied, and what was not and why. */
import type { Event } from '../../passes/index.ts';
import { html, type Html } from './html.ts';
import { plural } from './units.ts';

interface Group {
  readonly rule: string;
  readonly why: string;
  readonly events: readonly Event[];
}

const byRuleAndReason = (events: readonly Event[]): Group[] => {
  const groups = new Map<string, Event[]>();
  for (const event of events) {
    const key = JSON.stringify([event.rule, event.why]);
    const known = groups.get(key);
    if (known) known.push(event);
    else groups.set(key, [event]);
  }
  return [...groups.values()]
    .map((group) => ({ rule: group[0]!.rule, why: group[0]!.why, events: group }))
    .sort((a, b) => b.events.length - a.events.length);
};

/** `known` tells in which graph there is a node of a name: refusals are about graphs in between. */
export function drawRewrites(
  log: readonly Event[],
  known: (node: string) => 'source' | 'plain' | undefined,
): Html {
  const applied = byRuleAndReason(log.filter(({ kind }) => kind === 'applied'));
  const refused = byRuleAndReason(log.filter(({ kind }) => kind === 'refused'));
  const nodes = (group: Group) =>
    html`<ul>
      ${group.events.map(
        (event) =>
          html`<li>
            ${event.nodes.map((node, i) => [i > 0 ? ', ' : '', drawNode(node, known(node))])}
          </li>`,
      )}
    </ul>`;
  return html`<div class="log">
    <section aria-labelledby="applied">
      <h3 id="applied">Applied</h3>
      ${applied.length === 0 && html`<p>Nothing was rewritten.</p>`}
      ${applied.map(
        (group) =>
          html`<details class="rule">
            <summary>
              <code>${group.rule}</code>
              <span class="count">${plural(group.events.length, 'time')}</span>
              <span class="why">${group.why}</span>
            </summary>
            ${nodes(group)}
          </details>`,
      )}
    </section>
    <section aria-labelledby="refused">
      <h3 id="refused">Refused</h3>
      ${refused.length === 0 && html`<p>Nothing: every place where a rule fits was rewritten.</p>`}
      ${refused.map(
        (group, i) =>
          html`<details class="rule" ${i < 3 ? html`open` : html``}>
            <summary>
              <code>${group.rule}</code>
              <span class="count">${plural(group.events.length, 'time')}</span>
              <span class="why"
                >${group.why};
                <em
                  >it would
                  ${group.events[0]!.condition === 'sound' ? 'change the result' : 'gain nothing'}</em
                ></span
              >
            </summary>
            ${nodes(group)}
          </details>`,
      )}
    </section>
  </div>`;
}

const drawNode = (node: string, side: 'source' | 'plain' | undefined): Html =>
  side
    ? html`<button type="button" class="locate" data-side="${side}">${node}</button>`
    : html`<code>${node}</code>`;
