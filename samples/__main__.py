"""``python -m samples --out DIR``: write sample documents with their truth.

Without ``--layouts`` the committed samples (documents/, truth/, expected.json). With ``--layouts N`` instead N generated
suppliers, from ``--seed`` on: ``seed-NNNNNN.pdf`` beside ``seed-NNNNNN.json`` in the format of the reading corpus;
``--issues M`` writes M documents of each (``seed-NNNNNN-1.pdf`` and so on), for what is learnt from one and used on the next;
``--twist misprint`` prints one wrong figure on each, ``--twist letter`` makes order confirmations and quotations of them;
``--producer chromium`` prints them from HTML by a browser instead of writing them by ReportLab or fpdf2.
"""

import argparse
from pathlib import Path
from typing import get_args

from samples.build import as_json, write_samples
from samples.grammar import Twist, generate


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m samples", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--layouts", type=int, default=0, help="number of generated suppliers")
    parser.add_argument("--seed", type=int, default=1, help="first seed of the generated suppliers")
    parser.add_argument("--issues", type=int, default=1, help="number of documents of each generated supplier")
    parser.add_argument("--twist", choices=get_args(Twist), default="none")
    parser.add_argument("--producer", choices=("mixed", "chromium"), default="mixed", help="chromium: HTML printed by a browser")
    arguments = parser.parse_args()
    if not arguments.layouts:
        write_samples(arguments.out)
        return
    arguments.out.mkdir(parents=True, exist_ok=True)
    for seed in range(arguments.seed, arguments.seed + arguments.layouts):
        for issue in range(arguments.issues):
            sample = generate(seed, arguments.twist, issue, browser=arguments.producer == "chromium")
            (arguments.out / f"{sample.name}.pdf").write_bytes(sample.rendered.pdf)
            (arguments.out / f"{sample.name}.json").write_text(as_json(sample.truth()), encoding="utf-8")


if __name__ == "__main__":
    main()
