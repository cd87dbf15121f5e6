"use strict";
// The page: what is said first, the sections of each data set, and when a chart is drawn.

const page = unpackedPage(JSON.parse(document.getElementById("data").textContent));
const metric = metricName(page.metric.name, page.metric.cutoff);
const allVariants = page.variants.map((variant) => variant.name);
window.assayReport = {charts, errors: [], page};
window.addEventListener("error", (event) => window.assayReport.errors.push(String(event.message)));

const context = {
  variants: chosenVariants(), // that are drawn
  baseline: page.baseline,
  metric,
  margin: page.run.margin,
  higher: page.metric.higher,
  unit: page.metric.unit === "1" ? "share, 0 to 1" : page.metric.unit,
};

// -- The answer -----------------------------------------------------------------------------------------------------

/** "better" or "worse" of a sentence that says so of a variant; null of another one. */
function verdictOf(sentence) {
  for (const verdict of ["better", "worse"]) {
    if (allVariants.some((name) => sentence.startsWith(`${name} is ${verdict} than `))) return verdict;
  }
  return null;
}

/** The sentence with the variant that it is about in bold. */
function marked(sentence) {
  const name = allVariants
    .filter((one) => sentence.startsWith(`${one} `))
    .sort((a, b) => b.length - a.length)[0];
  return name ? [el("strong", {}, name), sentence.slice(name.length)] : sentence;
}

function facts(pairs) {
  return el(
    "dl",
    {class: "facts"},
    pairs
      .filter(([, value]) => value)
      .map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))),
  );
}

function showAnswer() {
  const run = page.run;
  document.getElementById("top").append(
    ...[
      el("p", {class: "eyebrow"}, `assay report \u00b7 ${moment(run.started)}`),
      el("h1", {}, run.experiment),
      run.description ? el("p", {class: "lead"}, run.description) : null,
      page.headline ? el("p", {id: "headline"}, page.headline) : null,
      el(
        "ul",
        {id: "answer", class: page.headline ? null : "alone", "aria-label": "Verdicts"},
        page.sentences.map((sentence) => el("li", {class: verdictOf(sentence)}, marked(sentence))),
      ),
      page.warnings.map((sentence) => el("p", {class: "notice"}, sentence)),
      page.unknown_requests.map((sentence) => el("p", {class: "notice"}, sentence)),
      page.worst_slices.map((sentence) => el("p", {class: "note"}, sentence)),
      run.warning ? el("p", {class: "notice"}, run.warning) : null,
      run.note ? el("p", {class: "notice"}, run.note) : null,
      page.failures.length > 0
        ? el(
            "div",
            {class: "notice"},
            el("strong", {}, "Failures"),
            el("pre", {}, page.failures.join("\n")),
          )
        : null,
      facts([
        ["Primary metric", metric],
        ["Baseline", page.baseline],
        ["Variants", count(allVariants.length)],
        [
          "Requests",
          page.datasets.map((dataset) => `${count(dataset.board.n)} (${dataset.name})`).join(", "),
        ],
        ["Seeds", page.run.seeds.replace(/[[\]]/g, "").replace(/,\s*/g, ", ")],
        ["Significance", `alpha ${run.alpha}`],
        ["Equivalent within", known(run.margin) && run.margin > 0 ? `\u00b1${run.margin}` : ""],
      ]),
    ].flat().filter(Boolean),
  );
}

function inspectorSection(dataset) {
  return section(
    `requests-${dataset.place}`,
    "Single requests",
    null,
    el("div", {class: "inspector"}, inspectorView(dataset.inspector, page)),
  );
}

const SECTIONS = [
  ["attribution", "Attribution", attributionSection],
  ["board", "Leaderboard", boardSection],
  ["forest", "Differences", forestSection],
  ["grid", "Grids", gridSection],
  ["pareto", "Pareto", paretoSection],
  ["curves", "At k", curveSection],
  ["funnel", "Stages", funnelSection],
  ["slices", "Slices", sliceSection],
  ["differences", "Spread", differenceSection],
  ["training", "Training", trainingSection],
  ["tuning", "Tuning", tuningSection],
  ["policies", "Policies", policySection],
  ["loop", "Loop", loopSection],
  ["latency", "Times", latencySection],
  ["power", "Power", powerSection],
  ["other", "More", otherSection],
  ["requests", "Requests", inspectorSection],
  ["data", "Data", dataSection],
];

/** What a run of mixed pipelines has: they are not compared with one another. */
const OF_PIPELINES = ["attribution", "board", "funnel", "training", "latency", "requests", "data"];

// -- Putting it together --------------------------------------------------------------------------------------------

function showDataset(chosen) {
  page.chosen = chosen;
  page.datasets.forEach((dataset, place) => {
    dataset.node.hidden = place !== chosen;
    if (dataset.tab) {
      dataset.tab.setAttribute("aria-selected", String(place === chosen));
      dataset.tab.tabIndex = place === chosen ? 0 : -1;
    }
  });
  showContents(chosen);
}

function showContents(chosen) {
  const own = SECTIONS.filter(([name]) => document.getElementById(`${name}-${chosen}`)).map(
    ([name, title]) => [`${name}-${chosen}`, title],
  );
  const all = [
    ["top", "Answer"],
    ...own,
    ["variants", "Variants"],
    ["environment", "Machine"],
    ["definitions", "Definitions"],
  ];
  document.getElementById("contents").replaceChildren(
    el(
      "ol",
      {},
      all.map(([id, title]) => el("li", {}, el("a", {href: `#${id}`}, title))),
    ),
  );
  markPlace();
}

/** Which section stands at the top of the window, shown in the contents. */
function markPlace() {
  const links = [...document.querySelectorAll("#contents a")];
  const top = document.getElementById("contents").getBoundingClientRect().bottom + 80;
  const above = links.filter(
    (link) => document.querySelector(link.getAttribute("href")).getBoundingClientRect().top <= top,
  );
  for (const link of links) {
    if (link === above[above.length - 1]) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function tabs() {
  if (page.datasets.length < 2) return null;
  page.datasets.forEach((dataset, place) => {
    dataset.tab = el(
      "button",
      {
        type: "button",
        role: "tab",
        "aria-controls": `dataset-${place}`,
        onclick: () => showDataset(place),
        onkeydown: (event) => {
          const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
          if (!step) return;
          const next = (place + step + page.datasets.length) % page.datasets.length;
          showDataset(next);
          page.datasets[next].tab.focus();
        },
      },
      dataset.name,
    );
  });
  return el(
    "div",
    {class: "tabs", role: "tablist", "aria-label": "Data set"},
    page.datasets.map((dataset) => dataset.tab),
  );
}

function showPage() {
  showAnswer();
  const main = document.getElementById("main");
  main.append(...[tabs()].filter(Boolean));
  page.datasets.forEach((dataset, place) => {
    dataset.place = place;
    dataset.node = el(
      "div",
      {
        class: "dataset",
        id: `dataset-${place}`,
        role: page.datasets.length > 1 ? "tabpanel" : null,
        "aria-label": dataset.name,
      },
      page.datasets.length > 1 ? el("h2", {class: "printed"}, `Data set ${dataset.name}`) : null,
      SECTIONS.filter(([name]) => !dataset.attribution || OF_PIPELINES.includes(name)).map(([, , make]) =>
        make(dataset),
      ),
    );
    main.append(dataset.node);
  });
  main.append(variantSection(), environmentSection(), definitionSection());
  document
    .getElementById("end")
    .append(
      el("p", {}, page.footer.join(" \u00b7 ")),
      el(
        "p",
        {},
        `Made by assay ${page.run.version} from ${page.run.file}. All numbers: assay compare ${page.run.file}`,
      ),
    );
  showDataset(0);
  window.addEventListener("scroll", () => requestAnimationFrame(markPlace), {passive: true});
  watchCharts();
}

showPage();
