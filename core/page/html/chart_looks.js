"use strict";
// How charts look. Colours are those of Okabe and Ito, which most colour-blind readers tell apart; shapes
// and dashes say the same without colour.

const OKABE_ITO = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a6d3b"];
const OKABE_ITO_DARK = ["#4aa8e0", "#f28a45", "#2fc79c", "#e29cc4", "#f0b429", "#8fd0f5", "#c9a66b"];
const SHAPES = ["circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "triangle-right"];
const DASHES = [
  [1, 0],
  [6, 3],
  [2, 2],
];

function isDark() {
  return (
    window.matchMedia("(prefers-color-scheme: dark)").matches &&
    document.documentElement.dataset.printing === undefined
  );
}
function isNarrow() {
  return window.innerWidth < 640;
}
function cssColour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** How variants look, the same in every chart: the baseline is grey. */
function variantScales(variants, baseline) {
  const palette = isDark() ? OKABE_ITO_DARK : OKABE_ITO;
  const others = variants.filter((name) => name !== baseline);
  const place = (name) => others.indexOf(name);
  const pick = (list, rest) =>
    variants.map((name) => (name === baseline ? rest : list[place(name) % list.length]));
  const legend = {
    title: null,
    orient: "bottom",
    columns: isNarrow() ? (variants.some((name) => name.length > 16) ? 1 : 2) : 4,
    symbolStrokeWidth: 2,
    labelLimit: 210,
  };
  return {
    color: {
      field: "variant",
      type: "nominal",
      sort: null,
      legend,
      scale: {domain: variants, range: pick(palette, isDark() ? "#a6afb6" : "#6b7480")},
    },
    shape: {
      field: "variant",
      type: "nominal",
      sort: null,
      legend,
      scale: {domain: variants, range: pick(SHAPES, "circle")},
    },
    strokeDash: {
      field: "variant",
      type: "nominal",
      sort: null,
      legend,
      scale: {
        domain: variants,
        range: variants.map(
          (name) => DASHES[Math.floor(Math.max(place(name), 0) / palette.length) % DASHES.length],
        ),
      },
    },
  };
}

function chartConfig() {
  const ink = cssColour("--ink");
  const quiet = cssColour("--quiet");
  const font = getComputedStyle(document.body).fontFamily;
  return {
    background: "transparent",
    font,
    view: {stroke: null},
    padding: 4,
    axis: {
      labelColor: quiet,
      titleColor: quiet,
      titleFontWeight: 500,
      labelFontSize: 12,
      titleFontSize: 12,
      gridColor: cssColour("--grid"),
      domainColor: cssColour("--line"),
      tickColor: cssColour("--line"),
      labelLimit: 190,
      titlePadding: 8,
    },
    legend: {labelColor: ink, titleColor: quiet, labelFontSize: 12, symbolOpacity: 1},
    header: {labelColor: ink, labelFontSize: 12, titleColor: quiet, labelFontWeight: 500},
    text: {color: ink, fontSize: 12},
    rule: {color: quiet},
  };
}

function tip(...fields) {
  return fields.map(([field, title]) => ({field, title, type: "nominal"}));
}

/** 1, 2, 5, 10, ... within what is shown; only powers of ten where those are many. */
function logTicks(low, high) {
  const steps = high / low > 300 ? [1] : high / low > 30 ? [1, 3] : [1, 2, 5];
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
    for (const step of steps) ticks.push(Number(`${step}e${power}`));
  }
  return ticks.filter((tick) => tick >= 0.7 * low && tick <= 1.4 * high);
}

/** Logarithmic where times are of different orders of magnitude. */
function timeScale(times) {
  const low = Math.min(...times);
  const high = Math.max(...times);
  const log = high / low > 15;
  return {
    log,
    scale: log ? {type: "log", nice: false} : {type: "linear", nice: false, zero: false},
    axis: {format: "~g", ...(log ? {values: logTicks(low, high)} : {tickCount: 6})},
  };
}
