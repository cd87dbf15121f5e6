"use strict";
// Names of variants: long ones are cut in the middle, because members of a grid differ at the end.

const ELLIPSIS = "\u2026";
/** The mean width of a character, in sizes of its font. */
const CHARACTER = 0.62;

/** A line without ink that neither Vega trims away nor SVG leaves out. */
const BLANK = "\u200b";

function widthOf(characters, fontSize = 12) {
  return CHARACTER * fontSize * characters;
}

function charactersIn(pixels, fontSize = 12) {
  return Math.max(8, Math.floor(pixels / (CHARACTER * fontSize)));
}

/** "knn[nei…ge=500]": at most `most` characters, more of the end than of the beginning. */
function cutName(name, most) {
  if (name.length <= most) return name;
  const head = Math.floor(0.4 * (most - 1));
  return name.slice(0, head) + ELLIPSIS + name.slice(name.length - (most - 1 - head));
}

/** Each name as short as that, or longer where two would look alike. */
function cutNames(names, most) {
  const cut = new Map(names.map((name) => [name, cutName(name, most)]));
  for (let length = most + 1; new Set(cut.values()).size < cut.size; length += 1) {
    const seen = [...cut.values()];
    const alike = names.filter((name) => seen.filter((one) => one === cut.get(name)).length > 1);
    for (const name of alike) cut.set(name, cutName(name, length));
  }
  return cut;
}

/** An expression of Vega for the label of an axis or a legend that has room for so many pixels. */
function shortLabels(names, pixels, fontSize = 12) {
  const cut = cutNames([...new Set(names)], charactersIn(pixels, fontSize));
  return `(${JSON.stringify(Object.fromEntries(cut))})[datum.value]`;
}

/** Parts of a name that fit into lines: broken where its words part, or where a line is full. */
function brokenName(name, most) {
  const lines = [""];
  for (const word of name.match(/[^\s_,=[\]-]*[\s_,=[\]-]*/g).filter(Boolean)) {
    for (let rest = word; rest; ) {
      const last = lines[lines.length - 1];
      if (last !== "" && rest.length > most - last.length) lines.push("");
      lines[lines.length - 1] += rest.slice(0, most);
      rest = rest.slice(most);
    }
  }
  return lines;
}

/**
 * Labels of a few lines each, which need not be turned to fit above a column. Vega hangs lines below the first one: short
 * names begin with blank lines, and `lines` says how far up the first one stands.
 */
function brokenLabels(names, pixels, fontSize) {
  const most = charactersIn(pixels, fontSize);
  const broken = [...cutNames([...new Set(names)], 4 * most)].map(([name, cut]) => [name, brokenName(cut, most)]);
  const lines = Math.max(...broken.map(([, parts]) => parts.length));
  const padded = broken.map(([name, parts]) => [name, [...Array(lines - parts.length).fill(BLANK), ...parts]]);
  return {lines, expression: `(${JSON.stringify(Object.fromEntries(padded))})[datum.value]`};
}
