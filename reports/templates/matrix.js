// Filters and keyboard navigation of the matrix.

const rows = [...document.querySelectorAll("#matrix tr[id]")].map((line) => ({
  line,
  id: line.id,
  area: line.parentElement.dataset.area,
  level: line.querySelector(".level").textContent,
  cells: [...line.querySelectorAll("a.cell")],
}));
for (const one of rows) {
  const verdicts = [...one.line.cells].slice(3).map((cell) => cell.firstElementChild.getAttribute("aria-label").replace(`${one.id} `, ""));
  one.verdicts = new Set(verdicts);
  one.differs = one.verdicts.size > 1;
}
const folds = new Map([...document.querySelectorAll("#findings [data-of]")].map((fold) => [fold.dataset.of, fold]));

// The text that is searched for words: the row and its findings.
const wordsOf = (one) => (one.words ??= `${one.line.textContent} ${folds.get(one.id)?.textContent ?? ""}`.toLowerCase());

const fits = (one, wanted, terms) =>
  (!wanted.area || one.area === wanted.area) &&
  (!wanted.level || one.level === wanted.level) &&
  (!wanted.verdict.length || wanted.verdict.some((verdict) => one.verdicts.has(verdict))) &&
  (!wanted.differ || one.differs) &&
  terms.every((term) => wordsOf(one).includes(term));

const filterRows = (wanted) => {
  const terms = wanted.q.toLowerCase().split(/\s+/).filter(Boolean);
  const kept = rows.filter((one) => (one.line.hidden = !fits(one, wanted, terms)) === false);
  const areas = new Set(kept.map((one) => one.area));
  for (const body of document.querySelectorAll("#matrix tbody")) body.hidden = !areas.has(body.dataset.area);
  for (const one of rows) {
    const fold = folds.get(one.id);
    if (fold) fold.hidden = one.line.hidden;
  }
  return kept.length;
};

// Tab reaches one cell only, arrow keys move to the others: a page may have thousands.
let current = null;
const select = (cell) => {
  if (!cell) return;
  if (current) current.tabIndex = -1;
  current = cell;
  current.tabIndex = 0;
};
const visibleRows = () => rows.filter((one) => !one.line.hidden && one.cells.length);
const settle = () => {
  if (!current || current.closest("tr").hidden) select(visibleRows()[0]?.cells[0]);
};

const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [-Infinity, 0], End: [Infinity, 0] };
const move = (event) => {
  const cell = event.target.closest("a.cell");
  const step = MOVES[event.key];
  if (!cell || !step || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const shown = visibleRows();
  const at = shown.findIndex((one) => one.cells.includes(cell));
  const within = (place, end) => Math.max(0, Math.min(end, place));
  const next = shown[within(at + step[0], shown.length - 1)];
  select(next.cells[within(shown[at].cells.indexOf(cell) + step[1], next.cells.length - 1)]);
  current.focus();
};

const prepareMatrix = () => {
  for (const one of rows) for (const cell of one.cells) cell.tabIndex = -1;
  settle();
  byId("matrix")?.addEventListener("keydown", move);
  byId("matrix")?.addEventListener("focusin", (event) => select(event.target.closest("a.cell")));
};
