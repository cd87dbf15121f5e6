"use strict";
// Figures: a chart that is drawn when it comes into sight, and beside it the numbers that it shows.

const charts = []; // {name, node, spec, drawn, width}
const choices = []; // figures of which a reader chooses one, and the page prints all

/**
 * A figure whose chart is drawn when it comes into sight. Without Vega its numbers are open instead.
 * `spec` gives a specification for a width, `numbers` a table that says the same.
 */
function chart(name, label, spec, numbers, indent = 0) {
  const node = el("div", {class: "chart", role: "img", "aria-label": label, "data-chart": name});
  const drawing = {name, node, spec, indent, drawn: false};
  const hasVega = typeof vegaEmbed === "function";
  if (hasVega) charts.push(drawing);
  const values = details("The numbers", numbers);
  values.open = !hasVega;
  return el("figure", {}, el("figcaption", {class: "printed"}, label), hasVega ? node : null, values);
}

/** A figure of the variants that have marks; where others have none, the table of all stands open below it. */
function markedChart(...chartArguments) {
  const figure = chart(...chartArguments);
  if (context.variants.length === allVariants.length) return figure;
  const values = figure.querySelector("details");
  values.open = true;
  values.classList.add("tall");
  values.querySelector("summary").textContent = `The numbers of all ${count(allVariants.length)} variants`;
  return figure;
}

/** What the menu beside a chart takes, pixels. */
const BESIDE = 40;
/** Between the margins of A4 and of US letter, pixels. */
const PAPER = 690;

async function draw(drawing) {
  const room = drawing.node.clientWidth;
  if (room < 50) return; // hidden, or not on the page any more
  drawing.drawn = true;
  drawing.width = room;
  const width = Math.max((isPrinting() ? PAPER : room - BESIDE) - drawing.indent, 160);
  try {
    const own = drawing.spec(width);
    const concatenated = own.concat || own.vconcat;
    const spec = {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      ...(concatenated ? {} : {width}),
      autosize: drawing.indent || concatenated ? "pad" : {type: "fit-x", contains: "padding"},
      ...own,
    };
    const actions = {export: true, source: false, compiled: false, editor: false};
    await vegaEmbed(drawing.node, spec, {
      renderer: "svg",
      actions,
      config: chartConfig(),
      downloadFileName: `assay-${drawing.name}`,
    });
    drawing.node.dataset.drawn = "true";
  } catch (error) {
    window.assayReport.errors.push(`${drawing.name}: ${error.message}`);
    drawing.node.dataset.drawn = "failed";
  }
}

function redraw(all) {
  return Promise.all(charts.filter((drawing) => all || drawing.drawn).map(draw));
}

function watchCharts() {
  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        const drawing = charts.find((one) => one.node === entry.target);
        if (entry.isIntersecting && drawing && !drawing.drawn) draw(drawing);
      }
    },
    {rootMargin: "400px"},
  );
  charts.forEach((drawing) => seen.observe(drawing.node));
  let waiting = 0;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(
      () => charts.filter((one) => one.drawn && one.node.clientWidth !== one.width).forEach(draw),
      150,
    );
  });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redraw(false));
  window.addEventListener("beforeprint", () => {
    document.documentElement.dataset.printing = "";
    page.datasets.forEach((dataset) => (dataset.node.hidden = false));
    choices.forEach((choice) => choice.showAll());
    redraw(true);
  });
  window.addEventListener("afterprint", () => {
    delete document.documentElement.dataset.printing;
    choices.forEach((choice) => choice.showChosen());
    showDataset(page.chosen);
    redraw(true);
  });
}

/**
 * A figure whose reader chooses what it shows; `make` gives {figure} for a choice. On paper, where nobody can choose,
 * it shows all choices if `printsAll`.
 */
function chosenFigure(label, options, first, make, printsAll = false) {
  const body = el("div", {});
  let chosen = first;
  const show = (...values) => {
    for (let i = charts.length - 1; i >= 0; i -= 1) if (body.contains(charts[i].node)) charts.splice(i, 1);
    body.replaceChildren(...values.map(make));
    return charts.filter((drawing) => body.contains(drawing.node));
  };
  show(first);
  const pick = (value) => {
    chosen = value;
    show(value).forEach(draw);
  };
  if (printsAll && options.length > 1) {
    const all = options.map(([value]) => value).filter((value) => value !== "");
    choices.push({
      showAll: () => (chosen === "" ? show("") : show(...all)),
      showChosen: () => show(chosen),
    });
  }
  return [
    options.length > 1 ? el("div", {class: printsAll ? "controls screen" : "controls"}, choice(label, options, first, pick)) : null,
    body,
  ];
}
