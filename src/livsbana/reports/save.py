"""Write one figure as SVG and PNG, the same bytes every time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from matplotlib import style
from matplotlib.figure import Figure

from livsbana.errors import InputError
from livsbana.reports.figure import STYLE


def save_figure(draw: Callable[[], Figure], folder: Path) -> tuple[Path, Path]:
    """Draw in the project's style and write ``figure.svg`` and ``figure.png`` to a folder.

    Raises
    ------
    InputError
        If the folder cannot be made or written to.
    """
    svg, png = folder / "figure.svg", folder / "figure.png"
    with style.context(["default", STYLE]):
        figure = draw()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            figure.savefig(svg, format="svg", metadata={"Date": None})
            figure.savefig(png, format="png", metadata={"Software": None})
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", str(folder)) from None
    return svg, png
