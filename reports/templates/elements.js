// Elements and text from values; never markup. Whatever a target sent reaches the page through `append` alone.

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

// The data beside the markup, read when it is first asked for.
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

// A page that came without TLS may not write to the clipboard: what is to be copied is selected instead.
const copy = async (button, words, shown) => {
  try {
    await navigator.clipboard.writeText(words);
    button.dataset.said ??= button.textContent;
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = button.dataset.said), 1500);
  } catch {
    for (let at = shown; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    getSelection().selectAllChildren(shown);
  }
};

// A box with a button that copies its words.
const copyable = (shown, what, words = () => shown.textContent) => {
  const button = el("button", { type: "button", class: "copy", "aria-label": `Copy ${what}` }, "Copy");
  button.addEventListener("click", () => copy(button, words(), shown));
  return el("div", { class: "copied" }, shown, button);
};
