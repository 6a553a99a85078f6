"""The process that runs the official XSLT. Talks in JSON lines on standard input and output; everything else is silenced.

Own process, because a Saxon processor that dies takes its process with it (CONFORMANCE section 1), and because it must be killed
when a document makes it run for ever. Started by ``pipeline.official``; imports nothing of ours.

    -> {"stylesheet": "<path>", "xml": "<base64>"}
    <- {"violations": [{"rule", "flag", "location", "message"}]}   or   {"abort": "<message>"}
"""

import base64
import json
import os
import sys
from typing import Any
from xml.etree.ElementTree import Element, fromstring  # parses only what the stylesheet wrote, never the document

SVRL = "{http://purl.oclc.org/dsdl/svrl}"


def _violation(node: Element) -> dict[str, str]:
    text = node.find(f"{SVRL}text")
    return {
        "rule": node.get("id") or "",
        "flag": node.get("flag") or node.get("role") or "fatal",
        "location": node.get("location") or "",
        "message": " ".join("".join(text.itertext()).split()) if text is not None else "",
    }


class Judge:
    """Compiles each stylesheet once."""

    def __init__(self) -> None:
        from saxonche import PySaxonProcessor

        self._processor = PySaxonProcessor(license=False)
        self._xslt = self._processor.new_xslt30_processor()
        self._compiled: dict[str, Any] = {}

    def judge(self, stylesheet: str, xml: bytes) -> list[dict[str, str]]:
        if stylesheet not in self._compiled:
            self._compiled[stylesheet] = self._xslt.compile_stylesheet(stylesheet_file=stylesheet)
        document = self._processor.parse_xml(xml_text=xml.decode("utf-8"))
        svrl = self._compiled[stylesheet].transform_to_string(xdm_node=document)
        root = fromstring(svrl)  # noqa: S314
        return [_violation(node) for node in root if node.tag in (f"{SVRL}failed-assert", f"{SVRL}successful-report")]


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)  # saxonche writes dynamic errors straight to the descriptor
    judge = Judge()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer: dict[str, Any] = {"violations": judge.judge(request["stylesheet"], base64.b64decode(request["xml"]))}
        except Exception as error:  # whatever Saxon raises is an abort of the stylesheet, which counts as invalid
            answer = {"abort": " ".join(str(error).split())[:500]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
