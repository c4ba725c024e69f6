// The details dialog for a cookie or field: the exchanges of one kind of response, by what their requests had.

const addedFolds = (ids, place, open) => el("div", { class: "folded" }, ids.map((id, at) => exchangeFold(id, place, open && at === 0)));

const addedGroup = (group, place, open) =>
  el(
    "section",
    { class: "judgement" },
    el("h4", {}, `Requests: ${group.sent}${group.origin ? ", Origin" : ""}`, el("span", { class: "quiet" }, `${group.set} of ${many(group.of, "response")}`)),
    addedFolds(group.exchanges, place, open),
  );

const showAdded = (link) => {
  const cell = (link.dataset.added ?? link.dataset.differs).split(" ").map(Number);
  const [place, at, part] = cell;
  const row = columnOf(place).survey[at];
  const found = link.dataset.added ? row.responses[part] : row.differences[part];
  opener = link;
  dialog.classList.remove("broad");
  dialog.replaceChildren(
    el(
      "header",
      {},
      el("p", { class: "line" }, el("span", { class: "id" }, row.name || "(no name)"), el("span", { class: "level" }, row.what)),
      el("div", { class: "steps" }, el("button", { type: "button", class: "step", "data-step": "close", "aria-label": "Close", title: "Close", click: () => dialog.close() }, "✕")),
      el("h2", { id: "details-title", tabindex: "-1", autofocus: true }, found.sentence ?? `${found.kind}: ${found.word}`),
      el("p", { class: "origin" }, el("span", { class: "quiet" }, found.sentence ? row.behaviour : `${found.set} of ${many(found.of, "response")}`)),
    ),
    el(
      "div",
      { class: "sides" },
      el("div", { class: "side" }, found.sentence ? addedFolds(found.exchanges, place, true) : found.requests.map((group, at) => addedGroup(group, place, at === 0))),
    ),
  );
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
};
