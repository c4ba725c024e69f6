// What moves: filter by verdict and words, fold, transcripts and sequences shown where they are cited, copies.
// The page is complete without it; nothing here makes markup out of text.
(() => {
  "use strict";
  const entries = [...document.querySelectorAll("[data-verdict]")];
  const groups = [...document.querySelectorAll(".group")];
  const words = document.getElementById("words");
  const shown = document.getElementById("shown");
  const fold = document.getElementById("fold");
  const buttons = [...document.querySelectorAll("[data-show]")];
  const texts = new Map();

  const text = (entry) => {
    if (!texts.has(entry)) texts.set(entry, entry.textContent.toLowerCase());
    return texts.get(entry);
  };

  const filter = () => {
    const wanted = new Set(buttons.filter((b) => b.ariaPressed === "true").map((b) => b.dataset.show));
    const terms = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const entry of entries) {
      const fits = (!wanted.size || wanted.has(entry.dataset.verdict)) && terms.every((t) => text(entry).includes(t));
      entry.hidden = !fits;
      count += fits;
    }
    for (const group of groups) {
      const inside = [...group.querySelectorAll("[data-verdict]")];
      if (inside.length) group.hidden = inside.every((entry) => entry.hidden);
    }
    shown.textContent = wanted.size || terms.length ? `${count} of ${entries.length}` : "";
  };

  // A link into a folded entry unfolds it.
  const reveal = () => {
    const aim = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!aim) return;
    for (let at = aim; at; at = at.parentElement) {
      at.hidden = false;
      if (at.tagName === "DETAILS") at.open = true;
    }
    aim.scrollIntoView();
  };

  // The transcript or sequence of a citation is copied to where it is cited; a second click takes it away.
  const place = (link) => {
    const spot = link.closest(".evidence");
    const id = link.hash.slice(1);
    const known = spot.querySelector(`.inlaid[data-of="${id}"]`);
    link.setAttribute("aria-expanded", String(!known));
    if (known) return known.remove();
    const copy = document.getElementById(id).cloneNode(true);
    copy.removeAttribute("id");
    copy.classList.add("inlaid");
    copy.dataset.of = id;
    spot.append(copy);
  };

  // A sequence leaves the page as text. Mermaid goes with the fence that makes code hosts draw it.
  const copied = async (button) => {
    const text = button.closest("figure").querySelector(`[data-copied="${button.dataset.copy}"]`);
    const words = button.dataset.copy === "mermaid" ? "```mermaid\n" + text.textContent + "```\n" : text.textContent;
    try {
      await navigator.clipboard.writeText(words);
      button.dataset.said ??= button.textContent;
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = button.dataset.said), 1500);
    } catch {
      // A page that came without TLS may not write to the clipboard: what is to be copied is selected instead.
      text.closest("details").open = true;
      getSelection().selectAllChildren(text);
    }
  };

  words.addEventListener("input", filter);
  for (const button of buttons) {
    button.addEventListener("click", () => {
      button.ariaPressed = String(button.ariaPressed !== "true");
      filter();
    });
  }
  fold.addEventListener("click", () => {
    const open = fold.ariaExpanded !== "true";
    for (const entry of entries) if (entry.tagName === "DETAILS" && !entry.hidden) entry.open = open;
    fold.ariaExpanded = String(open);
    fold.textContent = open ? "Close all" : "Open all";
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-copy]");
    if (button) return void copied(button);
    const link = event.target.closest("a[data-x], a[data-s]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    place(link);
  });
  for (const link of document.querySelectorAll("a[data-x], a[data-s]")) link.setAttribute("aria-expanded", "false");
  window.addEventListener("hashchange", reveal);
  for (const tool of document.querySelectorAll("#filter, .copies")) tool.hidden = false;
  reveal();
})();
