"use strict";
// One request and one variant, stage by stage: where relevant items were lost, and why items were scored so.

let stagesOf = null; // the variant that the reader chose last

/** "recall[0] ease": a place with the strategy that stands there; "rank mmr" where there is only one of its kind. */
function placeName(place, variant, page) {
  const one = page.variants.find((other) => other.name === variant);
  const stages = one ? one.stages : [];
  const there = stages.find((stage) => stage.place === place);
  const alike = stages.filter((stage) => stage.place.startsWith(`${place}[`) && !stage.place.endsWith(".unknown"));
  const stage = there || (alike.length === 1 ? alike[0] : null);
  if (stage) return `${place} ${stage.plugin}`;
  return place === "recall" ? "recall, merged" : place;
}

/** What the stages and the slate hold of the relevant items: a name and their ranks, by item. */
function stepsOf(slate, variant, page) {
  const steps = slate.stages.map((stage) => ({
    name: `${placeName(stage.stage, variant, page)} (${count(stage.count)})`,
    ranks: new Map(stage.found),
  }));
  // What is served is the head of the last list.
  const last = slate.stages[slate.stages.length - 1].found;
  const served = new Map(last.filter(([, rank]) => rank <= slate.count));
  return [...steps, {name: `served (${count(slate.count)})`, ranks: served}];
}

/** Every relevant item that any list holds; those that came furthest first, better ranks before worse ones. */
function broughtUp(steps) {
  const items = [...new Set(steps.flatMap((step) => [...step.ranks.keys()]))];
  const furthest = (item) => steps.findLastIndex((step) => step.ranks.has(item));
  const rank = (item) => steps[furthest(item)].ranks.get(item);
  return items.sort((a, b) => furthest(b) - furthest(a) || rank(a) - rank(b));
}

function rankTable(request, slate, variant, inspector, page) {
  if (request.truth.count === 0) return el("p", {class: "note"}, "Nothing was relevant.");
  const steps = stepsOf(slate, variant, page);
  const found = broughtUp(steps);
  const missed = request.truth.count - found.length;
  const told = `${count(found.length)} of ${count(request.truth.count)} relevant items were retrieved`;
  if (found.length === 0) return el("p", {class: "note"}, `${told}.`);
  const never = missed > 0 ? `; ${count(missed)} were not` : "";
  return [
    el(
      "p",
      {class: "note"},
      `${told}${never}. Below, the rank of each after every stage; in parentheses the length of the list.`,
    ),
    table(
      [{name: "relevant item"}, ...steps.map((step) => ({name: step.name, num: true}))],
      found.map((item) => [
        inspector.names[item],
        ...steps.map((step) =>
          step.ranks.has(item) ? count(step.ranks.get(item)) : el("span", {class: "lost"}, "not in list"),
        ),
      ]),
    ),
  ];
}

const NAMES_OF_GROUNDS = [
  (what, inspector) => `history: ${inspector.names[what]}`,
  (what, inspector) => inspector.inputs[what],
  (what, inspector) => `candidate: ${inspector.names[what]}`,
];

function groundName(ground, inspector) {
  const [kind, what] = inspector.reasons[ground];
  return NAMES_OF_GROUNDS[kind](what, inspector);
}

/** What spoke for an item and against it: the largest terms, and the rest added up. */
function termsView(why, slot, inspector) {
  if (!known(why.rests[slot])) return "";
  const term = (name, weight, kind) =>
    el("li", {class: kind}, name, " ", el("b", {}, signed(weight, Math.abs(weight) < 1 ? 3 : 2)));
  const terms = why.terms[slot];
  const largest = Array.from({length: terms.length / 2}, (_, t) =>
    term(groundName(terms[2 * t], inspector), terms[2 * t + 1], terms[2 * t + 1] < 0 ? "against" : "for"),
  );
  const rest = why.rests[slot] === 0 ? null : term("the rest", why.rests[slot], "rest");
  return el("ul", {class: "terms"}, largest, rest);
}

/** Strategies whose scores nothing explains: "rank dcn_v2". */
function silentStages(slate, variant, page) {
  const one = page.variants.find((other) => other.name === variant);
  const speaks = (stage) =>
    slate.why.some(
      (why) => why.place === stage.place || (stage.place.startsWith(`${why.place}[`) && !stage.place.endsWith(".unknown")),
    );
  return (one ? one.stages : [])
    .filter((stage) => /^(recall|rank|rerank)/.test(stage.place) && !speaks(stage))
    .map((stage) => `${stage.place} ${stage.plugin}`);
}

/** What would be served if the history lacked one item: what came, what went, and what moved. */
function withoutView(slate, inspector) {
  const before = new Map(slate.items.map((item, rank) => [item, rank + 1]));
  return (slate.without || []).map(({item, list}) => {
    const now = inspector.lists[list];
    const was = slate.items.slice(0, now.length);
    const same = now.every((one, rank) => one === was[rank]);
    const name = `Without ${inspector.names[item]}`;
    if (now.length === 0) return el("p", {class: "note"}, `${name}: nothing would be served.`);
    if (same) return el("p", {class: "note"}, `${name}: the same list.`);
    const rows = now.map((one, rank) => [
      String(rank + 1),
      inspector.names[one],
      !before.has(one) ? "new" : before.get(one) === rank + 1 ? "" : `was ${before.get(one)}`,
    ]);
    const gone = was.filter((one) => !now.includes(one)).map((one) => inspector.names[one]);
    return details(
      `${name}: ${count(gone.length)} of ${count(was.length)} items give way`,
      table([{name: "served", num: true}, {name: "item"}, {name: "as it was"}], rows),
      gone.length > 0 ? el("p", {class: "note"}, `No longer served: ${gone.join(", ")}.`) : "",
    );
  });
}

function whyTable(slate, variant, inspector, page) {
  const told = slate.why.filter((why) => why.rests);
  const silent = silentStages(slate, variant, page);
  const failed = slate.why.filter((why) => why.reason);
  const slots = Math.min(slate.items.length, ...told.map((why) => why.rests.length));
  return [
    told.length > 0 && silent.length > 0
      ? el("p", {class: "note"}, `Without an explanation: ${silent.join(", ")}.`)
      : null,
    failed.map((why) =>
      el(
        "p",
        {class: "note"},
        `${placeName(why.place, variant, page)} failed to explain its scores: ${why.reason}`,
      ),
    ),
    told.length > 0
      ? table(
          [
            {name: "served", num: true},
            {name: "item"},
            ...told.map((why) => ({name: placeName(why.place, variant, page)})),
          ],
          Array.from({length: slots}, (_, slot) => [
            String(slot + 1),
            inspector.names[slate.items[slot]],
            ...told.map((why) => termsView(why, slot, inspector)),
          ]),
        )
      : el("p", {class: "note"}, "No strategy of this variant can explain its scores."),
  ];
}

function lengthNote(stage, list) {
  const relevant = `${count(stage.found.length)} relevant`;
  return stage.count > list.items.length
    ? `first ${count(list.items.length)} of ${count(stage.count)}, ${relevant} in all`
    : `${count(stage.count)} ${stage.count === 1 ? "item" : "items"}, ${relevant}`;
}

function stagesOfVariant(request, variant, inspector, page) {
  const slate = request.slates[inspector.variants.indexOf(variant)];
  const hits = new Set(slate.stages.flatMap((stage) => stage.found.map(([item]) => item)));
  const cards = slate.stages.map((stage) => {
    const list = {items: inspector.lists[stage.list]};
    const name = placeName(stage.stage, variant, page);
    return listCard(name, lengthNote(stage, list), list, inspector, hits);
  });
  return [
    slate.unknown.map((place) =>
      el("p", {class: "note"}, `${placeName(place, variant, page)} does not know this request.`),
    ),
    rankTable(request, slate, variant, inspector, page),
    details("The lists of the stages", el("div", {class: "lists"}, cards)),
    el("h4", {}, "Why these scores"),
    whyTable(slate, variant, inspector, page),
    slate.without && slate.without.length > 0
      ? [
          el("h4", {}, "Without one item of the history"),
          el(
            "p",
            {class: "note"},
            "What would have been served, with the same models, had this item not been there. It is still not " +
              "served itself. assay explain --without tells the same of any item.",
          ),
          withoutView(slate, inspector),
        ]
      : null,
  ];
}

/** Where the file holds the way of this request through the stages. */
function stagesView(request, inspector, page) {
  const kept = inspector.variants.filter((_, v) => request.slates[v].stages.length > 0);
  const title = el("h3", {}, "Stage by stage");
  if (kept.length === 0) {
    const why =
      request.why === "sample"
        ? "The lists of the stages are not stored in this file."
        : "The lists of the stages are stored for the evenly spaced sample only.";
    return [title, el("p", {class: "note"}, why)];
  }
  if (!kept.includes(stagesOf))
    stagesOf = kept.includes(inspector.challenger) ? inspector.challenger : kept[0];
  const body = el("div", {class: "stages"});
  const show = (variant) => {
    stagesOf = variant;
    body.replaceChildren(...stagesOfVariant(request, variant, inspector, page).flat(3).filter(Boolean));
  };
  show(stagesOf);
  const options = kept.map((name) => [name, name]);
  return [title, el("div", {class: "controls"}, choice("Variant", options, stagesOf, show)), body];
}
