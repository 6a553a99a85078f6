"""The command ``belegfluss``."""

import sys


def main() -> None:
    """Run the command line. ``--version`` answers before anything heavy is imported."""
    if sys.argv[1:] == ["--version"]:
        from importlib.metadata import version

        print(f"belegfluss {version('belegfluss')}")
        return
    from pipeline.cli.app import run

    run()


if __name__ == "__main__":
    main()
