#!/usr/bin/env python3
"""pictures.py ASSAY DATABASE: draws docs/pictures from the report page of a run of experiments/quickstart.yaml.

Looks at the page in a headless Chromium, as the tests of the report do. Each picture is under 200 kB.
"""
import base64
import pathlib
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(SOURCE / "tests/integration/report"))
import chromium  # noqa: E402

MOST_BYTES = 200_000
# Name of the picture: width of the window, light or dark, and what it shows, from the top of the first to the end of the
# last. The data set is the second one, which has a verdict.
PICTURES = {
    "answer": (900, False, "#top", "#answer li:nth-child(3)"),
    "evidence": (960, False, "#board-1", "#pareto-1 .chart"),
    "request": (960, True, "#requests-1", "#requests-1 .served li:nth-child(15)"),
    "phone": (420, False, "#forest-1", "#curves-1 .chart"),
}


def shoot(browser, path, first, last):
    browser.run("redraw(true).then(() => true)")
    top, bottom, wide = browser.run(
        f"[document.querySelector('{first}').getBoundingClientRect().top + scrollY,"
        f"document.querySelector('{last}').getBoundingClientRect().bottom + scrollY, innerWidth]")
    clip = {"x": 0, "y": max(top - 12, 0), "width": wide, "height": bottom - max(top - 12, 0) + 4, "scale": 1}
    shot = browser.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
    path.write_bytes(base64.b64decode(shot["data"]))
    return path.stat().st_size


def main():
    assay, database = sys.argv[1:]
    if not pathlib.Path(database).exists():
        sys.exit(f"{database} is not there; `make demo` makes it")
    if chromium.find() is None:
        sys.exit("there is no Chromium: apt-get install chromium fonts-dejavu-core")
    folder = SOURCE / "docs/pictures"
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, chromium.Chromium() as browser:
        page = f"{scratch}/quickstart.html"
        subprocess.run([assay, "report", database, "-o", page], check=True, stdout=subprocess.DEVNULL)
        for name, (width, dark, first, last) in PICTURES.items():
            browser.look(width, dark=dark)
            browser.open(f"file://{page}")
            browser.run("showDataset(1)")
            browser.run("document.getElementById('contents').style.position = 'static'")
            size = shoot(browser, folder / f"{name}.png", first, last)
            print(f"docs/pictures/{name}.png  {size / 1000:.0f} kB")
            if size > MOST_BYTES:
                sys.exit(f"that is more than {MOST_BYTES // 1000} kB: show less, or a narrower window")


if __name__ == "__main__":
    main()
