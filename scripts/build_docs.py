"""Write the pages and the notebooks as a static site that needs no kernel, no network and no script.

    python scripts/build_docs.py                         # build/site, every notebook
    python scripts/build_docs.py --out DIR NOTEBOOK...   # these notebooks only

Every page stands alone: its style is in it, its pictures are data, and its own policy forbids scripts and requests,
so it opens from a disk. Notebooks show the outputs they were saved with, cleaned to a list of plain tags.
"""

from __future__ import annotations

import argparse
import re
import sys
from base64 import b64encode
from collections.abc import Iterable, Sequence
from functools import cache
from html import escape, unescape
from pathlib import Path

import nbformat
from bleach.sanitizer import Cleaner
from markdown_it import MarkdownIt
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from pygments.formatters import HtmlFormatter

import blackletter as bl
from blackletter.coverage import read_ledger
from blackletter.docket import read_cases, run_docket
from blackletter.model import FLAG_WORDS
from blackletter.pages import GATE_MARKS
from blackletter.reader import find_ruleset
from blackletter.views import MARKS, SAYS

ROOT = Path(__file__).resolve().parents[1]
PAGES = {
    "README.md": "readme", "ARCHITECTURE.md": "architecture", "CONTRIBUTING.md": "contributing",
    "CHANGELOG.md": "changelog", "rulesets/README.md": "rulesets",
}  # fmt: skip
"""Pages of the repository and their names on the site; every page of docs/ keeps its own name."""

FOR_A_CLASS = ("teaching", "class-plan", "elsewhere")
"""Pages of docs/ for whoever teaches or hosts the course."""

FIRST_LAB = "20"
"""Notebooks from this number on are the policy lab."""

MEANINGS = {
    "permitted": "Every gate is open, whatever the facts not known and the open questions turn out to be.",
    "permitted after process": "The same, once the steps of process that are listed have been taken.",
    "enjoined": "A court has barred it, for this actor, here, on that day.",
    "no authority": "No statute, instrument in force or term of this award gives this actor this power.",
    "unconstitutional": "The Constitution bars it, though some law gives the power.",
    "waived": "The agency has said in writing that it will not use the power.",
    "not ripe": "The duty is not due yet, or is not breached.",
    "not permitted": "Some gate is always closed, but not the same one in every case.",
    "contested": "The answer turns on an open question of law: its readings give different verdicts.",
    "undetermined": "The answer turns on facts that were not stated.",
    "conflict": "Two rules clash: a fault in the law file, never a silent no.",
    "outside the model": "The law on file does not speak to it.",
    "required": "Of a choice of the city: this law demands it.",
    "forbidden": "Of a choice of the city: this law bars it.",
    "not regulated": "Of a choice of the city: this law, read to its end, does not speak to it.",
}

STYLE = (
    "body{font:17px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;margin:0;color:#1b1b1b;"
    "background:#fff}header,main,footer{max-width:56rem;margin:0 auto;padding:.6rem 1.2rem}"
    "header{border-bottom:1px solid #767676}header ul{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;"
    "margin:.2rem 0;padding:0}footer{border-top:1px solid #767676;margin-top:3rem;font-size:.9em}"
    "a{color:#0b4f8a}a:focus-visible,main:focus-visible,summary:focus-visible{outline:3px solid #0b4f8a}"
    ".skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:#fff;padding:.4rem .8rem;z-index:1}"
    "h1{line-height:1.2;font-size:1.9rem}h2{margin-top:2.4rem;line-height:1.25}"
    "pre{background:#f7f7f7;border:1px solid #d0d0d0;padding:.6rem .8rem;white-space:pre-wrap;overflow-wrap:anywhere;"
    "font-size:.82em;line-height:1.45}.output pre{background:#fff}code{font-size:.92em;overflow-wrap:anywhere}"
    "table{border-collapse:collapse;margin:1rem 0;max-width:100%}th,td{border:1px solid #949494;padding:.3rem .5rem;"
    "text-align:left;vertical-align:top;overflow-wrap:anywhere}caption{text-align:left;font-weight:600;padding:.3rem 0}"
    "img{max-width:100%;height:auto}.bl table :is(th,td){border-width:1px 0 0}.output_area{margin:.4rem 0 1.4rem}"
    "tr.encoded td.s{background:#d7ecd9}tr.left-out td.s{background:#fdf0c2}tr.missing td.s{background:#f6d0d0}"
    "thead th{overflow-wrap:break-word}td.s{white-space:nowrap}"
    ".pager{display:flex;justify-content:space-between;gap:1rem;margin-top:2rem}"
    "@media (prefers-color-scheme:dark){:root{color-scheme:dark;--jp-content-font-color1:#e4e4e4;"
    "--jp-border-color1:#6b6b6b}body{color:#e4e4e4;background:#161616}a{color:#8fc1f5}.skip:focus{background:#161616}"
    "a:focus-visible,main:focus-visible,summary:focus-visible{outline-color:#8fc1f5}th,td{border-color:#6b6b6b}"
    "pre,.output pre{background:#202020;border-color:#555}.highlight pre{background:#f7f7f7;color:#1b1b1b}"
    "img{background:#fff}td.s{color:#1b1b1b}}"
)
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
MENU = {
    "index": "Contents", "readme": "Read me", "teaching": "Teaching", "architecture": "Architecture",
    "ledger": "Ledger", "docket": "Docket",
    "glossary": "Glossary",
}  # fmt: skip


@cache
def law() -> bl.Ruleset:
    """The law on file, read once."""
    return bl.load()


# -- pages --------------------------------------------------------------------------------------------------------


def page(name: str, title: str, body: str, style: str = "") -> str:
    """A whole page: one title, a way past the menu, the menu, the body."""
    current = " aria-current='page'"
    menu = "".join(
        f"<li><a href='{key}.html'{current if key == name else ''}>{label}</a></li>" for key, label in MENU.items()
    )
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{escape(title)} · Blackletter</title>"
        f"<meta name='viewport' content='width=device-width'><meta http-equiv='Content-Security-Policy' "
        f"content=\"{POLICY}\"><style>{STYLE}{style}</style></head><body><a class='skip' href='#main'>"
        f"Skip to the page</a><header><nav aria-label='Site'><ul>{menu}</ul></nav></header>"
        f"<main id='main' tabindex='-1'>{body}</main><footer><p>{escape(law().not_advice)}</p></footer></body></html>"
    )


def table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A captioned table of escaped words whose first column names the row."""
    head = "".join(f"<th scope='col'>{escape(c)}</th>" for c in columns)
    body = "".join(
        f"<tr><th scope='row'>{escape(row[0])}</th>{''.join(f'<td>{escape(c)}</td>' for c in row[1:])}</tr>"
        for row in rows
    )
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def index(notebooks: Sequence[Path], documents: dict[Path, str]) -> str:
    """The contents: the course, the policy lab, the pages, the tables."""
    parts = [
        "<h1>Blackletter</h1><p>Legal hypotheticals about federal funds and local policy, answered with reasons.</p>"
    ]
    for title, numbered in (
        ("The course", [p for p in notebooks if p.stem < FIRST_LAB]),
        ("The policy lab", [p for p in notebooks if p.stem >= FIRST_LAB]),
    ):
        if numbered:
            parts.append(f"<h2>{title}</h2>{_list((p.stem, f'{p.stem[:2]}. {question(p)}') for p in numbered)}")
    pages = [(name, heading(path)) for path, name in documents.items()]
    parts.append("<h2>For a class</h2>" + _list(link for link in pages if link[0] in FOR_A_CLASS))
    parts.append("<h2>Pages</h2>" + _list(link for link in pages if link[0] not in FOR_A_CLASS))
    tables = {"ledger": "What encodes each item", "docket": "Decided cases", "glossary": "Verdict words and flags"}
    return "".join([*parts, "<h2>Tables</h2>", _list(tables.items())])


def _list(links: Iterable[tuple[str, str]]) -> str:
    return "<ul>" + "".join(f"<li><a href='{name}.html'>{escape(text)}</a></li>" for name, text in links) + "</ul>"


def ledger() -> str:
    """What encodes each digest item, or why it is left out."""
    html = read_ledger(law(), find_ruleset() / "coverage").html()
    return html[html.index("<main>") + len("<main>") : html.index("</main>")]


def docket() -> str:
    """Every row of every decided case, and whether the law on file agrees."""
    bench = run_docket(law(), read_cases(find_ruleset() / "docket"))
    words = {True: "agrees", False: "disagrees", None: "outside the model"}
    rows = ((r.id, words[r.agree], r.why, r.explained or "") for r in bench.results)
    counts = ", ".join(f"{bench.count(agree)} {word}" for agree, word in words.items())
    lead = "<p>Decided cases asked of the law: the day before, on the reading the court adopted, and the day after.</p>"
    found = table(f"Decided cases: {counts}", ("Row", "The law on file", "How", "Explained"), rows)
    return f"<h1>The docket</h1>{lead}{found}"


def glossary() -> str:
    """The verdict words, the gates and what they can be, the steps, the flags."""
    verdicts = ((v, SAYS[v], mark, MEANINGS[v]) for v, mark in MARKS.items())
    gates = ((name, gate.asks, f"{gate.default} unless a rule says otherwise") for name, gate in law().gates.items())
    return "".join((
        "<h1>Verdict words and flags</h1><h2>Verdicts</h2>",
        table("What an answer can be", ("Word", "On a board", "Mark", "Meaning"), verdicts),
        "<h2>Gates</h2>", table("Four questions about every federal act", ("Gate", "Question", "Default"), gates),
        table("What a gate can be", ("Value", "Mark", "On a board"), ((v, *said) for v, said in GATE_MARKS.items())),
        "<h2>Steps of process</h2>", table("Steps that close no gate", ("Step", "What it is"), law().steps.items()),
        "<h2>Flags</h2>", table("How a source was checked", ("Flag", "Meaning"), FLAG_WORDS.items()),
    ))  # fmt: skip


# -- Markdown -------------------------------------------------------------------------------------------------------


def heading(path: Path) -> str:
    """The first heading of a Markdown page."""
    found = re.search(r"^# (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return found.group(1) if found else path.stem


def document(path: Path, site: dict[Path, str]) -> str:
    """A Markdown page; links go to pages of the site, pictures become data, links to anything else become text."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    html = str(parser.render(path.read_text(encoding="utf-8")))
    html = re.sub(r'<a href="([^"]*)">(.*?)</a>', lambda m: _link(m[1], m[2], path, site), html, flags=re.DOTALL)
    return re.sub(
        r'<img src="([^"]*)" alt="([^"]*)" ?/?>', lambda m: _picture(path.parent / m[1], unescape(m[2])), html
    )


def _link(target: str, words: str, path: Path, site: dict[Path, str]) -> str:
    if target.startswith(("http:", "https:", "#")):
        return f'<a href="{target}">{words}</a>'
    file, _, part = target.partition("#")
    name = site.get((path.parent / file).resolve())
    return f'<a href="{name}.html{"#" + part if part else ""}">{words}</a>' if name else words


def _picture(path: Path, alt: str) -> str:
    kind = {".svg": "svg+xml", ".png": "png"}[path.suffix]
    return _image(f"image/{kind}", b64encode(path.read_bytes()).decode(), alt)


def _image(kind: str, data: str, alt: str) -> str:
    return f'<img alt="{escape(" ".join(alt.split()))}" src="data:{kind};base64,{data}">'


# -- notebooks ------------------------------------------------------------------------------------------------------


def question(path: Path) -> str:
    """The question a notebook asks: its only top heading."""
    first = nbformat.read(path, as_version=4).cells[0].source
    return str(first.partition("\n")[0]).removeprefix("# ").strip()


def notebook_page(path: Path, before: Path | None, after: Path | None) -> str:
    """A notebook as it was saved, cleaned, with links to its neighbors."""
    notebook = nbformat.read(path, as_version=4)
    styles: dict[str, None] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            _settle(output, styles)
    exporter = HTMLExporter(
        template_name="basic", exclude_anchor_links=True, exclude_input_prompt=True, exclude_output_prompt=True
    )
    body, _ = exporter.from_notebook_node(notebook)
    links = [f"<a href='{p.stem}.html'>{word}: {escape(question(p))}</a>" for p, word in
             ((before, "Before"), (after, "Next")) if p is not None]  # fmt: skip
    pager = f"<nav class='pager' aria-label='Neighbors'>{''.join(links)}</nav>"
    code = str(HtmlFormatter(style="default").get_style_defs(".highlight")) + ".highlight .ow{color:#7a1fa2}"
    return page(path.stem, question(path), clean(body) + pager, code + "".join(styles))


def _settle(output: NotebookNode, styles: dict[str, None]) -> None:
    """Keeps what a page can show: HTML whose drawings are pictures with words, and whose style is noted apart."""
    data = output.get("data", {})
    if svg := data.pop("image/svg+xml", ""):
        data["text/html"] = _drawing("".join(svg))
    if html := "".join(data.get("text/html", "")):
        html = re.sub(r"<svg.*?</svg>", lambda m: _drawing(m[0]), html, flags=re.DOTALL)
        for style in re.findall(r"<style>(.*?)</style>", html, flags=re.DOTALL):
            if not re.search(r"url\(|@import|<", style):
                styles[style] = None
        data["text/html"] = re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)


def _drawing(svg: str) -> str:
    """A drawing as a picture, where nothing in it can run; its title and description are the words beside it."""
    said = [unescape(m) for m in re.findall(r"<(?:title|desc)[^>]*>(.*?)</(?:title|desc)>", svg, flags=re.DOTALL)[:2]]
    label = re.search(r"aria-label=(['\"])(.*?)\1", svg, flags=re.DOTALL)
    alt = ". ".join(said) or (unescape(label[2]) if label else "")
    return _image("image/svg+xml", b64encode(svg.encode()).decode(), alt)


TAGS = {
    "a", "b", "blockquote", "br", "caption", "cite", "code", "dd", "del", "details", "div", "dl", "dt", "em", "h1",
    "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "li", "ol", "p", "pre", "s", "section", "small", "span", "strong",
    "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
EVERYWHERE = frozenset({"class", "id", "lang", "title", "aria-hidden", "aria-label", "role"})
ELSEWHERE = {
    "a": {"href"}, "img": {"alt", "src"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan", "scope"},
    "details": {"open"}, "ol": {"start"},
}  # fmt: skip


def _allowed(tag: str, name: str, value: str) -> bool:
    """Links go to the web or within the page; pictures are data."""
    if name == "href":
        return value.startswith(("https:", "http:", "#"))
    if name == "src":
        return value.startswith("data:image/")
    return name in EVERYWHERE or name in ELSEWHERE.get(tag, ()) or name.startswith("data-")


def clean(html: str) -> str:
    """HTML with plain tags only: whatever else a cell showed is text."""
    return str(Cleaner(TAGS, _allowed, protocols={"https", "http", "data"}).clean(html))


# -- the site -------------------------------------------------------------------------------------------------------


def build(out: Path, notebooks: Sequence[Path]) -> int:
    """Writes every page and returns how many."""
    documents = {ROOT / path: name for path, name in PAGES.items() if (ROOT / path).is_file()}
    documents |= {path: path.stem for path in sorted((ROOT / "docs").glob("*.md"))}
    site = {path.resolve(): name for path, name in documents.items()} | {p.resolve(): p.stem for p in notebooks}
    pages = {
        "index": page("index", "Contents", index(notebooks, documents)),
        "ledger": page("ledger", "Ledger", ledger()),
        "docket": page("docket", "Docket", docket()),
        "glossary": page("glossary", "Glossary", glossary()),
    }
    pages |= {name: page(name, heading(path), document(path, site)) for path, name in documents.items()}
    around = [None, *notebooks, None]
    for before, path, after in zip(around, notebooks, around[2:], strict=False):
        pages[path.stem] = notebook_page(path, before, after)
    out.mkdir(parents=True, exist_ok=True)
    for name, html in pages.items():
        (out / f"{name}.html").write_text(html, encoding="utf-8")
    return len(pages)


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the pages and the notebooks as a static site.")
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all of notebooks/")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "site", help="default: build/site")
    asked = parser.parse_args()
    count = build(asked.out, asked.notebooks or sorted((ROOT / "notebooks").glob("*.ipynb")))
    print(f"{count} pages: {(asked.out / 'index.html').resolve().as_uri()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
