"use strict";
// The heat map of slices against variants, in as many panels below each other as its numbers need to be read.

/** What "+0.012*" takes, and the least that a cell is wide, pixels. */
const CELL = 56;

/** Colours of worst, equal and best, and of the text on strong cells. */
function heatColours(higher) {
  const [worst, equal, best] = isDark() ? ["#f28a45", "#2a3035", "#4aa8e0"] : ["#d55e00", "#f4f4f2", "#0072b2"];
  return {range: higher ? [worst, equal, best] : [best, equal, worst], onStrong: isDark() ? "#14181b" : "#ffffff"};
}

/** Variants in groups that fit beside each other, of almost equal size. */
function columnsThatFit(variants, width) {
  const most = Math.max(1, Math.floor(width / CELL));
  const panels = Math.ceil(variants.length / most);
  const size = Math.ceil(variants.length / panels);
  return Array.from({length: panels}, (_, p) => variants.slice(p * size, (p + 1) * size)).filter((group) => group.length > 0);
}

const HEADER_LINE = 13;

function heatPanel(rows, variants, titles, look) {
  const names = brokenLabels(variants, look.cell - 3, 11);
  const x = {
    field: "variant",
    type: "nominal",
    sort: variants,
    scale: {domain: variants},
    axis: {
      title: null,
      orient: "top",
      labelAngle: 0,
      labelExpr: names.expression,
      labelLimit: 0,
      labelLineHeight: HEADER_LINE,
      labelPadding: HEADER_LINE * (names.lines - 1) + 3,
      labelOverlap: false,
      labelFontSize: 11,
      ticks: false,
      domain: false,
    },
  };
  const y = {
    field: "title",
    type: "nominal",
    sort: titles,
    scale: {domain: titles},
    axis: {
      title: null,
      labelExpr: shortLabels(titles, look.labels, look.fontSize),
      labelLimit: 0,
      labelFontSize: look.fontSize,
      ticks: false,
      domain: false,
    },
  };
  const color = {
    field: "value",
    type: "quantitative",
    scale: {domain: [-look.reach, 0, look.reach], range: look.range, interpolate: "rgb"},
    legend: {title: look.legend, orient: "bottom", titleLimit: 400},
  };
  return {
    data: {values: rows.filter((row) => variants.includes(row.variant))},
    width: look.cell * variants.length,
    height: look.row * titles.length,
    layer: [
      {
        mark: {type: "rect", cornerRadius: 3, stroke: cssColour("--paper"), strokeWidth: 2},
        encoding: {
          x,
          y,
          color,
          tooltip: tip(["variant", "variant"], ["slice", "slice"], ["told", "difference"], ["n", "n"]),
        },
      },
      {
        mark: {type: "text", fontSize: 11},
        encoding: {
          x,
          y,
          text: {field: "label"},
          color: {
            condition: {test: `abs(datum.value) > ${0.6 * look.reach}`, value: look.onStrong},
            value: cssColour("--ink"),
          },
        },
      },
    ],
  };
}

/** Pixels of a row: on paper fewer, where all panels would not stand on one sheet. */
function rowHeight(panels, rows) {
  const sheet = 880; // what is left of A4 for the cells
  const header = 70;
  return isPrinting() ? Math.min(30, Math.max(17, (sheet - header * panels) / (panels * rows))) : 30;
}

/** Slices against variants: the difference to the baseline. */
function sliceSpec(rows, context) {
  const titles = [...new Set(rows.map((row) => row.title))];
  const fontSize = isNarrow() ? 11 : 12;
  const labels = Math.min(widthOf(Math.max(...titles.map((title) => title.length)), fontSize), isNarrow() ? 130 : 230) + 12;
  const room = context.width - labels;
  const groups = columnsThatFit(context.variants, room);
  const widest = groups[0].length;
  const cell = Math.min(Math.max(CELL, room / widest), 130);
  const {range, onStrong} = heatColours(context.higher);
  const look = {
    range,
    onStrong,
    fontSize,
    labels,
    cell,
    row: rowHeight(groups.length, titles.length),
    reach: Math.max(...rows.map((row) => Math.abs(row.value)), 1e-9),
    legend: `difference of ${context.metric} (${context.unit})`,
  };
  return {
    vconcat: groups.map((group) => heatPanel(rows, group, titles, look)),
    spacing: 14,
  };
}
