"""The folder that a run leaves: labelled arrays, tidy tables, quantiles beside them, a manifest."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from borderflow.arrays import FLOWS
from borderflow.document import BORDERS, COUNTING, LISTS, STATEMENT, cut_off
from borderflow.results import labelled, tidy
from borderflow.results import quantiles as q
from borderflow.results.tables import TABLES, Table
from borderflow.runfolder import MANIFEST, PROGRAM, code
from borderflow.wholefile import Patient, write_json

if TYPE_CHECKING:
    import pyarrow as pa

    from borderflow.results import Results
    from borderflow.structure import Field

NO_MOMENT = -(2**62)
"""Stands for a moment that is missing."""

PACKAGES = ("numpy", "numba", "pandas", "xarray", "h5netcdf", "pyarrow")


def full_size(results: Results) -> int:
    """Bytes of every array of every member, as ``--full`` writes them before compression.

    Parameters
    ----------
    results : Results
        A run.
    """
    return sum(array.nbytes for array in results.arrays.values())


def write(
    results: Results,
    folder: Path,
    *,
    full: bool = False,
    changes: dict[str, Any] | None = None,
    beside: Mapping[str, tuple[str, str]] | None = None,
) -> None:
    """Write everything into a folder that is there and empty.

    Parameters
    ----------
    results : Results
        A run.
    folder : Path
        Where to write.
    full : bool, optional
        Every array as well, one file per member.
    changes : dict, optional
        What the manifest says of how the scenario was changed.
    beside : mapping, optional
        More files: what each is, and its text, by name.
    """
    files: dict[str, str] = {}
    if not results.counted:
        _netcdf(results, folder / "results.nc")
        files["results.nc"] = "every series with names along its axes, member by member (NetCDF)"
    for name in () if results.counted else tidy.VARIABLES:
        if _tidy(results, name, folder):
            text = TABLES[name].text if name in TABLES else labelled.VARIABLES[name].text
            files |= {
                f"{name}.{kind}": f"one row per member and cell that is not 0: {text}"
                for kind in ("csv", "parquet")
            }
    for name in LISTS:
        table = results.summary(name)
        stem = name if name == "reports" else f"{name}-quantiles"
        write_table(_arrow(table), folder / stem)
        files |= {f"{stem}.{kind}": table.kind.text for kind in ("csv", "parquet")}
    if full:
        (folder / "full").mkdir()
        for position, number in enumerate(results.ensemble.members):
            _member(results, position, folder / "full" / f"member-{number:05d}.nc")
        files["full/"] = "every array of each member, the unshown first days included (NetCDF)"
    for name, (says, text) in (beside or {}).items():
        (folder / name).write_text(text, encoding="utf-8")
        files[name] = says
    manifest = {**_manifest(results), "full": full, "changes": changes or {}, "files": files}
    write_manifest(folder, manifest)


def write_manifest(folder: Path, says: dict[str, Any]) -> None:
    """Write what a folder holds and how it was made, under the name of the program.

    Parameters
    ----------
    folder : Path
        Where.
    says : dict
        Plain data.
    """
    manifest = {
        "program": PROGRAM,
        "version": version(PROGRAM),
        "code": code(),
        **says,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "dependencies": dict(_versions()),
    }
    write_json(folder / MANIFEST, manifest)


def _manifest(results: Results) -> dict[str, Any]:
    return {
        "statement": STATEMENT,
        "counting": COUNTING,
        "borders": BORDERS,
        "scenario": results.scenario.id,
        "scenario_name": results.scenario.name,
        "scenario_hash": results.scenario.hash,
        "as_of": results.as_of.isoformat() if results.as_of else None,
        "data_cut_off": cut_off(results).isoformat(),
        "seed": results.seed,
        "members": results.members,
        "member_numbers": _numbers(results),
        "failed": {str(number): reason for number, reason in results.ensemble.failed.items()},
        "rough": results.rough,
        "quantile_error": results.quantile_error,
        "digest": results.digest,
        "people": results.people,
        "small_cells": results.small_cells,
        "small_cells_note": (
            "cells of fewer than 10 people are shown"
            if results.small_cells
            else "cells of 1 to 9 people are blank (suppressed), in every file"
        ),
        "seconds": round(results.ensemble.seconds, 3),
    }


def _numbers(results: Results) -> list[int] | str:
    numbers = [int(number) for number in results.ensemble.members]
    return f"0 to {max(numbers)}, without those that failed" if results.counted else numbers


def _versions() -> Iterable[tuple[str, str]]:
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            yield name, version(name)


def _netcdf(results: Results, path: Path) -> None:
    """Write the labelled arrays a few members at a time, so that little is copied at once."""
    import h5netcdf
    import xarray as xr

    draws = results.ensemble.draws
    labels = xr.Dataset(coords=labelled.coordinates(results), attrs=labelled.attributes(results))
    if draws:
        values = np.stack(list(draws.values()), axis=1)
        said = {"description": "value that each member drew for each prior"}
        labels = labels.assign_coords(parameter=list(draws))
        labels = labels.assign(draws=(("member", "parameter"), values, said))
    with Patient(path) as raw:
        labels.to_netcdf(raw, engine="h5netcdf")
        with h5netcdf.File(raw, "a") as file:
            _series(results, file)


def _series(results: Results, file: Any) -> None:
    for name, variable in labelled.VARIABLES.items():
        one = variable.values(results, slice(0, 1))
        if one.size == 0:
            continue
        moments = one.dtype.kind == "M"
        made = file.create_variable(
            name,
            variable.dims,
            "int64" if moments else one.dtype,
            chunks=(1, *one.shape[1:]),
            compression="gzip",
            compression_opts=1,
            fillvalue=NO_MOMENT if moments else np.nan,
        )
        for key, text in variable.attrs.items():
            made.attrs[key] = text
        if moments:
            made.attrs["units"] = "seconds since 1970-01-01"
        step = max(1, tidy.CELLS // one.size)
        for first in range(0, results.members, step):
            values = variable.values(results, slice(first, first + step))
            if moments:
                seconds = values.astype("datetime64[s]").astype(np.int64)
                values = np.where(np.isnat(values), NO_MOMENT, seconds)
            made[first : first + step] = values


def _counts_people(field: Field) -> bool:
    """Whether small cells of an array are suppressed: as in results.nc, where it is in there."""
    known = labelled.VARIABLES.get(field.name)
    return field.unit == "people" if known is None else known.people


def _member(results: Results, position: int, path: Path) -> None:
    import xarray as xr

    found = {}
    for field in FLOWS:
        if field.name == "refused":
            continue  # refusals are given by country and week only: they are in results.nc
        array = results.arrays[field.name][position]
        if _counts_people(field) and not results.small_cells:
            array = np.where(q.small(array), np.nan, array)
        dims = tuple(f"{axis.strip()}" for axis in field.axes.split(","))
        found[field.name] = (dims, array, {"description": field.text, "units": field.unit or "1"})
    found["wait_hours"] = (
        ("T", "S"),
        results.arrays["wait_hours"][position],
        {"description": labelled.VARIABLES["wait_hours"].text, "units": "h"},
    )
    labels = results.labels
    coordinates = {
        "T": labels.step_start.astype("datetime64[ns]"),
        "Y": np.array(labels.days, dtype="datetime64[ns]"),
        "S": list(labels.checkpoints),
        "X": [crossing.id for crossing in labels.crossings],
        "G": [group.name for group in labels.groups],
        "D": [destination.place for destination in labels.destinations],
        "O": list(labels.origins),
        "F": list(labels.scheduled),
    }
    used = {dim for dims, array, _ in found.values() for dim in dims if np.size(array)}
    found = {name: value for name, value in found.items() if np.size(value[1])}
    data = xr.Dataset(
        found,
        coords={name: value for name, value in coordinates.items() if name in used},
        attrs={**labelled.attributes(results), "member": results.ensemble.members[position]},
    )
    encoding = {name: {"zlib": True, "complevel": 1} for name in found}
    with Patient(path) as raw:
        data.to_netcdf(raw, engine="h5netcdf", encoding=encoding)


def _arrow(table: Table) -> pa.Table:
    import pyarrow as pa

    columns = {name: pa.array(values) for name, values in table.columns.items()}
    for index, level in enumerate(table.names):
        values = np.round(table.values[:, index], 3)
        columns[level] = pa.array(values, mask=~np.isfinite(values))
    columns["suppressed"] = pa.array(table.suppressed)
    return pa.table(columns)


def write_table(table: pa.Table, stem: Path) -> None:
    """Write a table as CSV and as Parquet.

    Parameters
    ----------
    table : pyarrow.Table
        The table.
    stem : Path
        Where, without the endings.
    """
    import pyarrow.parquet as pq

    pq.write_table(table, stem.with_name(stem.name + ".parquet"))
    with stem.with_name(stem.name + ".csv").open("wb") as file:
        file.write((",".join(table.column_names) + "\n").encode())
        _csv(table, file)


def _csv(table: pa.Table, file: Any) -> None:
    import pyarrow as pa
    from pyarrow import csv

    plain = pa.table(
        {
            name: column.cast(column.type.value_type)
            if pa.types.is_dictionary(column.type)
            else column
            for name, column in zip(table.column_names, table.columns, strict=True)
        }
    )
    csv.write_csv(plain, file, csv.WriteOptions(include_header=False, quoting_style="needed"))


def _tidy(results: Results, name: str, folder: Path) -> bool:
    """Write a table member by member; False where it has no cells."""
    import pyarrow.parquet as pq

    if labelled.VARIABLES[next(iter(tidy.VARIABLES[name]))].values(results, slice(0, 1)).size == 0:
        return False
    writer = None
    try:
        with (folder / f"{name}.csv").open("wb") as file:
            for batch in tidy.batches(results, name):
                if writer is None:
                    writer = pq.ParquetWriter(folder / f"{name}.parquet", batch.schema)
                    file.write((",".join(batch.column_names) + "\n").encode())
                writer.write_table(batch)
                _csv(batch, file)
        if writer is not None:
            writer.close()
    except OSError:
        if writer is not None:
            writer.is_open = False  # on a full disk it would fail, and say so, once more at its end
        raise
    return True
