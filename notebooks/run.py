"""Runs the notebooks on `demo/` and keeps what they show in the .ipynb files beside them: `make notebooks`."""

import sys
from pathlib import Path
from typing import Any

import jupytext
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
SECONDS = 600
# What shows itself as HTML needs no long plain form.
MAX_PLAIN = 2000


def run_notebook(path: Path, folder: Path) -> Any:
    """The notebook of a .py file with what it shows, run in a folder that holds `demo/`; nothing tells where or when."""
    notebook = jupytext.read(path)
    NotebookClient(
        notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    for number, cell in enumerate(notebook.cells):
        cell.metadata, cell.id = {}, f"cell-{number}"
        for output in cell.get("outputs", ()):
            if "text/html" in output.get("data", {}):
                output["data"]["text/plain"] = output["data"]["text/plain"][:MAX_PLAIN]
    return notebook


def main(folder: Path) -> None:
    """Writes each notebook anew."""
    for path in sorted(HERE.glob("[0-9]*.py")):
        print(path.stem, flush=True)
        jupytext.write(run_notebook(path, folder), path.with_suffix(".ipynb"))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve())
