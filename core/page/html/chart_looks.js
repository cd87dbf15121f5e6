"use strict";
// How charts look: fonts, axes and tooltips; on paper as in a wide and light window.

function isPrinting() {
  return document.documentElement.dataset.printing !== undefined;
}
function isDark() {
  return window.matchMedia("(prefers-color-scheme: dark)").matches && !isPrinting();
}
function isNarrow() {
  return window.innerWidth < 640 && !isPrinting();
}
function cssColour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
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
