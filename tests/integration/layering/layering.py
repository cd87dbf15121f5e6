"""Which folder of core/ may use which, read from the table in core/README.md, and what breaks it."""

import dataclasses
import pathlib
import re


@dataclasses.dataclass(frozen=True)
class Library:
    """An outside library: its CMake targets, and how its headers begin."""

    targets: tuple
    headers: tuple


LIBRARIES = {
    "Arrow": Library(("Arrow::arrow_shared", "Arrow::parquet_shared"), ("arrow/", "parquet/")),
    "Boost.DLL": Library(("Boost::headers",), ("boost/dll", "boost/core/demangle")),
    "Boost.Math": Library(("Boost::headers",), ("boost/math/",)),
    "CLI11": Library(("CLI11::CLI11",), ("CLI/",)),
    "liblzma": Library(("LibLZMA::LibLZMA",), ("lzma.h",)),
    "RapidJSON": Library(("rapidjson::rapidjson",), ("rapidjson/",)),
    "LibTorch": Library(("assay::torch",), ("ATen/", "c10/", "torch/")),
    "nlohmann-json": Library(("nlohmann_json::nlohmann_json",), ("nlohmann/",)),
    "OpenMP": Library(("assay::openmp",), ("omp.h",)),
    "OpenSSL": Library(("OpenSSL::Crypto",), ("openssl/",)),
    "SQLite": Library(("SQLite::SQLite3",), ("sqlite3.h",)),
    "SQLiteCpp": Library(("SQLiteCpp",), ("SQLiteCpp/",)),
    "Vega-Lite": Library((), ()),
    "xxHash": Library(("xxhash::xxhash",), ("xxhash.h", "xxh3.h")),
    "yaml-cpp": Library(("yaml-cpp",), ("yaml-cpp/",)),
}
FMT = Library(("fmt::fmt",), ("fmt/",))
# A strategy, or a topic apart from assay::extra, names its own outside libraries; each is at home in one folder of plugins/.
OF_STRATEGIES = {"hnswlib/": "plugins/recall/ann", "xgboost/": "plugins/rank/gbdt",
                 **dict.fromkeys(("caffe2/serialize/", "nlohmann/", "omp.h", "openssl/"), "plugins/common/exported")}
WITHOUT_FMT = ("params", "rules", "sdk", "kernels", "plugins")
# What a home folder hands on in its own headers: whoever reaches the folder may include them.
HANDED_ON = {"LibTorch": "sdk", "nlohmann-json": "hash"}
SYSTEM_TARGETS = ("dl", "rt", "Threads::Threads")
SYSTEM_HEADERS = ("sys/", "linux/", "ext/")


@dataclasses.dataclass(frozen=True)
class Rule:
    uses: frozenset
    outside: frozenset
    planned: bool = False


def read_table(text):
    """{folder: Rule} from the lines `| folder | its job | uses | outside libraries |`.

    `| folder (planned) |` is a folder without code yet.
    """
    rules = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        folder = len(cells) == 4 and re.fullmatch(r"([a-z_]+)( \(planned\))?", cells[0])
        if folder and folder[1] != "folder":
            names = [frozenset(name.strip() for name in cell.split(",") if name.strip()) for cell in cells[2:]]
            rules[folder[1]] = Rule(*names, planned=bool(folder[2]))
    return rules


def reached(folder, rules):
    """The folders that a folder uses, directly or not."""
    found, ahead = set(), [folder]
    while ahead:
        for used in rules[ahead.pop()].uses - found:
            found.add(used)
            ahead.append(used)
    return found


def may_include(folder, library, rules):
    if library in rules[folder].outside:
        return True
    return HANDED_ON.get(library) in reached(folder, rules)


def owner_of_target(name):
    return re.sub(r"^assay(_|::)", "", name)


def broken_links(links, rules):
    """Lines of `<target> <folder> <what it links>...` that the table forbids."""
    problems = []
    for line in links.splitlines():
        target, folder, *linked = line.split()
        folder = owner_of_target(target) if owner_of_target(target) in rules else folder
        allowed = rules[folder].uses | {folder}
        targets = {name for library in rules[folder].outside for name in LIBRARIES[library].targets}
        targets.update(SYSTEM_TARGETS, () if folder in WITHOUT_FMT else FMT.targets)
        for item in dict.fromkeys(re.sub(r"^\$<LINK_ONLY:(.*)>$", r"\1", item) for item in linked):
            if owner_of_target(item) not in allowed and item not in targets:
                problems.append(f"{folder} links {item} (target {target})")
    return problems


def library_of(header):
    for name, library in {**LIBRARIES, "fmt": FMT}.items():
        if header.startswith(library.headers or ("\0",)):
            return name
    return None


def broken_include(folder, header, rules):
    """What is wrong with an #include, or None."""
    if header.startswith("assay/"):
        owner = "params" if header == "assay/params.h" else "sdk"
        return None if owner in rules[folder].uses | {folder} or "sdk" in rules[folder].uses else owner
    top = header.split("/")[0]
    if top in rules and "/" in header:
        return None if top in rules[folder].uses | {folder} else top
    library = library_of(header)
    if library == "fmt":
        return "fmt" if folder in WITHOUT_FMT else None
    if library:
        return None if may_include(folder, library, rules) else library
    if "/" in header and not header.startswith(SYSTEM_HEADERS):
        return "a library that core/README.md does not name"
    return None


def sources_of(root, rules):
    """(folder, path) of every source file that the table speaks of."""
    for path in sorted(pathlib.Path(root, "core").glob("*/**/*")):
        if path.suffix in (".h", ".cpp"):
            folder = path.relative_to(pathlib.Path(root, "core")).parts[0]
            yield ("params" if path.match("sdk/assay/params.h") else folder), path
    for path in sorted(pathlib.Path(root, "plugins").glob("**/*")):
        if path.suffix in (".h", ".cpp"):
            yield "plugins", path


def without_raw_strings(text):
    """The text with its raw strings emptied line by line: a template's #include is no #include of its file."""
    return re.sub(r'R"\((.*?)\)"', lambda raw: "\n" * raw[0].count("\n"), text, flags=re.S)


def broken_includes(root, rules):
    """`path:line: folder includes header, which is of X` for each edge that the table forbids."""
    rules = {**rules, "plugins": Rule(frozenset({"sdk", "kernels"}), frozenset())}
    problems = []
    for folder, path in sources_of(root, rules):
        for number, line in enumerate(without_raw_strings(path.read_text()).splitlines(), 1):
            match = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
            relative = path.relative_to(root)
            if match and any(match[1].startswith(header) and relative.is_relative_to(home)
                             for header, home in OF_STRATEGIES.items()):
                continue
            owner = match and broken_include(folder, match[1], rules)
            if owner:
                place = f"{relative}:{number}"
                problems.append(f"{place}: {folder} includes {match[1]}, which is of {owner}")
    return problems


# Specialisations of templates of the standard library, nlohmann-json and fmt belong to their namespaces.
FOREIGN_NAMESPACES = ("std", "nlohmann", "fmt", "arrow", "parquet")
SCOPES = re.compile(r"\bnamespace\s*(?P<space>[\w:]*)\s*\{"
                    r"|\b(?:class|struct|union|enum(?:\s+class)?)\s+(?:ASSAY_API\s+)?(?P<type>\w+(?:::\w+)*)"
                    r"(?P<rest>[^;{}()=]*)\{"
                    r"|[{}]")


def headers_of(root):
    """(folder, path) of every header of core/."""
    for path in sorted(pathlib.Path(root, "core").glob("*/**/*.h")):
        yield path.relative_to(pathlib.Path(root, "core")).parts[0], path


def code_of(path):
    """The text without comments and the insides of strings, which may hold braces."""
    text = without_raw_strings(path.read_text())
    return re.sub(r'//[^\n]*|"(?:\\.|[^"\\\n])*"', lambda found: '""' if found[0][0] == '"' else "", text)


def scopes_of(path):
    """(namespaces around it, match) of each namespace and type that a file opens; "" in them is a type or a function.

    An anonymous namespace is None.
    """
    scopes = []
    for found in SCOPES.finditer(code_of(path)):
        if found[0] == "}":
            if scopes:
                scopes.pop()
            continue
        if found[0] != "{":
            yield tuple(scopes), found
        scopes.append("" if found["space"] is None else found["space"] or None)


def broken_namespaces(root):
    """`path: opens namespace X, not Y` for every header that declares outside its folder's namespace."""
    problems = []
    for folder, path in headers_of(root):
        own = "assay" if folder == "sdk" else f"assay::{folder}"
        opened = [found["space"] for around, found in scopes_of(path) if found["space"] and not around]
        problems += [f"{path.relative_to(root)}: opens namespace {name}, not {own}" for name in opened
                     if name.split("::")[0] not in FOREIGN_NAMESPACES and f"{name}::".find(f"{own}::") != 0]
    return problems


def type_definitions(path):
    """Qualified names of the types that a file defines in namespaces that have a name."""
    return ["::".join([*around, found["type"]]) for around, found in scopes_of(path)
            if found["type"] and all(around) and "<" not in found["rest"].split(":")[0]]


def types_defined_twice(root):
    """`name: path, path` for each qualified type name with definitions in several files of core/ and plugins/common/."""
    where = {}
    for pattern in ("core/**/*", "plugins/common/**/*"):
        for path in sorted(pathlib.Path(root).glob(pattern)):
            if path.suffix in (".h", ".cpp"):
                for name in type_definitions(path):
                    where.setdefault(name, []).append(str(path.relative_to(root)))
    return [f"{name}: {', '.join(dict.fromkeys(paths))}" for name, paths in sorted(where.items())
            if len(set(paths)) > 1]


def missing_folders(root, rules):
    """Folders of the table without code that it does not mark as planned, and planned ones that have code."""
    problems = []
    for folder, rule in rules.items():
        path = pathlib.Path(root, "core/sdk/assay/params.h") if folder == "params" else pathlib.Path(root, "core", folder)
        if path.exists() == rule.planned:
            problems.append(f"{folder} is marked planned and is there" if rule.planned else f"{folder} is not there")
    return problems
