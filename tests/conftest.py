"""What `./test` tells pytest: tests to leave out, and that a skipped test is a failed one."""

import pytest

NEEDS = frozenset({"browser", "dns", "hledger", "npm", "root"})
"""What a test may say it `needs` of the machine, as `.ci/needs.py` explains."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("commontab")
    group.addoption("--without", action="append", default=[], choices=sorted(NEEDS))
    group.addoption("--fail-on-skip", action="store_true")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    without = set(config.getoption("--without"))
    for item in items:
        for marker in item.iter_markers("needs"):
            if len(marker.args) != 1 or marker.args[0] not in NEEDS:
                raise pytest.UsageError(f"{item.nodeid} needs {marker.args}: name one of {NEEDS}")
            if marker.args[0] in without:
                item.add_marker(pytest.mark.skip(reason=f"run --without {marker.args[0]}"))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.getoption("--fail-on-skip") and skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(config: pytest.Config) -> None:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if config.getoption("--fail-on-skip") and reporter is not None:
        for name in skipped(config):
            reporter.write_line(f"FAILED by being skipped: {name}", red=True)


def skipped(config: pytest.Config) -> list[str]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return [] if reporter is None else [r.nodeid for r in reporter.stats.get("skipped", [])]
