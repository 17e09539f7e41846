"""Office documents as the programs write them, as small as LibreOffice takes them."""

import io
import zipfile
from collections.abc import Mapping
from typing import Final

import xlsxwriter

WORDS: Final = "结肠息肉切除术前讨论"
TYPES: Final = """<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>{parts}</Types>"""
PART: Final = (
    '<Override PartName="/{name}" ContentType="application/vnd.openxmlformats-officedocument.{kind}+xml"/>'
)
RELATIONS: Final = """<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{each}</Relationships>"""
RELATION: Final = (
    '<Relationship Id="{id}" Target="{target}"{more} '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"/>'
)
SPACES: Final = (
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
)


def docx(words: str = WORDS, *, pages: int = 3, outside: str = "") -> bytes:
    """A text of so many pages; `outside` is an address that it wants to include, as a field and as a picture."""
    break_page = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
    body = break_page.join(f"<w:p><w:r><w:t>{words} {n}</w:t></w:r></w:p>" for n in range(1, pages + 1))
    more = {}
    if outside:
        body += f'<w:p><w:fldSimple w:instr=" INCLUDETEXT &quot;{outside}&quot; "/></w:p>' + _drawing()
        more["word/_rels/document.xml.rels"] = RELATIONS.format(
            each=RELATION.format(id="rId9", target=outside, more=' TargetMode="External"', kind="image")
        )
    return _archive(
        {
            "[Content_Types].xml": _types({"word/document.xml": "wordprocessingml.document.main"}),
            "_rels/.rels": _first("word/document.xml"),
            "word/document.xml": f"<w:document {SPACES}><w:body>{body}</w:body></w:document>",
            **more,
        }
    )


def _drawing() -> str:
    wp = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
    pic = "http://schemas.openxmlformats.org/drawingml/2006/picture"
    return (
        f'<w:p><w:r><w:drawing><wp:inline xmlns:wp="{wp}"><wp:extent cx="900000" cy="900000"/>'
        f'<wp:docPr id="1" name="x"/><a:graphic><a:graphicData uri="{pic}"><pic:pic xmlns:pic="{pic}">'
        '<pic:nvPicPr><pic:cNvPr id="1" name="x"/><pic:cNvPicPr/></pic:nvPicPr>'
        '<pic:blipFill><a:blip r:link="rId9"/><a:stretch/></pic:blipFill><pic:spPr><a:xfrm>'
        '<a:off x="0" y="0"/><a:ext cx="900000" cy="900000"/></a:xfrm><a:prstGeom prst="rect"/></pic:spPr>'
        "</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
    )


def xlsx(words: str = WORDS) -> bytes:
    """A sheet of three hundred lines."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名单")
        for line in range(300):
            sheet.write_row(line, 0, (f"{words} {line + 1}", line, line * 1.5))
    return made.getvalue()


def pptx(words: str = WORDS) -> bytes:
    """One slide with a line of text."""
    text = (
        '<p:sp><p:nvSpPr><p:cNvPr id="2" name="t"/><p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr><p:spPr><a:xfrm>'
        '<a:off x="500000" y="500000"/><a:ext cx="8000000" cy="1500000"/></a:xfrm><a:prstGeom prst="rect"/>'
        f'</p:spPr><p:txBody><a:bodyPr/><a:p><a:r><a:rPr lang="zh-CN" sz="4000"/><a:t>{words}</a:t></a:r></a:p>'
        "</p:txBody></p:sp>"
    )
    tree = (
        '<p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr>'
        f"<p:grpSpPr/>{text}</p:spTree></p:cSld>"
    )
    slides = '<p:sldIdLst><p:sldId id="256" r:id="rId1"/></p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/>'
    return _archive(
        {
            "[Content_Types].xml": _types(
                {
                    "ppt/presentation.xml": "presentationml.presentation.main",
                    "ppt/slides/slide1.xml": "presentationml.slide",
                }
            ),
            "_rels/.rels": _first("ppt/presentation.xml"),
            "ppt/presentation.xml": f"<p:presentation {SPACES}>{slides}</p:presentation>",
            "ppt/_rels/presentation.xml.rels": RELATIONS.format(
                each=RELATION.format(id="rId1", target="slides/slide1.xml", more="", kind="slide")
            ),
            "ppt/slides/slide1.xml": f"<p:sld {SPACES}>{tree}</p:sld>",
        }
    )


def _types(parts: Mapping[str, str]) -> str:
    return TYPES.format(parts="".join(PART.format(name=name, kind=kind) for name, kind in parts.items()))


def _first(target: str) -> str:
    return RELATIONS.format(each=RELATION.format(id="rId1", target=target, more="", kind="officeDocument"))


def _archive(members: Mapping[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text if text.startswith("<?xml") else '<?xml version="1.0"?>' + text)
    return made.getvalue()
