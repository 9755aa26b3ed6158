"""Runs the notebooks on `demo/` and keeps what they show in the .ipynb files beside them: `make notebooks`."""

import sys
from pathlib import Path
from typing import Any

import jupytext
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
SECONDS = 600


def run_notebook(path: Path, folder: Path) -> Any:
    """The notebook of a .py file with what it shows, run in a folder that holds `demo/`; nothing tells where or when."""
    notebook = jupytext.read(path)
    NotebookClient(notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    for number, cell in enumerate(notebook.cells):
        cell.metadata, cell.id = {}, f"cell-{number}"
    return notebook


def main(folder: Path) -> None:
    """Writes each notebook anew."""
    for path in sorted(HERE.glob("[0-9]*.py")):
        print(path.stem, flush=True)
        jupytext.write(run_notebook(path, folder), path.with_suffix(".ipynb"))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve())
