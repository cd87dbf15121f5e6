"use strict";
// One request at a time: what the user did before, what was relevant, what each variant served.

const WHY = {
  sample: () => "Evenly spaced sample",
  gain: (inspector, page) => `Largest gains of ${inspector.challenger} over ${page.baseline}`,
  loss: (inspector, page) => `Largest losses of ${inspector.challenger} to ${page.baseline}`,
};

function requestName(request) {
  const user = request.user === "" ? "anonymous" : `user ${request.user}`;
  return `request ${count(request.request)}, ${user}`;
}

/** What each item is called: its title where the file has one, with its id where another item is called the same. */
function itemNames(inspector) {
  const titles = inspector.titles || [];
  const called = new Map();
  for (const title of titles) called.set(title, (called.get(title) || 0) + 1);
  return inspector.items.map((id, item) => {
    const title = titles[item];
    if (!title) return id;
    return called.get(title) > 1 ? `${title} (${id})` : title;
  });
}

/** @param times  of the items, seconds; may be missing */
function chips(lists, inspector, hits, times) {
  const more = lists.count - lists.items.length;
  const when = (at) => (times && day(times[at]) ? `, ${day(times[at])}` : "");
  const shown = lists.items.map((item, at) =>
    el(
      "li",
      {class: hits && hits.has(item) ? "hit" : null, title: `item ${inspector.items[item]}${when(at)}`},
      inspector.names[item],
    ),
  );
  return el("ul", {class: "chips"}, more > 0 ? el("li", {}, `${count(more)} before these`) : null, shown);
}

function listCard(name, note, list, inspector, hits) {
  const rows = list.items.map((item, rank) =>
    el(
      "li",
      {class: hits.has(item) ? "hit" : null, title: `item ${inspector.items[item]}`},
      el("span", {}, String(rank + 1)),
      el("b", {}, hits.has(item) ? "\u2713 " : "", inspector.names[item]),
      el("span", {}, list.scores && known(list.scores[rank]) ? fmt(list.scores[rank], 3) : ""),
    ),
  );
  return el(
    "div",
    {class: "list"},
    el("h4", {}, name),
    el("p", {}, note),
    rows.length > 0 ? el("ol", {}, rows) : el("p", {}, "nothing was served"),
  );
}

/** Where much was relevant, not all of it is shown as such: what was served and relevant comes besides. */
function relevantItems(request) {
  return new Set([...request.truth.items, ...request.truth.served]);
}

/** Not that the user is new: events that are no positives, or older than the history reaches, may well be known. */
function emptyHistoryText(request) {
  return request.user === ""
    ? "None: nobody knows who asked."
    : "None: nothing that counts stands before this request.";
}

/** What is known of who asked: own features, and what the items of the history have in common. */
function profileView(request) {
  const profile = request.profile;
  if (!profile) return [];
  const times = profile.times.filter((time) => day(time));
  const counted = profile.counted.map(([name, ...pairs]) => {
    const parts = [];
    for (let at = 0; at < pairs.length; at += 2) parts.push(`${pairs[at]} ${count(pairs[at + 1])}`);
    return [`${name} of the history`, parts.join(", ")];
  });
  const span = times.length > 1 ? [["history", `from ${day(times[0])} to ${day(times[times.length - 1])}`]] : [];
  const rows = [...profile.user, ...span, ...counted];
  if (rows.length === 0) return [];
  return [el("h3", {}, "Who asked"), table([{name: "what"}, {name: "known"}], rows)];
}

function requestView(request, inspector, page) {
  const hits = relevantItems(request);
  const metric = metricName(page.metric.name, page.metric.cutoff);
  const cards = inspector.variants.map((name, v) => {
    const slate = request.slates[v];
    const found = slate.items.filter((item) => hits.has(item)).length;
    const shown = slate.count > slate.items.length ? ` in the first ${count(slate.items.length)}` : "";
    const value = known(slate.value)
      ? `${metric} ${fmt(slate.value, 3)}`
      : `no ${metric}: nothing was relevant`;
    return listCard(
      name === page.baseline ? `${name} (base)` : name,
      `${value} \u00b7 ${found} of ${count(request.truth.count)} relevant${shown}`,
      slate,
      inspector,
      hits,
    );
  });
  const isShown = (_, v) => context.variants.includes(inspector.variants[v]);
  const others = cards.filter((card, v) => !isShown(card, v));
  return [
    el("h3", {class: "printed"}, requestName(request)),
    day(request.time) ? el("p", {class: "note"}, `Requested on ${day(request.time)}.`) : "",
    ...profileView(request),
    el("h3", {}, `Relevant, n = ${count(request.truth.count)}`),
    request.truth.count > 0
      ? chips(request.truth, inspector, hits)
      : el("p", {class: "note"}, "Nothing was relevant to this request."),
    el("h3", {}, request.history ? `History, oldest first, n = ${count(request.history.count)}` : "History"),
    request.history
      ? request.history.count > 0
        ? chips(request.history, inspector, null, request.profile ? request.profile.times : null)
        : el("p", {class: "note"}, emptyHistoryText(request))
      : el("p", {class: "note"}, "Histories are not stored in this file."),
    el("h3", {}, "Served"),
    el(
      "p",
      {class: "note"},
      "\u2713 marks what was relevant; the number on the right is the score of the last stage.",
    ),
    el("div", {class: "lists served"}, cards.filter(isShown)),
    others.length > 0
      ? details(`The lists of ${count(others.length)} other variants`, el("div", {class: "lists"}, others))
      : "",
    ...stagesView(request, inspector, page),
  ];
}

function inspectorView(inspector, page) {
  if (inspector.reason)
    return [el("p", {class: "note"}, `No requests to show: ${inspector.reason}.`)];
  const requests = inspector.requests;
  inspector.names = itemNames(inspector);
  let at = 0;
  const titled = inspector.names.some((name, item) => name !== inspector.items[item]);
  const view = el("div", {class: titled ? "request titled" : "request", "aria-live": "polite"});
  const select = el("select", {"aria-label": "request", onchange: () => show(Number(select.value))});
  for (const why of Object.keys(WHY)) {
    const group = requests.map((request, i) => [request, i]).filter(([request]) => request.why === why);
    if (group.length === 0) continue;
    select.append(
      el(
        "optgroup",
        {label: WHY[why](inspector, page)},
        group.map(([request, i]) => el("option", {value: String(i)}, requestName(request))),
      ),
    );
  }
  const before = el("button", {type: "button", onclick: () => show(at - 1)}, "\u2190 Previous");
  const after = el("button", {type: "button", onclick: () => show(at + 1)}, "Next \u2192");
  function show(next) {
    at = Math.min(Math.max(next, 0), requests.length - 1);
    select.value = String(at);
    before.disabled = at === 0;
    after.disabled = at === requests.length - 1;
    view.replaceChildren(...requestView(requests[at], inspector, page));
  }
  // The first thing seen should have something to see.
  const lucky = requests.findIndex((request) => request.truth.served.length > 0);
  show(Math.max(lucky, 0));
  return [
    el(
      "p",
      {class: "note"},
      `${count(requests.length)} of ${count(inspector.total)} requests: an evenly spaced sample` +
        (inspector.challenger ? `, and those on which ${inspector.challenger} gains or loses most.` : ".") +
        " For variants with several seeds the lists of the first seed are shown, with the metric averaged over seeds.",
    ),
    el("div", {class: "controls screen"}, el("label", {}, "Request", select), before, after),
    view,
  ];
}
