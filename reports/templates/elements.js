// Create elements and text, never markup: text of a target is only added with `append`.

const byId = (id) => document.getElementById(id);

const el = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "click") made.addEventListener("click", value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value != null) made.setAttribute(key, value);
  }
  made.append(...children.flat(Infinity).filter((child) => child != null && child !== false && child !== ""));
  return made;
};

const slug = (verdict) => verdict.replaceAll(" ", "-");
const many = (count, what) => `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
const duration = (seconds) =>
  seconds < 0.01
    ? `${(seconds * 1000).toFixed(1)} ms`
    : seconds < 1
      ? `${(seconds * 1000).toFixed(0)} ms`
      : `${seconds.toFixed(2)} s`;

// The embedded data, parsed on first use.
const held = new Map();
const read = (id) => {
  if (!held.has(id)) held.set(id, JSON.parse(byId(id).textContent));
  return held.get(id);
};
const about = () => read("about");
const columnOf = (place) => read(`column-${place}`);
const of = (table, key) => (Object.hasOwn(table, key) ? table[key] : undefined);

const mark = (verdict) =>
  el("span", { class: `mark v-${slug(verdict)}` }, el("span", { "aria-hidden": "true" }, about().signs[verdict]), ` ${verdict}`);

// Without TLS a page may not write to the clipboard: select the text instead.
const copy = async (button, words, shown) => {
  try {
    await navigator.clipboard.writeText(words);
    button.dataset.label ??= button.textContent;
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = button.dataset.label), 1500);
  } catch {
    for (let at = shown; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    getSelection().selectAllChildren(shown);
  }
};

// A box with a button that copies its text.
const copyable = (shown, what, words = () => shown.textContent) => {
  const button = el("button", { type: "button", class: "copy", "aria-label": `Copy ${what}` }, "Copy");
  button.addEventListener("click", () => copy(button, words(), shown));
  return el("div", { class: "copied" }, shown, button);
};
