"""A document as a short list of blocks, and the four forms it is written in: Markdown, HTML, docx, PDF."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, TypeAlias

from .errors import FactError, unknown_name
from .exports import write_whole
from .views import md, plain


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a part; level 1 is the largest under the title."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; ``lead`` is set in bold before it."""

    text: str
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Points:
    """A list: each item its depth (0 outermost), its text, and a remark set smaller after it."""

    items: tuple[tuple[int, str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption and a row of column heads; ``widths`` are the shares of the columns."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]


Block: TypeAlias = Heading | Text | Points | Table


@dataclass(frozen=True)
class Document:
    """A title, lines under it, blocks, and a foot that every page carries; ``day`` dates the files."""

    title: str
    under: tuple[str, ...]
    blocks: tuple[Block, ...]
    foot: str
    day: dt.date

    def markdown(self) -> str:
        """The document as Markdown; everything escaped."""
        lines = [f"# {md(self.title)}", "", *(f"{md(line)}  " for line in self.under), ""]
        for block in self.blocks:
            lines += [*_markdown(block), ""]
        return "\n".join([*lines, "---", "", md(self.foot), ""])

    def html(self) -> str:
        """The document as one page without script, ready for print; everything escaped."""
        under = "<br>".join(map(_esc, self.under))
        body = "".join(map(_html, self.blocks))
        return (
            f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{_esc(self.title)}</title>"
            f"<style>{_STYLE}</style></head><body><main><h1>{_esc(self.title)}</h1><p class='under'>{under}</p>{body}"
            f"<footer><p>{_esc(self.foot)}</p></footer></main></body></html>\n"
        )

    def docx(self) -> bytes:
        """The document for a word processor."""
        return _docx(self)

    def pdf(self) -> bytes:
        """The document as PDF, set by Typst."""
        import typst

        made: bytes = typst.compile(_typst(self).encode())
        return made

    def write(self, path: Path) -> None:
        """Writes the form that the ending of the path names: .md, .html, .docx or .pdf; whole or not at all."""
        forms: Mapping[str, Callable[[], str | bytes]] = {
            ".md": self.markdown, ".html": self.html, ".docx": self.docx, ".pdf": self.pdf,
        }  # fmt: skip
        if path.suffix not in forms:
            raise FactError(unknown_name("ending", path.suffix, forms))
        write_whole(path, forms[path.suffix]())


# -- Markdown -------------------------------------------------------------------------------------------------------


def _markdown(block: Block) -> list[str]:
    if isinstance(block, Heading):
        return [f"{'#' * (block.level + 1)} {md(block.text)}"]
    if isinstance(block, Text):
        return [f"**{md(block.lead)}** {md(block.text)}" if block.lead else md(block.text)]
    if isinstance(block, Points):
        return [f"{'  ' * d}- {md(text)}{f' *({md(remark)})*' if remark else ''}" for d, text, remark in block.items]
    cells = [block.head, ("---",) * len(block.head), *(tuple(map(md, row)) for row in block.rows)]
    return [f"*{md(block.caption)}*", "", *(f"| {' | '.join(row)} |" for row in cells)]


# -- HTML -----------------------------------------------------------------------------------------------------------

_STYLE = (
    "body{font:16px/1.5 Georgia,serif;color:#1b1b1b;background:#fff}main{max-width:46rem;margin:2rem auto;"
    "padding:0 1rem}h1,h2,h3{font-family:system-ui,sans-serif;line-height:1.25}h1{font-size:1.5rem}h2{font-size:1.2rem;"
    "margin-top:2rem;border-bottom:1px solid #767676}h3{font-size:1rem}.under{color:#444}small{color:#444}"
    "table{border-collapse:collapse;width:100%;margin:1rem 0;font-size:.9rem}caption{text-align:left;color:#444}"
    "th,td{border:1px solid #767676;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    "footer{margin-top:2rem;border-top:1px solid #767676;font-size:.85rem;color:#444}"
    "@media print{body{font-size:11pt}main{max-width:none;margin:0}tr,li{break-inside:avoid}h2,h3{break-after:avoid}}"
)


def _esc(text: str) -> str:
    return escape(plain(text))


def _html(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level + 1}>{_esc(block.text)}</h{block.level + 1}>"
    if isinstance(block, Text):
        return f"<p>{f'<b>{_esc(block.lead)}</b> ' if block.lead else ''}{_esc(block.text)}</p>"
    if isinstance(block, Points):
        return _html_points(block)
    head = "".join(f"<th scope='col'>{_esc(text)}</th>" for text in block.head)
    rows = "".join(f"<tr>{''.join(f'<td>{_esc(text)}</td>' for text in row)}</tr>" for row in block.rows)
    caption = f"<caption>{_esc(block.caption)}</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _html_points(block: Points) -> str:
    made, depth = [], -1
    for level, text, remark in block.items:
        if level > depth:
            made.append("<ul>" * (level - depth))
        else:
            made.append("</li>" + "</ul></li>" * (depth - level))
        depth = level
        made.append(f"<li>{_esc(text)}{f' <small>{_esc(remark)}</small>' if remark else ''}")
    return "".join(made) + "</li></ul>" * (depth + 1)


# -- docx -----------------------------------------------------------------------------------------------------------


def _docx(made: Document) -> bytes:
    import docx
    from docx.shared import Cm, Pt

    book: Any = docx.Document()
    at = dt.datetime.combine(made.day, dt.time())
    book.core_properties.title, book.core_properties.author = made.title, "Blackletter"
    book.core_properties.created = book.core_properties.modified = at
    part = book.sections[0]
    part.page_width, part.page_height = Cm(21), Cm(29.7)
    part.left_margin = part.right_margin = Cm(2.4)
    book.styles["Normal"].font.name, book.styles["Normal"].font.size = "Georgia", Pt(10.5)
    book.add_heading(plain(made.title), 0)
    book.add_paragraph("\n".join(map(plain, made.under)))
    for block in made.blocks:
        _docx_block(book, block)
    foot = part.footer.paragraphs[0]
    foot.add_run(f"{plain(made.foot)} Page ").font.size = Pt(8)
    foot._p.append(_page_number())
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _docx_block(book: Any, block: Block) -> None:
    from docx.shared import Cm, Pt

    if isinstance(block, Heading):
        book.add_heading(plain(block.text), block.level)
    elif isinstance(block, Text):
        line = book.add_paragraph()
        if block.lead:
            line.add_run(f"{plain(block.lead)} ").bold = True
        line.add_run(plain(block.text))
    elif isinstance(block, Points):
        for depth, text, remark in block.items:
            style = "List Bullet" if depth == 0 else f"List Bullet {min(depth, 2) + 1}"
            line = book.add_paragraph(plain(text), style=style)
            line.paragraph_format.space_after = Pt(2)
            if remark:
                line.add_run(f" {plain(remark)}").font.size = Pt(8.5)
    else:
        book.add_paragraph(plain(block.caption), style="Caption").paragraph_format.keep_with_next = True
        table = book.add_table(rows=1, cols=len(block.head), style="Table Grid")
        table.autofit = False
        for column, share in zip(table.columns, block.widths, strict=True):
            column.width = Cm(16.2 * share / sum(block.widths))
        for row in (block.head, *block.rows):
            cells = table.rows[0].cells if row is block.head else table.add_row().cells
            for cell, text, share in zip(cells, row, block.widths, strict=True):
                cell.width = Cm(16.2 * share / sum(block.widths))
                run = cell.paragraphs[0].add_run(plain(text))
                run.font.size, run.bold = Pt(9), row is block.head
                cell.paragraphs[0].paragraph_format.keep_with_next = row is block.head
        _repeat_head(table)
        book.add_paragraph()


def _page_number() -> Any:
    """A field that a word processor fills with the number of the page."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    run = "<w:r><w:rPr><w:sz w:val='16'/></w:rPr><w:t>1</w:t></w:r>"
    return parse_xml(f"<w:fldSimple {nsdecls('w')} w:instr='PAGE'>{run}</w:fldSimple>")


def _repeat_head(table: Any) -> None:
    """Marks the first row as the head of every page, and keeps each row on one page."""
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement

    for number, row in enumerate(table.rows):
        for tag in ("w:cantSplit", *(("w:tblHeader",) if number == 0 else ())):
            mark = OxmlElement(tag)
            mark.set(qn("w:val"), "true")
            row._tr.get_or_add_trPr().append(mark)


# -- Typst ----------------------------------------------------------------------------------------------------------


def _typst(made: Document) -> str:
    day = f"datetime(year: {made.day.year}, month: {made.day.month}, day: {made.day.day})"
    foot = f"[#set text(7.5pt, fill: luma(80)); #{_quote(made.foot)} #h(1fr) #context counter(page).display()]"
    head = [
        f"#set document(title: {_quote(made.title)}, date: {day})",
        f'#set page(paper: "a4", margin: (x: 2.4cm, top: 2.2cm, bottom: 2.6cm), footer: {foot})',
        '#set text(10.5pt, font: "Libertinus Serif", lang: "en")',
        "#set par(leading: 0.6em, spacing: 0.9em)",
        "#show heading: set block(above: 1.4em, below: 0.7em)",
        "#show table.cell: set text(9pt)",
        "#set table.cell(breakable: false)",
        "#set table(inset: 5pt, stroke: 0.5pt + luma(120))",
        f"#text(17pt, weight: \"bold\")[#{_quote(made.title)}]",
        "#block(text(fill: luma(60))[" + " #linebreak() ".join(f"#{_quote(line)}" for line in made.under) + "])",
    ]  # fmt: skip
    return "\n".join([*head, *map(_typst_block, made.blocks), ""])


def _quote(text: str) -> str:
    """Text as a string of Typst, which reads no markup in it."""
    return json.dumps(plain(text), ensure_ascii=False)


def _typst_block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"#heading(level: {block.level})[#{_quote(block.text)}]"
    if isinstance(block, Text):
        lead = f"#strong[#{_quote(block.lead)}] " if block.lead else ""
        return f"#par[{lead}#{_quote(block.text)}]"
    if isinstance(block, Points):
        return "\n".join(_typst_point(*item) for item in block.items)
    head = ", ".join(f"[#strong[#{_quote(text)}]]" for text in block.head)
    cells = ", ".join(f"[#{_quote(text)}]" for row in block.rows for text in row)
    columns = ", ".join(f"{share}fr" for share in block.widths)
    return (
        f"#block(above: 1.1em, below: 0.6em, sticky: true, emph[#{_quote(block.caption)}])\n"
        f"#table(columns: ({columns},), table.header({head}), {cells})"
    )


def _typst_point(depth: int, text: str, remark: str) -> str:
    small = f" #text(8.5pt, fill: luma(70))[#{_quote(remark)}]" if remark else ""
    return f"#block(inset: (left: {1.2 * depth}em), above: 0.5em, below: 0.5em)[#list([#{_quote(text)}{small}])]"
