// Start the page. Its state is in the hash (#area=CK&verdict=fail,warn&q=words&open=CK-001.2&beside=3), so that a reload
// or a shared link shows the same. The page is complete without this script.

const controls = { q: byId("words"), area: byId("area"), level: byId("level") };
const chips = [...document.querySelectorAll("[data-show]")];
const differ = byId("differ");
let opener = null;
let shown = null;

const state = () => {
  const hash = location.hash.slice(1);
  const given = new URLSearchParams(hash.includes("=") ? hash : "");
  const [, id, place] = /^([A-Z0-9]+-[0-9…]+)\.(\d+)$/.exec(given.get("open") ?? "") ?? [];
  const columns = about().columns.length;
  const column = (text) => (Number(text) >= 1 && Number(text) <= columns ? Number(text) : null);
  const opened = id && row(id) && column(place) ? { id, place: column(place), versus: column(given.get("beside")) } : null;
  if (opened && opened.versus === opened.place) opened.versus = null;
  return {
    q: given.get("q") ?? "",
    area: given.get("area") ?? "",
    level: given.get("level") ?? "",
    verdict: (given.get("verdict") ?? "").split(",").filter((verdict) => Object.hasOwn(about().signs, verdict)),
    differ: given.get("differ") === "1",
    opened,
  };
};

const hashOf = ({ q, area, level, verdict, differ, opened }) => {
  const params = new URLSearchParams();
  if (q) params.set("q", q);
  if (area) params.set("area", area);
  if (level) params.set("level", level);
  if (verdict.length) params.set("verdict", verdict.join(","));
  if (differ) params.set("differ", "1");
  if (opened) params.set("open", `${opened.id}.${opened.place}`);
  if (opened?.versus) params.set("beside", opened.versus);
  return `#${params}`;
};

const go = (changes, { push = false } = {}) => {
  const hash = hashOf({ ...state(), ...changes });
  history[push ? "pushState" : "replaceState"](null, "", hash);
  apply();
};

// The rows above and below, as filtered.
const neighbours = (id) => {
  const left = visibleRows();
  const at = left.findIndex((one) => one.id === id);
  return [left[at - 1]?.id, left[at + 1]?.id];
};

const showDetails = (opened) => {
  const wanted = opened && JSON.stringify(opened);
  if (wanted === shown) return;
  shown = wanted;
  if (!opened) return void (dialog.open && dialog.close());
  const change = (changes, focus) => {
    go({ opened: { ...opened, ...changes } });
    const aim = dialog.querySelector(focus);
    (aim && !aim.disabled ? aim : dialog.querySelector('[data-step="close"]')).focus();
  };
  dialog.classList.toggle("broad", Boolean(opened.versus));
  dialog.replaceChildren(...detailsOf(opened, change, neighbours(opened.id)).filter(Boolean));
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
};

const apply = () => {
  const wanted = state();
  if (controls.q) {
    for (const name of Object.keys(controls)) if (controls[name].value !== wanted[name]) controls[name].value = wanted[name];
    for (const chip of chips) chip.setAttribute("aria-pressed", String(wanted.verdict.includes(chip.dataset.show)));
    differ?.setAttribute("aria-pressed", String(wanted.differ));
    const left = filterRows(wanted);
    const filtered = left !== rows.length || wanted.q || wanted.area || wanted.level || wanted.verdict.length || wanted.differ;
    byId("shown").textContent = filtered ? `${left} of ${rows.length}` : String(rows.length);
    byId("filtered").textContent = filtered ? `${left} of ${rows.length} requirements are shown` : "";
    byId("clear").hidden = !filtered;
    byId("none").hidden = left > 0;
    settle();
  }
  showDetails(wanted.opened);
};

// Return the focus to where the dialog was opened from, or to its cell.
dialog.addEventListener("close", () => {
  const last = shown && JSON.parse(shown);
  shown = null;
  if (state().opened) go({ opened: null });
  const cell = last && row(last.id)?.cells[last.place + 2]?.querySelector("a");
  const back = opener?.isConnected && opener.checkVisibility() ? opener : cell;
  back?.focus();
  opener = null;
});
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());

const openFrom = (link) => {
  const cell = link.closest("#matrix td");
  const [id, place] = cell ? [cell.parentElement.id, cell.cellIndex - 2] : link.dataset.open.split(".");
  if (!dialog.open) opener = link;
  go({ opened: { id, place: Number(place), versus: null } }, { push: true });
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-copy]");
  if (button) {
    const text = button.closest("figure").querySelector(`[data-copied="${button.dataset.copy}"]`);
    // Copy Mermaid with the fence that makes code hosts render it.
    const words = button.dataset.copy === "mermaid" ? "```mermaid\n" + text.textContent + "```\n" : text.textContent;
    return void copy(button, words, text);
  }
  const added = event.target.closest("a[data-added], a[data-differs]");
  if (added && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
    event.preventDefault();
    return showAdded(added);
  }
  const link = event.target.closest("a.cell, a[data-open]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  openFrom(link);
});

controls.q?.addEventListener("input", () => go({ q: controls.q.value }));
controls.area?.addEventListener("change", () => go({ area: controls.area.value }));
controls.level?.addEventListener("change", () => go({ level: controls.level.value }));
for (const chip of chips) {
  chip.addEventListener("click", () => {
    const wanted = state().verdict;
    const verdict = chip.dataset.show;
    go({ verdict: wanted.includes(verdict) ? wanted.filter((one) => one !== verdict) : [...wanted, verdict] });
  });
}
differ?.addEventListener("click", () => go({ differ: !state().differ }));
byId("clear")?.addEventListener("click", () => {
  go({ q: "", area: "", level: "", verdict: [], differ: false });
  controls.q.focus();
});
window.addEventListener("hashchange", apply);

// On paper nothing expands: add the exchanges below the findings.
window.addEventListener("beforeprint", () => {
  for (const spot of document.querySelectorAll("[data-print]")) {
    const [place, ...ids] = spot.dataset.print.split(" ");
    spot.hidden = false;
    spot.replaceChildren(...ids.filter(Boolean).map((id) => exchangeFold(id, Number(place), true)));
  }
});
window.addEventListener("afterprint", () => {
  for (const spot of document.querySelectorAll("[data-print]")) {
    spot.replaceChildren();
    spot.hidden = true;
  }
});

for (const box of document.querySelectorAll(".copied")) box.replaceWith(copyable(box.firstElementChild, "these lines"));
for (const tool of document.querySelectorAll("#filter, .copies")) tool.hidden = false;
// Keep the column heads below the filters, which may take several lines.
if (controls.q) {
  const bar = byId("filter");
  new ResizeObserver(() => document.documentElement.style.setProperty("--filter", `${bar.offsetHeight}px`)).observe(bar);
}
prepareMatrix();
apply();
