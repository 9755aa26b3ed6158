"""What the most frequent command must not load."""

import subprocess
import sys


def test_fetching_loads_neither_scikit_learn_nor_pandas() -> None:
    script = "import sys, framewire.workflow.run, framewire.workflow.feeds; print({'sklearn', 'pandas', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
