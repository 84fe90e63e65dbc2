"""The folder of a hindcast: a forecast's own folder per origin, and the scores."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from borderflow import forecast
from borderflow.forecast import Forecast, hub
from borderflow.hindcast.make import Hindcast
from borderflow.output import write_manifest

KIND = "hindcast"
SCORES = "scores.json"


def add(found: Forecast, folder: Path) -> None:
    """Keep the forecast of one origin, in a folder named by its date.

    Parameters
    ----------
    found : Forecast
        The forecast.
    folder : Path
        The folder of the hindcast.
    """
    own = folder / found.as_of.isoformat()
    own.mkdir()
    hub.write(found, own)
    forecast.write(found, own)


def finish(found: Hindcast, folder: Path) -> None:
    """Write the scores, and what the folder holds.

    Parameters
    ----------
    found : Hindcast
        The forecasts beside what came.
    folder : Path
        The folder of the hindcast.
    """
    says = found.document()
    text = json.dumps(says, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / SCORES).write_text(text + "\n", encoding="utf-8")
    days = [one.origin_date.isoformat() for one in found.found]
    files = {f"{day}/": "a forecast, as borderflow score reads it" for day in days}
    files[SCORES] = "what --json prints: every scored report, and what they come to"
    head = {name: says[name] for name in ("scenario", "horizon", "seed", "label", "origins")}
    parts = "\0".join(f"{one.origin_date.isoformat()}\0{one.digest}" for one in found.found)
    digest = hashlib.sha256(parts.encode()).hexdigest()
    write_manifest(folder, {"kind": KIND, **head, "digest": digest, "files": files})
