// Octets as text: line ends marked, everything unprintable as an escape, cookies in their colours.

// A cookie has the same colour in all transcripts of a target; the session cookie has the first.
const TONES = 6;
const tones = new Map();
const toneOf = (place, name) => {
  if (!tones.has(place)) tones.set(place, new Map([[columnOf(place).cookie, 0]]));
  const known = tones.get(place);
  if (!known.has(name)) known.set(name, 1 + ((known.size - 1) % (TONES - 1)));
  return known.get(name);
};

const escaped = (octets) =>
  octets.replace(/[^ -~]/g, (one) =>
    one === "\n" ? "\\n" : one === "\r" ? "\\r" : one === "\t" ? "\\t" : `\\x${one.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );

// Text to copy: lines stay lines, anything that a terminal would interpret is escaped.
const copiable = (octets) => octets.split(/\r?\n/).map(escaped).join("\n");

const SPECIAL = /(\r\n)|([\r\n])|([^ -~\r\n]+)/g;
const plain = (octets) => {
  const parts = [];
  let last = 0;
  for (const found of octets.matchAll(SPECIAL)) {
    if (found.index > last) parts.push(octets.slice(last, found.index));
    last = found.index + found[0].length;
    if (found[1]) parts.push(el("i", {}, "\\r\\n"), "\n");
    // Show line ends other than CRLF: strict parsers refuse them.
    else if (found[2]) parts.push(el("b", {}, escaped(found[2])), found[2] === "\n" ? "\n" : "");
    else parts.push(el("b", {}, escaped(found[3])));
  }
  if (last < octets.length) parts.push(octets.slice(last));
  return parts;
};

// A cookie-pair in the colour of its name; one without "=" has none (RFC 6265bis §5.6).
const pair = (octets, place) => {
  const [, before, name, rest] = /^([ \t]*)([^=]*)([^]*)$/.exec(octets);
  if (!rest) return plain(octets);
  const tone = toneOf(place, name.trim());
  return [...plain(before), el("span", { class: `cookie s-tone-${tone}` }, el("strong", {}, plain(name)), plain(rest))];
};

const COOKIE_LINE = /^(set-cookie|cookie)(:[ \t]*)([^\r\n]*)/i;
const fieldLine = (line, place) => {
  const found = COOKIE_LINE.exec(line);
  if (!found) {
    const colon = line.indexOf(":");
    return colon > 0 ? [el("span", { class: "name" }, plain(line.slice(0, colon))), ...plain(line.slice(colon))] : plain(line);
  }
  const [whole, name, colon, value] = found;
  const pairs = name.toLowerCase() === "cookie" ? value.split(/(;)/) : [/^[^;]*/.exec(value)[0]];
  const rest = name.toLowerCase() === "cookie" ? "" : value.slice(pairs[0].length);
  return [
    el("span", { class: "name" }, name),
    colon,
    ...pairs.flatMap((one) => (one === ";" ? [one] : pair(one, place))),
    ...plain(rest),
    ...plain(line.slice(whole.length)),
  ];
};

// A message: its start line, its field lines, its body.
const message = (octets, place) => {
  const end = /\r?\n\r?\n/.exec(octets);
  const head = end ? octets.slice(0, end.index + end[0].length) : octets;
  const lines = head.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  return [
    ...lines.flatMap((line, at) => (at ? fieldLine(line, place) : [el("span", { class: "start" }, plain(line))])),
    ...plain(octets.slice(head.length)),
  ];
};
