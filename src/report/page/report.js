// @ts-check
// Runs in the page, after d3-zoom and what it needs. Everything is in the page already; this moves, marks,
// sorts and hides it.
(() => {
  /** @type {typeof import('d3-selection') & typeof import('d3-zoom') & typeof import('d3-transition')} */
  const d3 = Reflect.get(globalThis, 'd3');
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const MOVE_MS = calm ? 0 : 450;

  /** @param {string} selector */
  const all = (selector) => /** @type {HTMLElement[]} */ ([...document.querySelectorAll(selector)]);
  /** @param {string} id */
  const find = (id) => document.getElementById(id);

  // --- moving and zooming -----------------------------------------------------------------------

  const svg = /** @type {SVGSVGElement} */ (/** @type {unknown} */ (find('drawing')));
  const drawing = d3.select(svg);
  const view = d3.select('#view');
  const size = { width: Number(svg.dataset.width), height: Number(svg.dataset.height) };
  const shown = () => ({ width: svg.clientWidth || 1, height: svg.clientHeight || 1 });

  /** @type {import('d3-zoom').ZoomBehavior<SVGSVGElement, unknown>} */
  const zoom = d3.zoom();
  zoom
    .extent(() => [
      [0, 0],
      [shown().width, shown().height],
    ])
    .translateExtent([
      [-40, -40],
      [size.width + 40, size.height + 40],
    ])
    .filter((/** @type {MouseEvent} */ event) =>
      event.type === 'wheel' ? event.ctrlKey || event.metaKey : !event.button,
    )
    .on('zoom', (/** @type {{ transform: import('d3-zoom').ZoomTransform }} */ { transform }) => {
      view.attr('transform', transform.toString());
      const { width, height } = shown();
      d3.select('#window')
        .attr('x', transform.invertX(0))
        .attr('y', transform.invertY(0))
        .attr('width', width / transform.k)
        .attr('height', height / transform.k);
    });

  const glide = (duration = MOVE_MS) => drawing.interrupt().transition().duration(duration);

  /** The smallest scale shows everything, and is no larger than what is shown at first. */
  function fitScale() {
    const { width, height } = shown();
    return Math.min(width / size.width, height / size.height, 1);
  }

  /** Both graphs side by side from the top; smaller would not be legible. */
  function startScale() {
    return Math.max(Math.min(shown().width / size.width, 1), 0.25);
  }

  function start() {
    const k = startScale();
    const x = Math.max(0, (shown().width - k * size.width) / 2);
    zoom.scaleExtent([Math.min(fitScale(), 0.2) * 0.9, 4]);
    zoom.transform(drawing, d3.zoomIdentity.translate(x, 0).scale(k));
  }

  /**
   * @param {number} left @param {number} top @param {number} right @param {number} bottom
   * @param {number} [least] No scale below this, even where not all is seen then.
   */
  function showBox(left, top, right, bottom, least = 0.15) {
    const { width, height } = shown();
    const room = Math.min(width / (right - left + 60), height / (bottom - top + 60));
    // The width of both graphs is kept in view where the region is small.
    const k = Math.min(Math.max(room, least), Math.max(startScale(), 0.6));
    const target = d3.zoomIdentity
      .translate(width / 2, height / 2)
      .scale(k)
      .translate(-(left + right) / 2, -(top + bottom) / 2);
    zoom.transform(glide(), target);
  }

  drawing.call(zoom).on('dblclick.zoom', null);
  // A wheel without Ctrl moves the drawing; at its ends the page goes on scrolling.
  svg.addEventListener(
    'wheel',
    (event) => {
      if (event.ctrlKey || event.metaKey) return;
      const before = d3.zoomTransform(svg);
      const unit = event.deltaMode === 1 ? 16 : 1;
      zoom.translateBy(
        drawing,
        (-event.deltaX * unit) / before.k,
        (-event.deltaY * unit) / before.k,
      );
      const after = d3.zoomTransform(svg);
      if (after.x !== before.x || after.y !== before.y) event.preventDefault();
    },
    { passive: false },
  );
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowUp: () => zoom.translateBy(drawing, 0, 60),
    ArrowDown: () => zoom.translateBy(drawing, 0, -60),
    ArrowLeft: () => zoom.translateBy(drawing, 60, 0),
    ArrowRight: () => zoom.translateBy(drawing, -60, 0),
    '+': () => zoom.scaleBy(drawing, 1.25),
    '=': () => zoom.scaleBy(drawing, 1.25),
    '-': () => zoom.scaleBy(drawing, 0.8),
    0: start,
    Escape: () => select(0),
  };
  svg.addEventListener('keydown', (event) => {
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    act();
    event.preventDefault();
  });
  find('zoom-in')?.addEventListener('click', () => zoom.scaleBy(glide(MOVE_MS / 2), 1.4));
  find('zoom-out')?.addEventListener('click', () => zoom.scaleBy(glide(MOVE_MS / 2), 1 / 1.4));
  find('fit')?.addEventListener('click', () => showBox(0, 0, size.width, size.height, 0));
  find('overview')?.addEventListener('click', (event) => {
    const overview = /** @type {SVGSVGElement} */ (event.currentTarget);
    const { y } = new DOMPoint(0, event.clientY).matrixTransform(
      overview.getScreenCTM()?.inverse(),
    );
    zoom.translateTo(glide(), size.width / 2, y);
  });
  start();
  new ResizeObserver(() => {
    if (!moved) start();
  }).observe(svg);
  let moved = false;
  for (const type of ['pointerdown', 'wheel', 'keydown']) {
    find('drawing')
      ?.closest('.viewer')
      ?.addEventListener(type, () => (moved = true));
  }

  // --- regions ----------------------------------------------------------------------------------

  const regions = all('.region');
  const about = find('about');
  const which = find('which');
  let selected = 0;

  /** @param {string} name @param {string | undefined} region */
  function mark(name, region) {
    for (const one of all(`.${name}`)) one.classList.remove(name);
    if (region) for (const one of all(`#view [data-region="${region}"]`)) one.classList.add(name);
  }

  /** Marks a region on both sides; 0 is none. @param {number} number @param {boolean} [move] */
  function select(number, move = true) {
    selected = number;
    mark('selected', number ? `${number}` : undefined);
    svg.classList.toggle('dim', number > 0);
    const region = regions.find((one) => one.dataset.region === `${number}`);
    if (which)
      which.textContent = number ? `${number} of ${regions.length}` : `${regions.length} regions`;
    if (about) about.textContent = region?.querySelector('title')?.textContent?.trim() ?? '';
    if (!region || !move) return;
    moved = true;
    const frame = (region.dataset.frame ?? '').split(' ').map(Number);
    /** @param {number} edge */
    const edges = (edge) => frame.filter((_, i) => i % 4 === edge);
    const [left, top] = [Math.min(...edges(0)), Math.min(...edges(1))];
    // The region's name stands left of it.
    showBox(left - 130, top, Math.max(...edges(2)), Math.max(...edges(3)));
  }

  /** @param {EventTarget | null} target */
  const regionOf = (target) =>
    target instanceof Element ? target.closest('[data-region]')?.getAttribute('data-region') : null;

  svg.addEventListener('pointerover', (event) =>
    mark('hover', regionOf(event.target) ?? undefined),
  );
  svg.addEventListener('pointerleave', () => mark('hover', undefined));
  svg.addEventListener('click', (event) => {
    const region = Number(regionOf(event.target) ?? 0);
    select(region);
    const box = event.target instanceof Element ? event.target.closest('.box') : null;
    if (box instanceof SVGElement) {
      highlight(box);
      if (about && !region) about.textContent = box.querySelector('title')?.textContent ?? '';
    }
  });
  /** @param {number} step */
  const turn = (step) => {
    const count = regions.length;
    select(selected === 0 && step < 0 ? count : ((selected - 1 + step + count) % count) + 1);
  };
  find('previous')?.addEventListener('click', () => turn(-1));
  find('next')?.addEventListener('click', () => turn(1));

  /** @param {Element} box */
  function highlight(box) {
    for (const one of all('.here')) one.classList.remove('here');
    box.classList.add('here');
  }

  function reveal() {
    svg.scrollIntoView({ block: 'nearest', behavior: calm ? 'auto' : 'smooth' });
  }

  document.addEventListener('click', (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const chip = target?.closest('[data-show]');
    if (chip) {
      select(Number(chip.getAttribute('data-show')));
      reveal();
    }
    const link = target?.closest('.locate');
    if (!(link instanceof HTMLElement)) return;
    const side = link.closest('[data-side]')?.getAttribute('data-side');
    const name = link.textContent;
    const box = all(`#graph-${side} .box.node`).find((one) => one.dataset.name === name);
    if (!box) return;
    select(Number(box.dataset.region ?? 0), false);
    highlight(box);
    moved = true;
    const [, x, y] =
      /translate\(([-\d.]+) ([-\d.]+)\)/.exec(box.getAttribute('transform') ?? '') ?? [];
    showBox(Number(x) - 200, Number(y) - 100, Number(x) + 340, Number(y) + 170);
    reveal();
  });

  // --- the table --------------------------------------------------------------------------------

  const table = /** @type {HTMLTableElement} */ (find('layers'));
  const body = /** @type {HTMLTableSectionElement} */ (table.querySelector('tbody'));
  const rows = [...body.rows];
  const search = /** @type {HTMLInputElement} */ (find('search'));
  const headers = [.../** @type {NodeListOf<HTMLElement>} */ (table.querySelectorAll('thead th'))];

  function filter() {
    const chosen = /** @type {HTMLInputElement | null} */ (
      document.querySelector('#form :checked')
    );
    const form = chosen?.value ?? 'both';
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const text = row.cells[0]?.textContent?.toLowerCase() ?? '';
      const fits = form === 'both' || row.dataset.side === form;
      row.hidden = !fits || !words.every((word) => text.includes(word));
      if (!row.hidden) count++;
    }
    const status = find('shown');
    if (status) status.textContent = count === 1 ? '1 layer' : `${count} layers`;
    table.classList.toggle('both', form === 'both');
  }
  search.addEventListener('input', filter);
  find('form')?.addEventListener('change', filter);

  headers.forEach((header, column) => {
    const text = header.classList.contains('text');
    header.addEventListener('click', () => {
      const now = header.getAttribute('aria-sort');
      // First the most, or from A; then the other way round; then the order of the graph again.
      const [first, second] = text ? ['ascending', 'descending'] : ['descending', 'ascending'];
      const next = now === 'none' ? first : now === first ? second : 'none';
      for (const one of headers) one.setAttribute('aria-sort', one === header ? next : 'none');
      const sign = next === 'descending' ? -1 : 1;
      const sorted = [...rows];
      /** @param {HTMLTableRowElement} row */
      const value = (row) => Number(row.cells[column]?.dataset.value);
      /** @param {HTMLTableRowElement} row */
      const words = (row) => row.cells[column]?.textContent?.trim() ?? '';
      const byNumber = rows[0] !== undefined && !Number.isNaN(value(rows[0]));
      if (next !== 'none') {
        sorted.sort((a, b) =>
          byNumber
            ? sign * (value(a) - value(b))
            : sign * words(a).localeCompare(words(b), 'en', { numeric: true }),
        );
      }
      body.append(...sorted);
    });
  });
  filter();
})();
