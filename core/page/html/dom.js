"use strict";
// Small helpers: elements, numbers, tables. A number that is not known is shown as a dash.

/** An element. Attributes that are null are left out; children are nodes or text. */
function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== "") node.append(child);
  }
  return node;
}

const MINUS = "\u2212";
const DASH = "\u2013";

function known(value) {
  return typeof value === "number" && Number.isFinite(value);
}

/** How many decimals show a number of this size; more for what is small. */
function decimalsFor(size, digits) {
  if (size >= 100) return 0;
  if (size >= 10) return 1;
  if (size >= 1) return Math.min(digits, 3);
  return size >= 1e-3 || size === 0 ? digits : Math.min(9, digits + Math.ceil(-Math.log10(size)) - 2);
}

/** Never "-0.00". */
function fixed(value, decimals) {
  const text = value.toFixed(decimals);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", MINUS);
}

/** "0.0712", "1,234". */
function fmt(value, digits = 4) {
  if (!known(value)) return DASH;
  return Number.isInteger(value) ? count(value) : fixed(value, decimalsFor(Math.abs(value), digits));
}

function count(value) {
  return known(value)
    ? Math.round(value)
        .toString()
        .replace(/\B(?=(\d{3})+$)/g, ",")
        .replace("-", MINUS)
    : DASH;
}

function signed(value, digits = 4) {
  if (!known(value)) return DASH;
  return (value > 0 ? "+" : "") + fmt(value, digits);
}

function interval(low, high, digits = 4) {
  if (!known(low) || !known(high)) return "";
  const decimals = decimalsFor(Math.max(Math.abs(low), Math.abs(high)), digits);
  return `[${fixed(low, decimals)}, ${fixed(high, decimals)}]`;
}

/** A difference and its interval, with the decimals that the interval deserves: "+0.0048 [-0.0047, 0.0141]". */
function differenceText(difference, low, high) {
  if (!known(low) || !known(high)) return signed(difference);
  const decimals = decimalsFor(Math.max(Math.abs(low), Math.abs(high)), 4);
  const text = fixed(difference, decimals);
  return `${difference > 0 && Number(text) !== 0 ? "+" : ""}${text} ${interval(low, high)}`;
}

function percent(value, decimals = 1) {
  return known(value) ? `${fixed(100 * value, decimals)} %` : DASH;
}

function signedPercent(value) {
  const text = percent(value);
  return value > 0 && text !== percent(0) ? `+${text}` : text;
}

function pvalue(value) {
  if (!known(value)) return DASH;
  return value < 0.0001 ? "< 0.0001" : value.toFixed(4);
}

/** "p99" of 0.99. */
function quantileName(quantile) {
  return `p${parseFloat((100 * quantile).toFixed(2))}`;
}

function bytes(value) {
  if (!known(value)) return DASH;
  const units = ["B", "kB", "MB", "GB"];
  let unit = 0;
  while (value >= 1000 && unit < 3) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

function seconds(value) {
  if (!known(value)) return DASH;
  return value < 1 ? `${Math.round(1000 * value)} ms` : `${fmt(value, 2)} s`;
}

/** "23 April 1998" of UTC seconds; nothing for -1, which means none. */
function day(time) {
  return known(time) && time >= 0 ? moment(new Date(1000 * time).toISOString()).replace(/,.*$/, "") : "";
}

/** "22 November 2026, 21:50 UTC" of "2026-11-22T21:50:03Z". */
function moment(text) {
  const parts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d)/.exec(text || "");
  if (!parts) return text || DASH;
  const months = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
  ];
  return `${Number(parts[3])} ${months[Number(parts[2]) - 1]} ${parts[1]}, ${parts[4]} UTC`;
}

function metricName(name, cutoff) {
  return cutoff > 0 ? `${name}@${cutoff}` : name;
}

/**
 * A table. Columns are {name, num, html}; `num` aligns right; a row is a list of texts or nodes.
 * The first cell of a row is its header.
 */
function table(columns, rows, rowClass) {
  const head = el(
    "tr",
    {},
    columns.map((column) =>
      el(
        "th",
        {scope: "col", class: [column.num && "num", column.class].filter(Boolean).join(" ") || null},
        column.name,
      ),
    ),
  );
  const body = rows.map((row, r) =>
    el(
      "tr",
      {class: rowClass ? rowClass(r) : null},
      row.map((cell, c) =>
        c === 0
          ? el("th", {scope: "row"}, [cell].flat().map((part) => (typeof part === "string" ? breakable(part) : part)).flat())
          : el(
              "td",
              {class: [columns[c].num && "num", columns[c].class].filter(Boolean).join(" ") || null},
              cell,
            ),
      ),
    ),
  );
  return el(
    "div",
    {class: "scroll", tabindex: "0", role: "region", "aria-label": columns.map((c) => c.name).join(", ")},
    el("table", {}, el("thead", {}, head), el("tbody", {}, body)),
  );
}

/** A labelled choice; `change` gets the chosen value. */
function choice(label, options, chosen, change) {
  const select = el(
    "select",
    {onchange: (event) => change(event.target.value)},
    options.map(([value, text]) => el("option", {value, selected: value === chosen}, text)),
  );
  return el("label", {}, label, select);
}

/** A name that may break where its words part, before it breaks anywhere else. */
function breakable(name) {
  return name.split(/(?<=[[_=,])/).flatMap((part, i) => (i === 0 ? [part] : [document.createElement("wbr"), part]));
}

function details(summary, ...content) {
  return el("details", {}, el("summary", {}, summary), ...content);
}
