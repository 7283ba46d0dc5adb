const ROW = 30, LANE = 20, MARGIN = 24, TOP = 8, GAP = 12, COLOURS = 8;
const $ = (id) => document.getElementById(id);
const data = JSON.parse($('data').textContent);

/** An element with its class and text. */
function make(tag, kind, text) {
  const element = document.createElement(tag);
  if (kind) element.className = kind;
  if (text !== undefined) element.textContent = text;
  return element;
}
/** An element of SVG with its attributes. */
function draw(tag, attributes, ...children) {
  const element = document.createElementNS('ht' + 'tp://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// Every revision by its id, with the baseline that it is shown within; and what stands on it.
const cards = new Map(), above = new Map();
(function index(picture, within) {
  for (const card of picture.revisions) {
    card.within = within;
    card.searched = [card.id, card.message, card.labels.join(' '), card.text || ''].join('\n').toLowerCase();
    cards.set(card.id, card);
    if (card.members) index(card.members, card);
  }
  for (const line of picture.lines) {
    if (!above.has(line.to)) above.set(line.to, []);
    above.get(line.to).push(line.from);
  }
})(data.picture, null);

const state = { open: new Set(), chosen: null, zoom: 1, wanted: '', hits: [], at: -1, rows: new Map(), order: [], size: [0, 0],
  // The pieces of lines that begin or end at each revision, and where those of the chosen one are drawn once more.
  ways: new Map(), own: null };

// Drawing. A drawer below a baseline's row holds the picture of what it stands for, and all lines go past it.

function dot(card, x, y) {
  const full = card.fill === 'applied' || card.fill === 'unknown' ? 'full' : '';
  const parts = {
    plain: () => [draw('circle', { cx: x, cy: y, r: 5, class: full })],
    merge: () => [draw('circle', { cx: x, cy: y, r: 6.5 }), draw('circle', { cx: x, cy: y, r: 2.5, class: full })],
    baseline: () => [draw('path', { d: `M${x} ${y - 7.5}l7.5 7.5-7.5 7.5-7.5-7.5z`, class: full })],
    archived: () => [draw('rect', { x: x - 4.5, y: y - 4.5, width: 9, height: 9, rx: 2, class: full })],
  }[card.shape]();
  if (card.fill === 'missing') parts.push(draw('path', { d: `M${x - 2.5} ${y - 2.5}l5 5m0-5l-5 5` }));
  if (card.fill === 'partly' || card.fill === 'unfinished') parts.push(draw('path', { d: `M${x} ${y - 5}a5 5 0 0 1 0 10z`, class: 'full' }));
  return draw('g', { class: `dot ${card.shape} ${card.fill} c${(card.lane || 0) % COLOURS}` }, ...parts);
}

/** Draws a picture at a place; returns the y below it. */
function place(picture, left, y, level, sheet) {
  const ys = [];
  const xs = (lane) => left + lane * LANE;
  const textLeft = left + picture.lanes * LANE - LANE / 2 + GAP;
  for (const card of picture.revisions) {
    ys.push(y + ROW / 2);
    sheet.rows.append(row(card, textLeft, y, level, left));
    state.order.push(card);
    y += ROW;
    if (card.members && state.open.has(card.id)) {
      const drawer = make('div', 'drawer');
      const begin = y;
      y = place(card.members, textLeft + MARGIN, y + TOP, level + 1, sheet) + TOP;
      drawer.style.top = `${begin}px`;
      drawer.style.left = `${textLeft}px`;
      drawer.style.height = `${y - begin - 4}px`;
      sheet.rows.prepend(drawer);
    }
  }
  const drawn = new Set();
  for (const line of picture.lines) {
    for (let at = 1; at < line.points.length; at++) {
      const [row, lane] = line.points[at - 1], [toRow, toLane] = line.points[at];
      const [x, toX, from, to] = [xs(lane), xs(toLane), ys[row], ys[toRow]];
      const turn = to - ROW, middle = to - ROW / 2;
      const d = lane === toLane ? `M${x} ${from}V${to}` : `M${x} ${from}V${turn}C${x} ${middle} ${toX} ${middle} ${toX} ${to}`;
      for (const end of [line.from, line.to]) {
        if (!state.ways.has(end)) state.ways.set(end, []);
        state.ways.get(end).push([line.relation, d]);
      }
      // Where lines run together there is one piece.
      const key = [row, lane, toRow, toLane, line.relation].join();
      if (drawn.has(key)) continue;
      drawn.add(key);
      sheet.lines.append(draw('path', { class: `line ${line.relation} c${Math.max(lane, toLane) % COLOURS}`, d }));
    }
  }
  picture.revisions.forEach((card, at) => {
    if (card.cut) sheet.lines.append(draw('path', { class: 'line stub', d: `M${xs(card.lane)} ${ys[at]}v${ROW / 2}` }));
    sheet.dots.append(dot(card, xs(card.lane), ys[at]));
  });
  return y;
}

function row(card, textLeft, top, level, left) {
  const element = make('div', 'row');
  element.style.top = `${top}px`;
  element.style.left = `${left - GAP}px`;
  element.style.paddingLeft = `${textLeft - left + GAP}px`;
  element.dataset.id = card.id;
  element.tabIndex = -1;
  element.setAttribute('role', 'treeitem');
  element.setAttribute('aria-level', level);
  element.append(make('span', 'id', card.id));
  for (const [kind, text] of card.marks) {
    const opens = kind === 'baseline' && card.members;
    const mark = make(opens ? 'button' : 'span', `mark ${kind}`, opens ? `${state.open.has(card.id) ? '▾' : '▸'} ${text}` : text);
    if (opens) { mark.dataset.opens = card.id; mark.tabIndex = -1; }
    element.append(mark);
  }
  if (card.members) element.setAttribute('aria-expanded', state.open.has(card.id));
  element.append(make('span', 'text', card.message));
  if (card.created) element.append(make('span', 'date', card.created.slice(0, 10)));
  state.rows.set(card.id, element);
  return element;
}

/** Draws everything anew. */
function render() {
  const sheet = { rows: document.createDocumentFragment(), lines: draw('g', { class: 'lines' }), dots: draw('g', {}) };
  state.rows.clear();
  state.ways.clear();
  state.own = draw('g', {});
  state.order = [];
  const height = place(data.picture, MARGIN, TOP, 1, sheet) + TOP;
  const svg = draw('svg', { class: data.database ? 'by-state' : '', 'aria-hidden': 'true', height, width: 4000 },
    sheet.lines, state.own, sheet.dots);
  $('sheet').replaceChildren(sheet.rows, svg);
  state.size[1] = height;
  resize();
  colour();
}

/** Gives the sheet its size: as wide as the window shows at this zoom, but not too narrow to read. */
function resize() {
  const width = Math.max(300 + MARGIN + data.picture.lanes * LANE, $('view').clientWidth / state.zoom);
  state.size[0] = width;
  $('sheet').style.width = `${width}px`;
  $('sheet').style.height = `${state.size[1]}px`;
  $('sheet').style.transform = `scale(${state.zoom})`;
  $('sizer').style.width = `${width * state.zoom}px`;
  $('sizer').style.height = `${state.size[1] * state.zoom}px`;
  $('reset').textContent = `${Math.round(state.zoom * 100)}%`;
}

/** Marks what is chosen and what was found. */
function colour() {
  const ways = (state.chosen && state.ways.get(state.chosen.id)) || [];
  state.own.replaceChildren(...ways.map(([relation, d]) => draw('path', { class: `line ${relation} own`, d })));
  const hits = new Set(state.hits);
  const holds = new Set();
  for (const card of state.hits) for (let outer = card.within; outer; outer = outer.within) holds.add(outer);
  for (const [id, element] of state.rows) {
    const card = cards.get(id);
    element.classList.toggle('chosen', card === state.chosen);
    element.classList.toggle('hit', hits.has(card));
    element.classList.toggle('missed', state.wanted !== '' && !hits.has(card) && !holds.has(card));
    element.tabIndex = card === (state.chosen || state.order[0]) ? 0 : -1;
    element.setAttribute('aria-selected', card === state.chosen);
  }
}

// Choosing a revision.

/** Opens what a revision lies within, so that it has a row. */
function reveal(card) {
  let changed = false;
  for (let outer = card.within; outer; outer = outer.within) {
    changed = !state.open.has(outer.id) || changed;
    state.open.add(outer.id);
  }
  return changed;
}

function choose(card, { focus = false } = {}) {
  state.chosen = card;
  showPanel(card);
  if (card && reveal(card)) render();
  else colour();
  history.replaceState(null, '', card ? `#${card.id}` : location.pathname + location.search);
  if (!card) return;
  const element = state.rows.get(card.id);
  element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  if (focus) element.focus({ preventScroll: true });
}

function fact(name, ...values) {
  const shown = values.filter((value) => value !== null && value !== undefined && value !== '');
  if (!shown.length) return;
  const holder = make('dd');
  holder.append(...shown);
  $('facts').append(make('dt', '', name), holder);
}

/** A revision's id, as a link where it is in the picture. */
function link(id) {
  if (!cards.has(id)) return make('code', '', id);
  const anchor = make('a', '', id);
  anchor.href = `#${id}`;
  anchor.title = cards.get(id).message;
  return anchor;
}

function showPanel(card) {
  $('panel').hidden = !card;
  if (!card) return;
  $('message').textContent = card.message || card.id;
  $('chips').replaceChildren(...card.marks.map(([kind, text]) => make('span', `mark ${kind}`, text)));
  $('facts').replaceChildren();
  fact('Revision', make('code', '', card.id));
  fact('Database', card.standing);
  fact('Labels', card.labels.join(', '));
  fact('Parents', ...(card.parents.length ? card.parents.map(link) : ['base: it follows none']));
  fact('Depends on', ...card.depends_on.map(link));
  fact('Needed by', ...(above.get(card.id) || []).map(link));
  fact('Created', card.created && card.created.replace('T', ' ').replace('Z', ' UTC'));
  fact('Inside', card.archived && link(card.archived));
  fact('Irreversible', card.irreversible);
  fact('File', card.path && make('code', '', card.path));
  if (card.members) {
    const button = make('button', '', state.open.has(card.id) ? 'Hide them' : 'Show them');
    button.dataset.opens = card.id;
    fact('Stands for', `${card.replaces} archived revisions `, button);
  }
  const left = card.left_out ? `\n\n-- … ${card.left_out.toLocaleString('en')} more bytes: see the file` : '';
  showSql($('sql'), card.text === null ? '-- nobody has its text' : card.text.trimEnd() + left, state.wanted);
  $('panel').scrollTop = 0;
}

function toggle(id) {
  if (!state.open.delete(id)) state.open.add(id);
  // What is chosen goes out of sight with what it lies within.
  let outer = state.chosen;
  while (outer && outer.within && outer.within.id !== id) outer = outer.within;
  if (outer && outer.within && !state.open.has(id)) state.chosen = outer.within;
  if (state.chosen) showPanel(state.chosen);
  render();
  if (!state.open.has(id)) return;
  const inner = cards.get(id).members.revisions;
  for (const card of [inner[inner.length - 1], cards.get(id)]) state.rows.get(card.id).scrollIntoView({ block: 'nearest' });
}

// Searching.

function search(text) {
  state.wanted = text.trim().toLowerCase();
  const found = state.wanted ? [...cards.values()].filter((card) => card.searched.includes(state.wanted)) : [];
  // Those that are called so come before those that only speak of it.
  const isCalled = (card) => card.id.toLowerCase().startsWith(state.wanted);
  state.hits = [...found.filter(isCalled), ...found.filter((card) => !isCalled(card))];
  state.at = -1;
  colour();
  told();
  if (state.chosen) showPanel(state.chosen);
  const first = state.hits.find((card) => state.rows.has(card.id));
  if (first) state.rows.get(first.id).scrollIntoView({ block: 'nearest' });
}

function told() {
  const { hits, at, wanted } = state;
  $('found').textContent = !wanted ? '' : !hits.length ? 'nothing' : at < 0 ? `${hits.length} found` : `${at + 1} of ${hits.length}`;
  $('next').disabled = $('previous').disabled = !hits.length;
}

function step(by) {
  if (!state.hits.length) return;
  state.at = state.at < 0 ? (by > 0 ? 0 : state.hits.length - 1) : (state.at + by + state.hits.length) % state.hits.length;
  choose(state.hits[state.at]);
  told();
}

// Zooming: the point under the pointer stays where it is.

function zoom(to, x, y) {
  const view = $('view'), box = view.getBoundingClientRect(), before = state.zoom;
  state.zoom = Math.min(3, Math.max(0.1, to));
  const [dx, dy] = x === undefined ? [0, box.height / 2] : [x - box.left, y - box.top];
  const [left, top] = [(view.scrollLeft + dx) / before, (view.scrollTop + dy) / before];
  resize();
  view.scrollTo(left * state.zoom - dx, top * state.zoom - dy);
}

function fit() {
  const view = $('view');
  zoom(Math.min(1, view.clientHeight / state.size[1]));
  view.scrollTo(0, 0);
}

// What the user does.

// Where the mouse was pressed, while it is; and whether it moved on from there: what follows then is no click.
let pressed = null, moved = false;
$('view').addEventListener('pointerdown', (event) => {
  moved = false;
  if (event.button !== 0 || event.target.closest('button')) return;
  pressed = { x: event.clientX, y: event.clientY, left: $('view').scrollLeft, top: $('view').scrollTop };
});
addEventListener('pointermove', (event) => {
  if (!pressed) return;
  const [dx, dy] = [event.clientX - pressed.x, event.clientY - pressed.y];
  moved ||= Math.hypot(dx, dy) > 4;
  if (moved) {
    $('view').classList.add('dragged');
    $('view').scrollTo(pressed.left - dx, pressed.top - dy);
  }
});
for (const end of ['pointerup', 'pointercancel']) {
  addEventListener(end, () => {
    pressed = null;
    $('view').classList.remove('dragged');
  });
}
$('view').addEventListener('click', (event) => {
  const opens = event.target.closest('[data-opens]');
  if (opens) return toggle(opens.dataset.opens);
  const element = event.target.closest('.row');
  if (element && !moved) choose(cards.get(element.dataset.id), { focus: true });
});
$('view').addEventListener('wheel', (event) => {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  zoom(state.zoom * Math.exp(-event.deltaY / 300), event.clientX, event.clientY);
}, { passive: false });
$('panel').addEventListener('click', (event) => {
  const opens = event.target.closest('[data-opens]');
  if (opens) toggle(opens.dataset.opens);
});
$('grip').addEventListener('pointerdown', (down) => {
  const width = $('panel').offsetWidth;
  const move = (event) => {
    $('panel').style.width = `${Math.max(280, width + down.clientX - event.clientX)}px`;
    resize();
  };
  addEventListener('pointermove', move);
  addEventListener('pointerup', () => removeEventListener('pointermove', move), { once: true });
  down.preventDefault();
});
$('close').addEventListener('click', () => choose(null));
$('search').addEventListener('input', () => search($('search').value));
$('search').addEventListener('keydown', (event) => {
  if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
  if (event.key === 'Escape') { $('search').value = ''; search(''); $('search').blur(); }
  event.stopPropagation();
});
$('next').addEventListener('click', () => step(1));
$('previous').addEventListener('click', () => step(-1));
$('in').addEventListener('click', () => zoom(state.zoom * 1.25));
$('out').addEventListener('click', () => zoom(state.zoom / 1.25));
$('reset').addEventListener('click', () => zoom(1));
$('fit').addEventListener('click', fit);
$('expand').addEventListener('click', () => {
  const all = [...cards.values()].filter((card) => card.members).map((card) => card.id);
  state.open = state.open.size ? new Set() : new Set(all);
  if (state.chosen && state.chosen.within && !state.open.size) choose(null);
  $('expand').textContent = state.open.size ? 'Collapse all' : 'Expand all';
  render();
});

const KEYS = {
  '/': () => { $('search').focus(); $('search').select(); },
  '+': () => zoom(state.zoom * 1.25), '=': () => zoom(state.zoom * 1.25), '-': () => zoom(state.zoom / 1.25),
  '0': () => zoom(1), f: fit, Escape: () => choose(null),
  ArrowDown: () => move(1), j: () => move(1), ArrowUp: () => move(-1), k: () => move(-1),
  Home: () => move(-Infinity), End: () => move(Infinity),
  ArrowRight: () => open(true), ArrowLeft: () => open(false),
};
function move(by) {
  const at = state.order.indexOf(state.chosen);
  const next = Math.min(state.order.length - 1, Math.max(0, at < 0 && Math.abs(by) === 1 ? 0 : at + by));
  if (state.order[next]) choose(state.order[next], { focus: true });
}
function open(wide) {
  const card = state.chosen;
  if (!card) return;
  if (card.members && state.open.has(card.id) !== wide) toggle(card.id);
  else if (!wide && card.within) choose(card.within, { focus: true });
}
addEventListener('keydown', (event) => {
  // A button is pressed by these, a row is chosen.
  const onRow = event.target.matches('.row') && (event.key === 'Enter' || event.key === ' ');
  const key = onRow ? () => choose(cards.get(event.target.dataset.id), { focus: true }) : KEYS[event.key];
  if (!key || event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, pre')) return;
  event.preventDefault();
  key();
});
addEventListener('resize', resize);
new ResizeObserver(resize).observe($('view'));
const followLink = () => {
  const card = cards.get(decodeURIComponent(location.hash.slice(1)));
  if (card && card !== state.chosen) choose(card);
};
addEventListener('hashchange', followLink);

// The beginning.

(function begin() {
  const all = data.picture.revisions;
  document.title = data.title ? `${data.title} · revision history` : document.title;
  $('title').textContent = data.title || 'Revision history';
  const counts = new Map();
  for (const card of all) counts.set(card.standing || card.shape, (counts.get(card.standing || card.shape) || 0) + 1);
  const number = `${all.length} ${all.length === 1 ? 'revision' : 'revisions'}`;
  $('subtitle').textContent = data.database ? `${number} · ${data.database}, ${data.asked}` : number;
  const explain = (shape, words) => {
    const item = make('li');
    item.append(draw('svg', { viewBox: '0 0 18 18', 'aria-hidden': 'true' }, shape), words);
    $('legend').append(item);
  };
  const seen = new Set();
  const usual = ['in effect', 'partly in effect', 'pending', 'no file here', 'unfinished'];
  const inOrder = [...cards.values()].sort((one, other) => usual.indexOf(one.standing) - usual.indexOf(other.standing));
  for (const card of inOrder) {
    const words = data.database ? card.standing : { plain: '', merge: 'merge', baseline: 'baseline', archived: 'archived' }[card.shape];
    if (!words || seen.has(words)) continue;
    seen.add(words);
    const sample = { ...card, shape: data.database ? 'plain' : card.shape, lane: 0 };
    explain(dot(sample, 9, 9), `${counts.get(words) || ''} ${words}`.trim());
  }
  if (all.some((card) => card.depends_on.length)) explain(draw('path', { class: 'line depends_on', d: 'M1 9h16' }), 'depends on');
  $('empty').hidden = all.length > 0;
  $('expand').hidden = ![...cards.values()].some((card) => card.members);
  render();
  followLink();
})();
