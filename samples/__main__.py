"""``python -m samples --out DIR``: write sample documents with their truth."""

import argparse
from pathlib import Path

from samples.build import write_samples


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m samples", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for documents/, truth/ and expected.json")
    arguments = parser.parse_args()
    write_samples(arguments.out)


if __name__ == "__main__":
    main()
