// An exchange: both messages, the frames, its times and how it ended.

const octetsBox = (title, found, place, parsed = true) => {
  if (!found) return [];
  const box = el("pre", { class: "octets", tabindex: "0", "aria-label": title }, parsed ? message(found.octets, place) : plain(found.octets));
  return [
    el("h5", {}, title, " ", el("span", { class: "quiet" }, many(found.total, "octet"))),
    copyable(box, title.toLowerCase(), () => copiable(found.octets)),
    found.cut ? el("p", { class: "quiet" }, `… and ${many(found.cut, "more octet").replace("more octets", "more")}; the JSON report has what was kept.`) : null,
  ];
};

const frameRow = (frame, began) =>
  el(
    "tr",
    {},
    el("th", { scope: "row" }, `+${duration(frame.at - began)}`),
    el("td", {}, frame.theirs ? "← target" : "→ us"),
    el("td", {}, frame.opcode),
    el(
      "td",
      {},
      el("code", { class: "octets" }, plain(frame.payload ?? "")),
      frame.total ? el("span", { class: "quiet" }, ` … ${many(frame.total, "octet")}`) : null,
    ),
  );

const framesTable = (exchange) =>
  exchange.frames && [
    el("h5", {}, "Frames ", el("span", { class: "quiet" }, "since the request was sent")),
    el(
      "div",
      { class: "scroll", tabindex: "0", role: "group", "aria-label": "Frames" },
      el(
        "table",
        { class: "frames" },
        el("thead", {}, el("tr", {}, ["Time", "From", "Opcode", "Payload"].map((name) => el("th", { scope: "col" }, name)))),
        el("tbody", {}, exchange.frames.map((frame) => frameRow(frame, exchange.started))),
      ),
    ),
    exchange.more_frames ? el("p", { class: "quiet" }, `… and ${many(exchange.more_frames, "more frame")} in the JSON report.`) : null,
  ];

// Times since the run began, and the waits between them.
const clock = (exchange) => {
  const { started, answered, ended } = exchange;
  const fact = (name, ...value) => el("div", {}, el("dt", {}, name), el("dd", {}, ...value));
  return el(
    "dl",
    { class: "times" },
    fact("Started", `${started.toFixed(3)} s`),
    answered == null
      ? fact("Answered", `never, waited ${duration(ended - started)}`)
      : fact("Answered", `${answered.toFixed(3)} s`, el("span", { class: "quiet" }, ` waited ${duration(answered - started)}`)),
    fact(
      "Ended",
      `${ended.toFixed(3)} s`,
      answered == null ? null : el("span", { class: "quiet" }, ` ${duration(ended - answered)} later`),
    ),
    fact("How", [exchange.end, exchange.end_detail].filter(Boolean).join(": ")),
    fact("Connection", String(exchange.connection)),
  );
};

const exchangeBody = (exchange, place) =>
  el(
    "div",
    { class: "transcript" },
    exchange.url ? el("p", { class: "url" }, el("code", {}, exchange.url)) : null,
    clock(exchange),
    octetsBox("Request", exchange.request, place),
    octetsBox("Response", exchange.response, place),
    exchange.status == null ? el("p", {}, "No response", exchange.refusal ? `: ${exchange.refusal}` : "", ".") : null,
    (exchange.defects ?? []).map((defect) => el("p", { class: "defect" }, defect)),
    exchange.incomplete ? el("p", { class: "defect" }, "The response is not complete.") : null,
    octetsBox("After the response", exchange.surplus, place, false),
    framesTable(exchange),
    octetsBox("Octets that are not frames", exchange.after, place, false),
    exchange.status != null && exchange.refusal ? el("p", { class: "defect" }, `Rejected by the client library: ${exchange.refusal}`) : null,
  );

// Filled when it is opened: a cell may cite many exchanges.
const exchangeFold = (id, place, open = false) => {
  const exchange = of(columnOf(place).exchanges, id);
  if (!exchange) return el("p", { class: "quiet" }, `Exchange ${id} is not included in this page; see the JSON report.`);
  const fold = el(
    "details",
    { class: "exchange", open },
    el(
      "summary",
      {},
      el("span", { class: "id" }, id),
      el("span", { class: "sentence" }, exchange.label ?? "exchange"),
      el("span", { class: "status" }, exchange.status == null ? "no response" : String(exchange.status)),
    ),
  );
  const fill = () => fold.childElementCount === 1 && fold.append(exchangeBody(exchange, place));
  if (open) fill();
  fold.addEventListener("toggle", fill);
  return fold;
};
