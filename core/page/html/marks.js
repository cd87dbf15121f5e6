"use strict";
// How variants look: a mark of shape and colour each, the same in every chart, and never the same twice.

// Six colours that stay apart for colour-blind readers, in the order of hues of Okabe and Ito, each with a contrast
// of at least 3 to its paper (WCAG 2.1, 1.4.11). Shape and dash say the same without colour.
const COLOURS = ["#0a58b0", "#b23a00", "#0c8a55", "#d0509c", "#938c12", "#2b97e0"];
const COLOURS_DARK = ["#3f97f5", "#f0583f", "#55e09a", "#f7adf2", "#f0a91e", "#c4f0ff"];
const BASELINE_COLOUR = {light: "#1d2329", dark: "#8b949c"};
// As SVG paths in the square from -1 to 1 where Vega has no name for them.
const SHAPES = [
  "circle",
  "square",
  "triangle-up",
  "diamond",
  "triangle-down",
  "cross",
  "M-0.9,-0.55L-0.55,-0.9L0,-0.35L0.55,-0.9L0.9,-0.55L0.35,0L0.9,0.55L0.55,0.9L0,0.35L-0.55,0.9L-0.9,0.55L-0.35,0Z",
  "M0,-1L0.25,-0.34L0.95,-0.31L0.4,0.13L0.59,0.81L0,0.42L-0.59,0.81L-0.4,0.13L-0.95,-0.31L-0.25,-0.34Z",
];
const DASHES = [
  [1, 0],
  [6, 3],
  [2, 2],
  [9, 3, 2, 3],
];
const MOST_MARKS = COLOURS.length * DASHES.length;
// Of more variants than there are marks so many are drawn: more would hide each other.
const MOST_DRAWN = 12;

/** Shape, colour and dash of the variant at a place: all 24 pairs of colour and dash, and of colour and shape, differ. */
function markOf(place, dark) {
  const colour = place % COLOURS.length;
  const row = Math.floor(place / COLOURS.length) % DASHES.length;
  return {
    colour: (dark ? COLOURS_DARK : COLOURS)[colour],
    shape: SHAPES[(colour + 2 * row) % SHAPES.length],
    dash: DASHES[row],
  };
}

function baselineMark(dark) {
  return {colour: BASELINE_COLOUR[dark ? "dark" : "light"], shape: "circle", dash: DASHES[0]};
}

/** Rows with `line`, the variant once more: what dashes go by, or the symbols of the legend would be dashed as well. */
function lined(rows) {
  return rows.map((row) => ({...row, line: row.variant}));
}

/** Names in as many columns as fit below a chart, and cut where that makes more of them. */
function legendColumns(names) {
  const room = Math.min(isPrinting() ? PAPER - 60 : window.innerWidth - (isNarrow() ? 130 : 200), 880);
  const besides = 28; // symbol and gaps
  const limit = isNarrow() ? room / 2 - besides : isPrinting() ? room / 3 - besides : 200;
  const longest = Math.max(...[...cutNames(names, charactersIn(limit)).values()].map((name) => name.length));
  const columns = Math.max(1, Math.min(4, Math.floor(room / (widthOf(longest) + besides))));
  return {columns, labelExpr: shortLabels(names, columns === 1 ? room - besides : limit)};
}

/** Scales of colour, shape and dash over `variants`, with one legend, which shows dashes where charts are of lines alone. */
function variantScales(variants, baseline) {
  const others = variants.filter((name) => name !== baseline);
  const marks = variants.map((name) =>
    name === baseline ? baselineMark(isDark()) : markOf(others.indexOf(name), isDark()),
  );
  const legend = {title: null, orient: "bottom", symbolStrokeWidth: 2, rowPadding: 4, labelLimit: 0, ...legendColumns(variants)};
  const scale = (range) => ({type: "nominal", sort: null, scale: {domain: variants, range}});
  const field = (range) => ({field: "variant", legend, ...scale(range)});
  const dashes = marks.map((mark) => mark.dash);
  return {
    color: field(marks.map((mark) => mark.colour)),
    shape: field(marks.map((mark) => mark.shape)),
    strokeDash: {field: "line", legend: null, ...scale(dashes)},
    labelledDash: field(dashes),
  };
}

// -- Which variants are drawn -----------------------------------------------------------------------------------------

/** The best place of a variant on the board of any data set. */
function bestPlace(name) {
  const places = page.datasets.map((dataset) => dataset.board.rows.findIndex((row) => row.variant === name));
  return Math.min(...places.filter((place) => place >= 0), allVariants.length);
}

/** All variants where each can have a mark; else the baseline, the best of each grid, single variants, and the best others. */
function chosenVariants() {
  if (allVariants.length <= MOST_MARKS) return allVariants;
  const ranked = [...allVariants].sort((a, b) => bestPlace(a) - bestPlace(b));
  const first = new Set();
  const leads = ranked.filter((name) => {
    const family = familyOf(name);
    if (family !== null && first.has(family)) return false;
    first.add(family);
    return true;
  });
  const order = [page.baseline, ...leads, ...ranked].filter((name, i, all) => all.indexOf(name) === i);
  const chosen = new Set(order.slice(0, MOST_DRAWN));
  return allVariants.filter((name) => chosen.has(name));
}

/** Rows of the variants that are drawn. */
function drawnOnly(rows) {
  const drawn = new Set(context.variants);
  return rows.filter((row) => drawn.has(row.variant));
}

/** What stands in a caption where not all variants are drawn. */
function drawnNote() {
  return context.variants.length < allVariants.length
    ? ` Drawn: ${count(context.variants.length)} of ${count(allVariants.length)} variants, the best of each grid among them; the table has all.`
    : "";
}
