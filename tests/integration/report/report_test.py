#!/usr/bin/env python3
"""The HTML report as a reader meets it: drawn in a headless Chromium, without network, at two widths, light and dark."""

import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import unittest

import chromium
import colour_vision

BUILD = pathlib.Path(os.environ["ASSAY_BUILD_DIR"])
ASSAY = BUILD / "bin/assay"
REQUIRED = bool(os.environ.get("ASSAY_REQUIRE_DATA"))  # as continuous integration says it
EXPERIMENT = """
name: small
description: Does <b>similarity</b> beat popularity?
device: cpu
seeds: [1, 2]
datasets:
  log:
    source: {path: log.csv, format: csv, columns: {user: user, item: item, time: time}}
    split: {method: global_time, rank: 0, validation: 0, test: 0.3}
  last:
    source: {path: log.csv, format: csv, columns: {user: user, item: item, time: time}}
    split: {method: leave_last_out, test: 1, rank: 0, validation: 0}
serve: {size: 5}
metrics: {groups: [accuracy, coverage], cutoffs: [3, 5], primary: ndcg@5, slices: [{users: activity}, {items: activity}]}
latency: {rounds: 3, scenarios: [{kind: single_stream, requests: 120}, {kind: server, rate_qps: 300, duration_s: 0.2}]}
compare: {baseline: popular}
variants:
  popular: {recall: [{plugin: popularity, k: 20}]}
  similar: {recall: [{plugin: item_knn, k: 20}, {plugin: popularity, k: 10}]}
  chance: {recall: [{plugin: random, k: 20}]}
"""
CHARTS = ["curves", "differences", "forest", "funnel", "histories", "latency", "pareto", "popularity", "slices"]


# Of few requests, or of none with a value; without times.
BAD = {
    "one request": ("{method: global_time, test: 0.1, rank: 0, validation: 0}", "ndcg@5", [(3, 39 - i) for i in range(40)]),
    "no value": ("{method: leave_last_out, test: 1, rank: 0, validation: 0}", "group_auc@5", [(u, 100 + u) for u in range(60)]),
}
BAD_EXPERIMENT = """
name: bad
device: cpu
datasets:
  log:
    source: {path: bad.csv, format: csv, columns: {user: user, item: item, time: time}}
    split: SPLIT
serve: {size: 5}
metrics: {groups: [accuracy], cutoffs: [5], primary: PRIMARY}
latency: {rounds: 0}
variants:
  popular: {recall: [{plugin: popularity, k: 20}]}
  similar: {recall: [{plugin: item_knn, k: 20}]}
"""


TRAINED = """
name: trained
device: cpu
plugins: [PLUGIN]
datasets:
  log:
    source: {path: log.csv, format: csv, columns: {user: user, item: item, time: time}}
    split: {method: leave_last_out, test: 1, rank: 0, validation: 1}
serve: {size: 5}
metrics: {groups: [accuracy], cutoffs: [3, 5], primary: ndcg@5}
fit_on: {final: [train, validation]}
seeds: [1, 2, 3]
variants:
  popular: {recall: [{plugin: popularity, k: 20}]}
  early: {recall: [{plugin: fake_trained, k: 20, params: {best: 4}}]}
  late: {recall: [{plugin: fake_trained, k: 20, params: {best: 9, patience: 9, diverges: true}}]}
"""


# 31 variants: more than there are marks. One re-ranks, one reads titles.
MANY = """
name: many
device: cpu
datasets:
  log:
    source:
      path: log.csv
      format: csv
      columns: {user: user, item: item, time: time}
      features: [{of: item, path: titles.csv, format: csv, id: item, columns: {title: text, kind: category}}]
    split: {method: leave_last_out, test: 1, rank: 0, validation: 0}
serve: {size: 5}
metrics: {groups: [accuracy], cutoffs: [3, 5], primary: ndcg@5, slices: [{users: activity}, {items: activity}, item.kind]}
latency: {rounds: 0}
compare: {baseline: popular}
variants:
  popular: {recall: [{plugin: popularity, k: 20}]}
  similar_items_and_more: {recall: [{plugin: item_knn, k: 20, params: {neighbours: {grid: [5, 10, 20, 40]}, shrinkage: {grid: [0, 1, 5, 10, 20, 50, 100]}}}]}
  diverse: {recall: [{plugin: item_knn, k: 20}], rerank: [{plugin: mmr}]}
  chance: {recall: [{plugin: random, k: 20}]}
"""


def small_log():
    lines = ["user,item,time"]
    state = 7
    for event in range(6000):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        user, draw = (state >> 33) % 300, (state >> 45) % 1600
        lines.append(f"{user},{int(draw ** 0.5)},{1_600_000_000 + event * 60}")
    return "\n".join(lines) + "\n"


def assay(folder, *words):
    environment = os.environ | {"ASSAY_CACHE": f"{folder}/cache"}
    done = subprocess.run([ASSAY, *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise RuntimeError(f"assay {' '.join(words)}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def setUpModule():
    global folder, said, browser, page
    folder = tempfile.TemporaryDirectory()
    pathlib.Path(folder.name, "log.csv").write_text(small_log())
    pathlib.Path(folder.name, "small.yaml").write_text(EXPERIMENT)
    assay(folder.name, "run", "small.yaml", "--quiet")
    said = assay(folder.name, "report", "results/small.sqlite")
    page = pathlib.Path(folder.name, "results/small.html")
    if chromium.find() is None:
        if REQUIRED:
            raise RuntimeError("there is no Chromium; `make test` installs it")
        raise unittest.SkipTest("there is no Chromium: apt-get install chromium")
    browser = chromium.Chromium()
    browser.__enter__()


def many():
    """The page of 31 variants; made once."""
    made = pathlib.Path(folder.name, "many.html")
    if not made.exists():
        titles = "".join(f'{item},"Title {item}, the last word",{"abc"[item % 3]}\n' for item in range(40))
        pathlib.Path(folder.name, "titles.csv").write_text("item,title,kind\n" + titles)
        pathlib.Path(folder.name, "many.yaml").write_text(MANY)
        assay(folder.name, "run", "many.yaml", "--quiet", "-o", "many.sqlite")
        assay(folder.name, "report", "many.sqlite", "-o", "many.html")
    return made


def tearDownModule():
    browser.__exit__()
    folder.cleanup()


class Report(unittest.TestCase):
    def opened(self, width=1280, dark=False, shown=None):
        browser.problems.clear()
        browser.requests.clear()
        browser.look(width, dark=dark)
        browser.open(f"file://{shown or page}")
        self.addCleanup(self.shoot)
        return browser

    def shoot(self):
        """Where ASSAY_SCREENSHOTS names a folder, keeps what was seen last."""
        if os.environ.get("ASSAY_SCREENSHOTS"):
            browser.screenshot(f"{os.environ['ASSAY_SCREENSHOTS']}/{self.id().split('.')[-1]}.png")

    def assert_quiet(self):
        self.assertEqual(browser.problems, [])
        self.assertEqual(browser.run("window.assayReport.errors"), [])
        self.assertEqual([url for url in browser.requests if not url.startswith(("file:", "data:"))], [])

    def assert_drawn(self, dataset):
        """Every chart of a data set: it has marks, and no number that is none."""
        browser.run(f"showDataset({dataset})")
        browser.run("redraw(true).then(() => true)")
        drawn = browser.run(f"""[...document.querySelectorAll('#dataset-{dataset} .chart')].map((node) => [node.dataset.chart,
            node.dataset.drawn, node.querySelectorAll('.role-mark path, .role-mark text, .role-mark line, .role-mark rect').length])""")
        self.assertEqual(sorted(name for name, _, _ in drawn), CHARTS)
        for name, state, marks in drawn:
            self.assertEqual(state, "true", name)
            self.assertGreater(marks, 2, name)

    def test_every_chart_is_drawn_at_two_widths_light_and_dark(self):
        for width in (1280, 480):
            for dark in (False, True):
                with self.subTest(width=width, dark=dark):
                    self.opened(width, dark)
                    self.assert_drawn(0)
                    self.assert_drawn(1)
                    self.assertLessEqual(browser.run("document.documentElement.scrollWidth"), width)
                    self.assert_quiet()

    def test_what_degraded_stands_beside_the_percentiles_of_a_server(self):
        self.opened()
        browser.run("""(() => { const load = document.querySelector('#latency-0 select');
            load.value = [...load.options].find((option) => option.text === 'server').value;
            load.dispatchEvent(new Event('change')); })()""")
        header = browser.run("[...document.querySelectorAll('#latency-0 thead th')].map((th) => th.textContent)")
        self.assertEqual(header[:6], ["variant", "n", "offered/s", "answered/s", "degraded", "p50, ms"])
        degraded = browser.run("document.querySelector('#latency-0 tbody tr').children[4].textContent")
        self.assertRegex(degraded, r"^0 of \d+$")
        self.assert_quiet()

    def test_charts_are_drawn_when_they_come_into_sight(self):
        self.opened()
        browser.run("document.querySelector('[data-chart=latency]').scrollIntoView()")
        browser.wait("document.querySelector('[data-chart=latency]').dataset.drawn === 'true'")
        self.assert_quiet()

    def test_the_answer_comes_first(self):
        self.opened()
        headline = browser.run("document.querySelector('#headline').textContent")
        self.assertIn("than popular on ndcg@5", headline)
        first = browser.run("document.querySelector('#answer li').textContent")
        self.assertIn("popular on ndcg@5", first)
        self.assertEqual(browser.run("document.querySelector('.lead').textContent"), "Does <b>similarity</b> beat popularity?")

    def test_no_number_is_none(self):
        self.opened()
        self.assert_drawn(0)
        text = browser.run("document.body.textContent.replace(document.getElementById('data').textContent, '')"
                           ".replace([...document.scripts].map((s) => s.textContent).join(''), '')")
        self.assert_no_number_is_none()
        self.assertGreater(len(text), 1000)

    def assert_no_number_is_none(self):
        shown = browser.run("document.getElementById('main').innerText + document.getElementById('top').innerText + "
                            "[...document.querySelectorAll('.chart text')].map((node) => node.textContent).join(' ')")
        for word in ("NaN", "undefined", "null", "Infinity", "[object"):
            self.assertNotIn(word, shown)

    def test_no_number_is_none_where_there_is_next_to_nothing(self):
        for name, (split, primary, tail) in BAD.items():
            with self.subTest(name):
                lines = [f"{user},{(user * 7 + event * event) % 40},{1_500_000_000 + event * 60}"
                         for event in range(6) for user in range(60)]
                lines += [f"{user},{item},{1_700_000_000 + i * 60}" for i, (user, item) in enumerate(tail)]
                pathlib.Path(folder.name, "bad.csv").write_text("user,item,time\n" + "\n".join(lines) + "\n")
                text = BAD_EXPERIMENT.replace("SPLIT", split).replace("PRIMARY", primary)
                pathlib.Path(folder.name, "bad.yaml").write_text(text)
                assay(folder.name, "run", "bad.yaml", "--quiet", "-o", "bad.sqlite")
                assay(folder.name, "report", "bad.sqlite", "-o", "bad.html")
                browser.problems.clear()
                browser.look(1280)
                browser.open(f"file://{folder.name}/bad.html")
                browser.run("redraw(true).then(() => true)")
                self.assert_no_number_is_none()
                self.assert_quiet()

    def test_how_models_were_trained_is_drawn(self):
        text = TRAINED.replace("PLUGIN", f"{BUILD}/test_plugins/fake_trained.so")
        pathlib.Path(folder.name, "trained.yaml").write_text(text)
        assay(folder.name, "run", "trained.yaml", "--quiet", "-o", "trained.sqlite")
        assay(folder.name, "report", "trained.sqlite", "-o", "trained.html")
        browser.problems.clear()
        browser.look(1280)
        browser.open(f"file://{folder.name}/trained.html")
        self.addCleanup(self.shoot)
        browser.run("document.querySelector('[data-chart=learning]').scrollIntoView()")
        browser.wait("document.querySelector('[data-chart=learning]').dataset.drawn === 'true'")
        section = "document.querySelector('#training-0')"
        drawn = browser.run(f"[...{section}.querySelectorAll('.chart text')].map((node) => node.textContent).join('|')")
        for word in ("step (epoch, sweep)", "ndcg@5 on the validation window", "early", "late"):
            self.assertIn(word, drawn)
        lines = f"{section}.querySelectorAll('.chart .mark-line path').length"
        self.assertEqual(browser.run(lines), 2 * 3, "a line a variant and seed")
        told = browser.run(f"{section}.innerText")
        self.assertIn("epochs = 4", told)
        self.assertIn("epochs = 9", told)
        self.assertIn("recall[0].validated, seed 3", told)
        choose = f"{section}.querySelector('select')"
        browser.run(f"{choose}.value = 'loss', {choose}.dispatchEvent(new Event('change'))")
        browser.wait("document.querySelector('[data-chart=learning]').dataset.drawn === 'true'")
        browser.wait(f"[...{section}.querySelectorAll('.chart text')].some((node) => node.textContent === 'loss')")
        self.assert_no_number_is_none()
        self.assert_quiet()

    def test_a_request_shows_what_was_served_and_what_was_relevant(self):
        self.opened()
        view = "document.querySelector('#dataset-0 .inspector')"
        facts = browser.run(f"[{view}.querySelectorAll('.served .list').length, {view}.querySelectorAll('.served .list li').length, "
                            f"{view}.querySelector('.request').innerText]")
        self.assertEqual(facts[0], 3)
        self.assertEqual(facts[1], 15)
        self.assertIn("Relevant, n =", facts[2])
        self.assertIn("History, oldest first, n =", facts[2])
        before, place = facts[2], int(browser.run(f"{view}.querySelector('select').value"))
        browser.run(f"[...{view}.querySelectorAll('button')].find((button) => button.textContent.includes('Next')).click()")
        self.assertNotEqual(browser.run(f"{view}.querySelector('.request').innerText"), before)
        self.assertEqual(browser.run(f"{view}.querySelector('select').value"), str(place + 1))
        self.assert_quiet()

    def test_a_request_is_followed_through_the_stages_of_a_variant(self):
        self.opened()
        view = "document.querySelector('#dataset-0 .inspector')"
        browser.run(f"""(() => {{ const select = [...{view}.querySelectorAll('label')].find((label) =>
            label.firstChild.textContent === 'Variant').querySelector('select');
            select.value = 'similar'; select.dispatchEvent(new Event('change')); }})()""")
        stages = f"{view}.querySelector('.stages')"
        header = browser.run(f"[...{stages}.querySelector('table').querySelectorAll('thead th')].map((cell) => cell.textContent)")
        self.assertEqual(header[0], "relevant item")
        self.assertEqual([name.split(" (")[0] for name in header[1:]],
                         ["recall[0] item_knn", "recall[1] popularity", "recall, merged", "served"])
        self.assertRegex(header[-1], r"^served \(5\)$")
        lists = browser.run(f"""(() => {{ {stages}.querySelector('details').open = true;
            return [...{stages}.querySelectorAll('.list')].map((list) => [list.querySelector('h4').textContent,
                list.querySelector('p').textContent, list.querySelectorAll('li').length]); }})()""")
        self.assertEqual([name for name, _, _ in lists], ["recall[0] item_knn", "recall[1] popularity", "recall, merged"])
        self.assertEqual([rows for _, _, rows in lists], [20, 10, 20])
        self.assertRegex(lists[1][1], r"^10 items, \d+ relevant$")
        self.assertRegex(lists[2][1], r"^(first 20 of \d+, \d+ relevant in all|20 items, \d+ relevant)$")
        why = browser.run(f"[...{stages}.querySelectorAll('table')].find((one) => one.tHead.innerText.includes('recall[0] item_knn') &&"
                          f" one.tHead.innerText.startsWith('served')).innerText")
        self.assertRegex(why, r"recall\[0\] item_knn")
        self.assertRegex(why, r"history: \d+ \+\d+\.?\d*")
        self.assert_quiet()

    def test_a_request_says_what_would_be_served_without_an_item_of_the_history(self):
        self.opened()
        said = browser.run("""assayReport.page.datasets.flatMap(({inspector}) => inspector.requests.flatMap((request) =>
            inspector.variants.flatMap((name, v) => (request.slates[v].without || []).map(({item, list}) => [name,
                request.history.items.includes(item), inspector.lists[list].includes(item), inspector.lists[list].length]))))""")
        self.assertGreater(len(said), 50)
        self.assertEqual({name for name, *_ in said}, {"popular", "similar", "chance"})
        self.assertTrue(all(known and not served and size == 5 for _, known, served, size in said))
        text = browser.run("""(() => { const {inspector} = assayReport.page.datasets[0];
            const request = inspector.requests.find((one) => one.slates[0].without.length > 0);
            return el('div', {}, ...stagesOfVariant(request, 'popular', inspector, assayReport.page).flat(3)).textContent; })()""")
        self.assertRegex(text, r"Without \d+: the same list\.")
        self.assert_quiet()

    def test_what_explains_an_item_stands_in_the_history(self):
        self.opened()
        off = browser.run("""assayReport.page.datasets.flatMap(({inspector}) => inspector.requests.flatMap((request) => {
            const slate = request.slates[inspector.variants.indexOf('similar')];
            const grounds = slate.why.flatMap((why) => why.terms.flatMap((of) => of.filter((_, i) => i % 2 === 0)));
            return grounds.map((ground) => inspector.reasons[ground]).filter(([kind, item]) =>
                kind !== 0 || !(request.history.count > request.history.items.length || request.history.items.includes(item)));
        }))""")
        self.assertEqual(off, [])

    def test_a_variant_whose_strategies_explain_nothing_says_so(self):
        self.opened()
        said = browser.run("""(() => { const {inspector} = assayReport.page.datasets[0];
            return el('div', {}, ...stagesOfVariant(inspector.requests[0], 'chance', inspector, assayReport.page).flat(3)).textContent; })()""")
        self.assertIn("No strategy of this variant can explain its scores.", said)

    def test_whoever_has_no_history_is_not_called_new(self):
        """Events that are no positives, or that are older than the history reaches, may well be known."""
        self.opened()
        said = browser.run("""(() => { const {inspector} = assayReport.page.datasets[0], request = inspector.requests[0];
            const empty = {...request, profile: null, history: {...request.history, items: [], count: 0}};
            return [request, empty, {...empty, user: ''}].map((one) =>
                el('div', {}, requestView(one, inspector, assayReport.page)).textContent); })()""")
        self.assertNotIn("None:", said[0])
        self.assertIn("None: nothing that counts stands before this request.", said[1])
        self.assertIn("None: nobody knows who asked.", said[2])
        for text in said:
            self.assertNotRegex(text, r"\bnew\b")

    def test_marked_items_are_the_relevant_ones(self):
        self.opened()
        wrong = browser.run("""assayReport.page.datasets.flatMap((dataset) => dataset.inspector.requests.flatMap((request, i) => {
            const view = el('div', {}, requestView(request, dataset.inspector, assayReport.page));
            const names = new Set(request.truth.items.map((item) => dataset.inspector.items[item]));
            return [...view.querySelectorAll('.served .list li, .stages .list li')].filter((row) =>
                row.classList.contains('hit') !== names.has(row.querySelector('b').textContent.replace('\u2713 ', '')));
        })).length""")
        self.assertEqual(wrong, 0)
        self.assertGreater(browser.run("assayReport.page.datasets.flatMap((d) => d.inspector.requests)"
                                       ".filter((r) => r.truth.count > 0).length"), 20)

    def test_a_dark_page_prints_light_and_whole(self):
        self.opened(dark=True)
        browser.run("window.dispatchEvent(new Event('beforeprint'))")
        browser.wait("[...document.querySelectorAll('.chart')].every((node) => node.dataset.drawn === 'true')")
        self.assertEqual(browser.run("[...document.querySelectorAll('.dataset')].map((node) => node.hidden)"), [False, False])
        self.assertEqual(browser.run("[isDark(), cssColour('--paper')]"), [False, "#fcfcfa"])
        browser.run("window.dispatchEvent(new Event('afterprint'))")
        self.assertEqual(browser.run("[...document.querySelectorAll('.dataset')].map((node) => node.hidden)"), [False, True])
        self.assertTrue(browser.run("isDark()"))
        self.assert_quiet()

    def test_no_two_marks_look_alike_to_24_variants(self):
        for dark in (False, True):
            self.opened(dark=dark)
            marks = browser.run(f"Array.from({{length: MOST_MARKS}}, (_, i) => markOf(i, {str(dark).lower()}))")
            self.assertEqual(len(marks), 24)
            self.assertEqual(len({(mark["colour"], mark["shape"]) for mark in marks}), 24)
            self.assertEqual(len({(mark["colour"], str(mark["dash"])) for mark in marks}), 24)

    def test_marks_stand_out_from_the_page_and_from_each_other(self):
        # For readers with each kind of colour vision (matrices of Machado, Oliveira & Fernandes 2009); distances are
        # those of OKLab, in hundredths: 2 is just noticeable.
        for dark in (False, True):
            self.opened(dark=dark)
            colours, paper = browser.run("[[...new Set([baselineMark(isDark()).colour, ...Array.from({length: MOST_MARKS},"
                                         "(_, i) => markOf(i, isDark()).colour)])], cssColour('--paper')]")
            for colour in colours:
                self.assertGreaterEqual(colour_vision.contrast(colour, paper), 3, colour)
            for kind in colour_vision.KINDS:
                apart = min(colour_vision.distance(a, b, kind) for a in colours for b in colours if a != b)
                self.assertGreaterEqual(apart, 5, kind)

    def test_more_variants_than_marks_are_drawn_by_their_best_and_tabled_whole(self):
        self.opened(shown=many())
        drawn = browser.run("context.variants")
        self.assertEqual(len(drawn), 12)
        self.assertIn("popular", drawn)
        best = browser.run("page.datasets[0].board.rows[0].variant")
        self.assertIn(best, drawn)
        browser.run("redraw(true).then(() => true)")
        points = browser.run("document.querySelectorAll('[data-chart=curves] .mark-symbol path').length")
        self.assertLessEqual(points, 2 * 2 * 12)
        for chart, rows in {"curves": 62, "funnel": 63, "forest": 30}.items():
            details = f"document.querySelector('[data-chart={chart}]').closest('figure').querySelector(':scope > details')"
            self.assertTrue(browser.run(f"{details}.open"), chart)
            self.assertEqual(browser.run(f"{details}.querySelectorAll('tbody tr').length"), rows, chart)
        self.assertEqual(browser.run("document.querySelector('#board-0 tbody').rows.length"), 12)
        self.assertEqual(browser.run("document.querySelector('#board-0 details tbody').rows.length"), 31)
        self.assert_quiet()

    def test_names_are_cut_in_the_middle_and_stay_apart(self):
        self.opened(shown=many())
        names = browser.run("allVariants")
        cut = dict(browser.run("[...cutNames(allVariants, 18)]"))
        self.assertEqual(len(set(cut.values())), len(names))
        self.assertEqual(cut["popular"], "popular")
        for name in names:
            if len(name) > 18:
                head, tail = cut[name].split("\u2026")
                self.assertTrue(name.startswith(head) and name.endswith(tail) and len(tail) > len(head), cut[name])
        browser.look(420)
        browser.run("redraw(true).then(() => true)")
        legend = browser.run("[...document.querySelectorAll('[data-chart=curves] .role-legend-label text')].map((node) => node.textContent)")
        self.assertEqual(len(set(legend)), 12)

    def test_a_grid_is_one_thing_by_parameter(self):
        self.opened(shown=many())
        browser.run("redraw(true).then(() => true)")
        section = "document.querySelector('#grid-0')"
        self.assertRegex(browser.run(f"{section}.innerText"), r"similar_items_and_more: 28 members over neighbours, shrinkage")
        words = browser.run(f"[...{section}.querySelectorAll('.chart text')].map((node) => node.textContent)")
        for word in ("neighbours", "shrinkage", "40", "100"):
            self.assertIn(word, words)
        rows = browser.run(f"[...{section}.querySelectorAll('details tbody tr')].map((row) => [...row.cells].slice(0, 3).map((cell) => cell.textContent))")
        self.assertEqual(rows[:4], [["neighbours", str(n), "7"] for n in (5, 10, 20, 40)])
        self.assertEqual(rows[4:], [["shrinkage", str(n), "4"] for n in (0, 1, 5, 10, 20, 50, 100)])
        best = browser.run(f"{section}.querySelectorAll('table')[1].querySelector('tbody th').textContent")
        means = browser.run("page.datasets[0].board.rows.map((row) => [row.variant, row.mean])")
        self.assertEqual(best, next(name for name, _ in means if name.startswith("similar_items_and_more[")))
        self.assert_quiet()

    def test_a_run_without_a_grid_has_no_section_of_grids(self):
        self.opened()
        self.assertTrue(browser.run("document.querySelector('#grid-0') === null"))

    def test_a_stage_that_a_variant_lacks_loses_nothing(self):
        self.opened(shown=many())
        rows = browser.run("funnelRows(page.datasets[0])")
        of = lambda variant: {row["stage"]: row for row in rows if row["variant"] == variant}
        self.assertEqual([row["stage"] for row in rows if row["variant"] == "popular"], ["recall", "rerank", "served"])
        self.assertTrue(of("popular")["rerank"]["passes"])
        self.assertEqual(of("popular")["rerank"]["share"], of("popular")["recall"]["share"])
        self.assertFalse(of("diverse")["rerank"]["passes"])
        browser.run("redraw(true).then(() => true)")
        marks = browser.run("document.querySelectorAll('[data-chart=funnel] .role-mark.mark-symbol path').length")
        self.assertEqual(marks, sum(not row["passes"] for row in rows))

    def test_numbers_of_the_heat_map_can_be_read_on_a_phone(self):
        self.opened(420, shown=many())
        browser.run("redraw(true).then(() => true)")
        boxes = browser.run("""[...document.querySelectorAll('[data-chart=slices] .role-mark.mark-text text')].map((node) => {
            const box = node.getBoundingClientRect(); return [box.left, box.right, box.top, box.bottom]; })""")
        self.assertEqual(len(boxes), browser.run("sliceRows(page.datasets[0]).filter((row) => context.variants.includes(row.variant)).length"))
        for i, (left, right, top, bottom) in enumerate(boxes):
            self.assertGreaterEqual(left, 0)
            self.assertLessEqual(right, 420)
            self.assertGreaterEqual(bottom - top, 11, "smaller than 10 px or so nobody reads")
            for other in boxes[:i]:
                self.assertFalse(left < other[1] and other[0] < right and top < other[3] and other[2] < bottom, "numbers overlap")
        headers = browser.run("""[...document.querySelectorAll('[data-chart=slices] .role-axis-label text')].map((node) => {
            const box = node.getBoundingClientRect(); return [box.left, box.right, box.top, box.bottom]; })""")
        for i, (left, right, top, bottom) in enumerate(headers):
            for other in boxes + headers[:i]:
                self.assertFalse(left + 1 < other[1] and other[0] + 1 < right and top + 1 < other[3] and other[2] + 1 < bottom, "a name overlaps")
        self.assert_quiet()

    def test_paper_has_charts_as_wide_as_it_with_their_captions_and_every_cut(self):
        self.opened(420, shown=many())
        browser.call("Emulation.setEmulatedMedia", media="print")
        self.addCleanup(browser.call, "Emulation.setEmulatedMedia", media="")
        browser.look(794)
        browser.call("Emulation.setEmulatedMedia", media="print")
        browser.run("window.dispatchEvent(new Event('beforeprint'))")
        browser.wait("[...document.querySelectorAll('.chart')].every((node) => node.dataset.drawn === 'true')")
        for wide, room in browser.run("""[...document.querySelectorAll('.dataset .chart')].map((node) =>
                [node.querySelector('svg').getBoundingClientRect().width, node.clientWidth])"""):
            self.assertGreater(wide, 0.98 * room)
        for chart in ("forest", "curves", "funnel", "slices", "differences"):
            together = f"document.querySelector('[data-chart={chart}]').closest('.together')"
            self.assertTrue(browser.run(f"{together}.querySelector('h2') !== null"), chart)
            self.assertEqual(browser.run(f"getComputedStyle({together}).breakInside"), "avoid", chart)
        captions = browser.run("[...document.querySelectorAll('#slices-0 figcaption')].map((node) => node.textContent)")
        self.assertEqual(len(captions), 1 if browser.run("document.querySelector('#slices-0 select').value") == "" else 3)
        self.assertEqual(browser.run("getComputedStyle(document.querySelector('.inspector h3.printed')).display"), "block")
        cut = browser.run("""[...document.querySelectorAll('.tall > .scroll')].filter((node) =>
            node.scrollHeight > node.clientHeight + 1).length""")
        self.assertEqual(cut, 0, "tables are printed whole")
        browser.run("window.dispatchEvent(new Event('afterprint'))")
        self.assert_quiet()

    def test_items_are_called_by_their_titles(self):
        self.opened(shown=many())
        shown = browser.run("document.querySelector('.inspector .served .list li b').textContent")
        self.assertRegex(shown, r"Title \d+, the last word$")
        self.assertRegex(browser.run("document.querySelector('.inspector .served .list li').title"), r"^item \d+$")
        with sqlite3.connect(f"{folder.name}/many.sqlite") as database:
            labels, = database.execute("SELECT labels FROM item_label WHERE cut = 'title'").fetchone()
        self.assertIn('"Title 7, the last word"', labels)

    def test_a_busy_machine_is_named_beside_the_latencies(self):
        self.opened()
        browser.run("""(() => { const dataset = page.datasets[0];
            dataset.latency.busy = {[dataset.latency.setting]: 'the machine was busy: other processes took 46 % of the time'};
            document.querySelector('#latency-0').replaceWith(latencySection(dataset)); })()""")
        self.assertIn("single_stream was timed, the machine was busy: other processes took 46 % of the time.",
                      browser.run("document.querySelector('#latency-0 .busy').textContent"))
        browser.run("""(() => { const dataset = page.datasets[0]; dataset.latency.busy = {};
            document.querySelector('#latency-0').replaceWith(latencySection(dataset)); })()""")
        self.assertTrue(browser.run("document.querySelector('#latency-0 .busy') === null"))

    def test_loads_of_one_kind_are_told_apart_by_their_rates(self):
        self.opened()
        names = browser.run("""(() => { const {curves, setting} = page.datasets[0].latency;
            const server = curves.find((curve) => curve.scenario === 'server');
            const before = loadName(server.setting);
            const other = JSON.stringify({...JSON.parse(server.setting), rate_qps: 600});
            curves.push({...server, setting: other});
            return [before, loadName(server.setting), loadName(other), loadName(setting)]; })()""")
        self.assertEqual(names, ["server", "server, 300/s", "server, 600/s", "single_stream"])

    def test_data_sets_are_chosen_with_the_keyboard(self):
        self.opened()
        browser.run("document.querySelector('[role=tab]').focus()")
        browser.press("ArrowRight")
        self.assertEqual(browser.run("[...document.querySelectorAll('.dataset')].map((node) => node.hidden)"), [True, False])
        self.assertEqual(browser.run("document.activeElement.getAttribute('aria-selected')"), "true")

    def test_requests_and_numbers_are_reached_with_the_keyboard(self):
        self.opened()
        view = "document.querySelector('#dataset-0 .inspector')"
        browser.run(f"{view}.querySelector('select').focus()")
        before = int(browser.run(f"{view}.querySelector('select').value"))
        browser.press("ArrowDown")
        browser.wait(f"{view}.querySelector('select').value === '{before + 1}'")
        browser.run("document.querySelector('[data-chart=forest]').parentNode.querySelector('summary').focus()")
        browser.press("Enter")
        browser.wait("document.querySelector('[data-chart=forest]').parentNode.querySelector('details').open")
        self.assert_quiet()

    def test_the_worst_slice_is_named(self):
        self.opened()
        section = browser.run("document.querySelector('#slices-0').textContent")
        self.assertRegex(section, r"The worst slice is (users|items): (cold|warm|hot) of (similar|chance): .*, n = \d+\.")
        top = browser.run("document.querySelector('#top').textContent")
        self.assertRegex(top, r"Worst slice of (similar|chance): .*(users|items): (cold|warm|hot) on log, ")

    def test_every_control_has_a_name(self):
        self.opened()
        nameless = browser.run("""[...document.querySelectorAll('button, select, a, [role=img], [role=region]')].filter((node) =>
            !(node.textContent.trim() || node.getAttribute('aria-label'))).map((node) => node.outerHTML)""")
        self.assertEqual(nameless, [])

    def test_the_page_is_small_and_says_where_it_is(self):
        self.assertIn("results/small.html", said)
        self.assertLess(page.stat().st_size, 3_000_000)


if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    unittest.main()
