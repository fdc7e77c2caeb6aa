"""Set the project up and become the demo. The launcher `./demo` starts this."""

import os
import sys

from bootstrap import ROOT, environment, prepare

LOCK = "requirements.lock"

if __name__ == "__main__":
    tools = prepare(LOCK)
    # The story is told from tests/demo_story; -P keeps the folder one stands in out of the way.
    command = [str(tools / "python"), "-P", "-m", "tests.demo_story", *sys.argv[1:]]
    os.execve(command[0], command, {**environment(tools), "PYTHONPATH": str(ROOT)})
