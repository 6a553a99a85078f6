"""Errors a user can do something about. Each owns its exit code (CONTRACT section 2).

BelegflussError            1
+-- UsageError             2   wrong words on the command line or in the settings
+-- UnreadableFile         3   a file named on the command line cannot be opened
+-- EnvironmentProblem     4   folder, database, disk, broker
    +-- HomeInUse          4   a second embedded instance on the same home
"""

from enum import IntEnum


class ExitCode(IntEnum):
    CLEAN = 0
    FINDINGS = 1
    USAGE = 2
    UNREADABLE = 3
    ENVIRONMENT = 4
    INTERRUPTED = 130


class BelegflussError(Exception):
    """Base of all. The message is one sentence that says what to do."""

    exit_code = ExitCode.FINDINGS


class UsageError(BelegflussError):
    exit_code = ExitCode.USAGE


class UnreadableFile(BelegflussError):
    exit_code = ExitCode.UNREADABLE


class EnvironmentProblem(BelegflussError):
    exit_code = ExitCode.ENVIRONMENT


class HomeInUse(EnvironmentProblem):
    pass


class MasterDataError(BelegflussError):
    """Master data that were refused; ``problems`` lists file, line, column and reason of each bad row."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(f"master data refused, nothing imported: {len(problems)} problem(s)")
        self.problems = problems
