"""Which strategy uses which header of plugins/common, read from the #include lines."""

import pathlib
import re

KINDS = ("recall", "rank", "rerank")
NOTICE = "// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md."
APART = "// For strategies of this tree alone: it is no part of assay::extra."
INCLUDE = re.compile(r"^\s*#\s*include\s*<assay/extra/([^>]+)>", re.M)


def headers(plugins):
    """`<topic>/<file>.h` of every shared header."""
    return sorted(str(path.relative_to(plugins / "common")) for path in (plugins / "common").glob("*/*.h"))


def strategies(plugins):
    """{name: its source files}; where a name stands in two kinds, `<kind>/<name>`."""
    found = {}
    for kind in KINDS:
        for path in sorted((plugins / kind).iterdir()):
            if path.is_dir() or path.suffix == ".cpp":
                files = sorted(path.glob("*.[ch]*")) if path.is_dir() else [path]
                name = path.stem if path.stem not in found else f"{kind}/{path.stem}"
                found[name] = [file for file in files if file.suffix in (".h", ".cpp")]
    return found


def reached(plugins, files):
    """The shared headers that files include, directly or through other shared headers and the sources beside these."""
    seen, ahead = set(), list(files)
    while ahead:
        for header in INCLUDE.findall(ahead.pop().read_text()):
            if header not in seen:
                seen.add(header)
                path = plugins / "common" / header
                ahead += [file for file in (path, path.with_suffix(".cpp")) if file.exists()]
    return seen


def users(plugins):
    """{header: names of the strategies that use it}."""
    found = {header: [] for header in headers(plugins)}
    for name, files in strategies(plugins).items():
        for header in reached(plugins, files):
            found.setdefault(header, []).append(name)
    return {header: sorted(names) for header, names in found.items()}


def first_sentence(text):
    """The first sentence of the first doc comment of a header."""
    comment = re.search(r"(?:^\s*///.*\n)+", text, re.M)
    if not comment:
        return ""
    lines = (re.sub(r"^\s*///\s?", "", line) for line in comment[0].splitlines())
    paragraph = " ".join("\n".join(lines).strip().split("\n\n")[0].split())
    return re.split(r"(?<=[.:]) (?=[A-Z]|$)", paragraph)[0].rstrip(".:").replace("|", "\\|")


def table(plugins):
    """The lines `| header | what it is | users |`."""
    lines = ["| header | what it is | used by |", "|---|---|---|"]
    for header, names in users(plugins).items():
        what = first_sentence((plugins / "common" / header).read_text())
        lines.append(f"| `{header}` | {what} | {', '.join(names) or 'none of ours'} |")
    return "\n".join(lines)


def reasons(readme):
    """{header: reason} of the README's table of headers with fewer than two users."""
    part = readme.split("<!-- reasons -->")[-1]
    return dict(re.findall(r"^\| `([^`]+)` \| (\S.*) \|$", part, re.M))


def with_table(readme, lines):
    """The README with the table between its two marks replaced."""
    return re.sub(r"(<!-- headers -->\n).*?(<!-- end -->)", lambda found: f"{found[1]}{lines}\n{found[2]}", readme,
                  flags=re.S)
