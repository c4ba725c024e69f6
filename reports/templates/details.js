// The details dialog: one requirement for one target, or for two side by side.

const dialog = byId("details");

const QUIET = new Set(["pass", "info", "not applicable"]);
const BASELINE = {
  known: "Known deviation: fails as recorded in the baseline.",
  stale: "The baseline entry no longer matches: correct or delete it.",
};

const row = (id) => {
  const found = byId(id);
  return found?.matches("#matrix tr[id]") ? found : null;
};
// The verdict of a cell of the matrix; null if the requirement was not judged there.
const verdictOf = (id, place) => {
  const cell = row(id)?.cells[place + 2]?.querySelector("a");
  return cell?.getAttribute("aria-label")?.slice(id.length + 1) ?? null;
};

const compared = (judgement) =>
  (judgement.expected || judgement.observed) &&
  el(
    "dl",
    { class: "compared" },
    el("div", {}, el("dt", {}, "Expected"), el("dd", {}, judgement.expected ?? "")),
    el("div", {}, el("dt", {}, "Observed"), el("dd", {}, judgement.observed ?? "")),
  );

const remarks = (judgement) => [
  judgement.reason ? el("p", { class: "prose" }, judgement.reason) : null,
  ...(judgement.remarks ?? []).map((remark) => el("p", { class: "prose remark" }, remark)),
];

const reproduced = (judgement) =>
  judgement.reproduce && [
    el("h5", {}, "Reproduce"),
    judgement.reproduce.map((line, at) => copyable(el("pre", { class: "shell" }, line), at ? "the curl line" : "the pytest line")),
  ];

const sequences = (judgement, place) => {
  const target = columnOf(place);
  const places = [...new Set((judgement.evidence ?? []).map((id) => of(target.sessions, id)).filter(Boolean))];
  return places.slice(0, 3).map((at) => {
    const fold = el("details", { class: "exchange" }, el("summary", {}, el("span", { class: "id", "aria-hidden": "true" }, "⇄"), el("span", { class: "sentence" }, `Sequence: ${of(target.titles, at)}`), el("span", { class: "status" })));
    fold.addEventListener("toggle", () => {
      if (fold.childElementCount > 1) return;
      const copied = byId(`s${at}`).cloneNode(true);
      copied.removeAttribute("id");
      fold.append(copied);
    });
    return fold;
  });
};

const evidence = (judgement, place, open) => {
  const ids = judgement.evidence ?? [];
  if (!ids.length) return [];
  return [
    el("h5", {}, ids.length === 1 ? "Exchange" : "Exchanges"),
    el(
      "div",
      { class: "folded" },
      ids.map((id, at) => exchangeFold(id, place, open && at === 0)),
      judgement.more_evidence ? el("p", { class: "quiet" }, `… and ${judgement.more_evidence} more in the JSON report.`) : null,
      sequences(judgement, place),
    ),
  ];
};

const baseline = (judgement, place) => {
  const note = BASELINE[judgement.verdict];
  const wrong = !QUIET.has(judgement.verdict);
  if (!note && !wrong) return null;
  return el("p", { class: "quiet" }, note ?? (columnOf(place).baseline ? "Not in the baseline." : "The run used no baseline."));
};

const full = (judgement, place, open) =>
  el(
    "section",
    { class: `judgement v-${slug(judgement.verdict)}` },
    el("h4", {}, mark(judgement.verdict), judgement.case ? el("span", { class: "case" }, judgement.case) : null),
    compared(judgement),
    remarks(judgement),
    evidence(judgement, place, open),
    reproduced(judgement),
    baseline(judgement, place),
  );

// Cases without a finding: one line each, which expands.
const brief = (judgement, place) => {
  const fold = el(
    "details",
    { class: "case-fold" },
    el(
      "summary",
      {},
      mark(judgement.verdict),
      el("span", { class: "case" }, judgement.case ?? ""),
      el("span", { class: "quiet" }, judgement.reason ?? (judgement.remarks ?? []).join("; ")),
    ),
  );
  fold.addEventListener("toggle", () => {
    if (fold.childElementCount > 1) return;
    const body = el("div", { class: "body" }, compared(judgement), remarks(judgement), evidence(judgement, place, true), reproduced(judgement));
    if (!body.childElementCount) body.append(el("p", { class: "quiet" }, "Nothing else was recorded."));
    fold.append(body);
  });
  return fold;
};

const side = (id, place) => {
  const judgements = of(columnOf(place).cells, id) ?? [];
  const loud = judgements.filter((one, at) => !QUIET.has(one.verdict) || one.expected || one.observed || (at === 0 && judgements.length === 1));
  const quiet = judgements.filter((one) => !loud.includes(one));
  const left = judgements.reduce((sum, one) => sum + (one.left_out ?? 0), 0);
  const folds = quiet.map((one) => brief(one, place));
  // With passes only, expand the first case to show its evidence.
  if (!loud.length && folds.length) folds[0].open = true;
  return el(
    "div",
    { class: "side" },
    judgements.length ? null : el("p", { class: "quiet" }, "This requirement was not part of the run."),
    loud.map((one, at) => full(one, place, at === 0)),
    quiet.length ? el("h4", {}, loud.length ? `Other cases ` : `Cases `, el("span", { class: "quiet" }, String(quiet.length))) : null,
    folds,
    left ? el("p", { class: "quiet" }, `… and ${many(left, "more case")} in the JSON report.`) : null,
  );
};

const column = (id, place) => {
  const verdict = verdictOf(id, place);
  const name = about().columns[place - 1];
  const heading = [verdict ? mark(verdict) : el("span", { class: "quiet" }, "not in this run"), el("span", { class: "who" }, name)];
  return el("section", { "aria-label": name }, el("h3", { class: about().columns.length > 1 ? null : "unseen" }, heading), side(id, place));
};

// The other targets: a button that opens the cell of each, and a choice of one to compare with.
const others = (id, place, versus, go) => {
  const names = about().columns;
  if (names.length === 1) return null;
  const chooser = el("select", { id: "versus" }, el("option", { value: "" }, "none"));
  names.forEach((name, at) => {
    if (at + 1 === place) return;
    chooser.append(el("option", { value: at + 1, selected: at + 1 === versus }, `${verdictOf(id, at + 1) ?? "not in this run"}: ${name}`));
  });
  chooser.addEventListener("change", () => go({ versus: Number(chooser.value) || null }, "#versus"));
  const cells = names.map((name, at) => {
    const verdict = verdictOf(id, at + 1);
    return el(
      "button",
      {
        type: "button",
        class: `cell v-${slug(verdict ?? "not applicable")}`,
        title: name,
        "aria-label": `${name}: ${verdict ?? "not in this run"}`,
        "aria-current": at + 1 === place ? "true" : null,
        click: () => go({ place: at + 1, versus: versus === at + 1 ? null : versus }, `.strip [aria-current]`),
      },
      verdict ? about().signs[verdict] : "·",
    );
  });
  return el(
    "div",
    { class: "others" },
    el("div", { class: "strip", role: "group", "aria-label": "Targets" }, cells),
    el("label", {}, "Compare with ", chooser),
  );
};

const detailsOf = ({ id, place, versus }, go, neighbours) => {
  const facts = of(about().requirements, id);
  const line = row(id);
  const sentence = [...line.querySelector(".sentence").cloneNode(true).childNodes];
  const step = (name, to, words) =>
    el("button", { type: "button", class: "step", "data-step": name, disabled: !to, "aria-label": words, title: words, click: () => go({ id: to }, `[data-step="${name}"]`) }, name === "back" ? "↑" : "↓");
  return [
    el(
      "header",
      {},
      el("p", { class: "line" }, el("span", { class: "id" }, id), el("span", { class: "level" }, line.querySelector(".level").textContent)),
      el("div", { class: "steps" }, step("back", neighbours[0], "Previous requirement"), step("on", neighbours[1], "Next requirement"), el("button", { type: "button", class: "step", "data-step": "close", "aria-label": "Close", title: "Close", click: () => dialog.close() }, "✕")),
      el("h2", { id: "details-title", tabindex: "-1", autofocus: true }, sentence),
      el(
        "p",
        { class: "origin" },
        facts.url ? el("a", { href: facts.url, rel: "noopener noreferrer" }, facts.source) : facts.source,
        facts.needs.length ? el("span", { class: "quiet" }, `needs ${facts.needs.join(", ")}`) : null,
        facts.version > 1 ? el("span", { class: "quiet" }, `version ${facts.version} of this requirement`) : null,
      ),
    ),
    others(id, place, versus, go),
    el(
      "div",
      { class: versus ? "sides two" : "sides", tabindex: "-1" },
      column(id, place),
      versus ? column(id, versus) : null,
    ),
  ];
};
