"use strict";
// Figures: a chart that is drawn when it comes into sight, and beside it the numbers that it shows.

const charts = []; // {name, node, spec, drawn, width}

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
  return el("figure", {}, hasVega ? node : null, values);
}

/** What the menu beside a chart takes, pixels. */
const BESIDE = 40;

async function draw(drawing) {
  const width = drawing.node.clientWidth;
  if (width < 50) return; // hidden, or not on the page any more
  drawing.drawn = true;
  drawing.width = width;
  try {
    const spec = {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      width: Math.max(width - drawing.indent - BESIDE, 160),
      autosize: drawing.indent ? "pad" : {type: "fit-x", contains: "padding"},
      ...drawing.spec(),
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
    redraw(true);
  });
  window.addEventListener("afterprint", () => {
    delete document.documentElement.dataset.printing;
    showDataset(page.chosen);
    redraw(false);
  });
}

/** A figure whose reader chooses what it shows; `make` gives {figure} for a choice. */
function chosenFigure(label, options, first, make) {
  const body = el("div", {});
  const show = (value) => {
    const old = charts.findIndex((drawing) => body.contains(drawing.node));
    if (old >= 0) charts.splice(old, 1);
    body.replaceChildren(make(value));
    return charts.find((drawing) => body.contains(drawing.node));
  };
  show(first);
  const pick = (value) => {
    const drawing = show(value);
    if (drawing) draw(drawing);
  };
  return [
    options.length > 1 ? el("div", {class: "controls"}, choice(label, options, first, pick)) : null,
    body,
  ];
}
