"""The folder that a comparison leaves: its rows as tables, and a manifest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from borderflow.comparison.cells import WHATS
from borderflow.output import write_manifest, write_table

if TYPE_CHECKING:
    from borderflow.comparison.comparison import Comparison

NAME = "comparison"


def write(found: Comparison, folder: Path) -> None:
    """Write a comparison into a folder that is there and empty.

    Parameters
    ----------
    found : Comparison
        Both arms.
    folder : Path
        Where to write.
    """
    import pyarrow as pa

    says = found.document()
    rows = [{**row, "suppressed": "suppressed" in row} for row in says.pop("rows")]
    write_table(pa.Table.from_pylist(rows), folder / NAME)
    text = "one row per quantity, location and date: medians of both arms, paired difference"
    files = {f"{NAME}.{kind}": text for kind in ("csv", "parquet")}
    write_manifest(folder, {**says, "quantities": WHATS, "files": files})
