"""Names of a Flee folder as short ids and country codes of a scenario."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from borderflow.scenario.select import fold

CODES = {
    "afghanistan": "AFG", "albania": "ALB", "angola": "AGO", "argentina": "ARG", "armenia": "ARM",
    "azerbaijan": "AZE", "bangladesh": "BGD", "belarus": "BLR", "benin": "BEN", "bolivia": "BOL",
    "brazil": "BRA", "bulgaria": "BGR", "burkina faso": "BFA", "burundi": "BDI",
    "cameroon": "CMR", "car": "CAF", "central african republic": "CAF", "chad": "TCD",
    "chile": "CHL", "colombia": "COL", "congo": "COG", "costa rica": "CRI", "cote d'ivoire": "CIV",
    "djibouti": "DJI", "drc": "COD", "drcongo": "COD", "dr congo": "COD",
    "democratic republic of the congo": "COD", "ecuador": "ECU", "egypt": "EGY", "eritrea": "ERI",
    "ethiopia": "ETH", "georgia": "GEO", "ghana": "GHA", "guatemala": "GTM", "guinea": "GIN",
    "guyana": "GUY", "haiti": "HTI", "honduras": "HND", "hungary": "HUN", "india": "IND",
    "iran": "IRN", "iraq": "IRQ", "israel": "ISR", "ivory coast": "CIV", "jordan": "JOR",
    "kenya": "KEN", "lebanon": "LBN", "liberia": "LBR", "libya": "LBY", "malawi": "MWI",
    "mali": "MLI", "mauritania": "MRT", "mexico": "MEX", "moldova": "MDA", "mozambique": "MOZ",
    "myanmar": "MMR", "nicaragua": "NIC", "niger": "NER", "nigeria": "NGA", "pakistan": "PAK",
    "panama": "PAN", "peru": "PER", "poland": "POL", "rc": "COG", "republic of congo": "COG",
    "republic of the congo": "COG", "romania": "ROU", "russia": "RUS", "rwanda": "RWA",
    "saudi arabia": "SAU", "senegal": "SEN", "sierra leone": "SLE", "slovakia": "SVK",
    "somalia": "SOM", "south africa": "ZAF", "south sudan": "SSD", "sudan": "SDN", "syria": "SYR",
    "tajikistan": "TJK", "tanzania": "TZA", "thailand": "THA", "togo": "TGO",
    "trinidad and tobago": "TTO", "tunisia": "TUN", "turkey": "TUR", "turkmenistan": "TKM",
    "uganda": "UGA", "ukraine": "UKR", "uzbekistan": "UZB", "venezuela": "VEN", "yemen": "YEM",
    "zambia": "ZMB", "zimbabwe": "ZWE",
}  # fmt: skip
"""ISO 3166 alpha-3 codes of countries under the names that conflict folders use."""


def country_codes(names: Iterable[str]) -> dict[str, str]:
    """A code for each country's name; those not known get a code that ISO leaves to its users.

    Examples
    --------
    >>> country_codes(["South_Sudan", "Nowhere"])
    {'South_Sudan': 'SSD', 'Nowhere': 'XAA'}
    """
    codes: dict[str, str] = {}
    own = 0
    for name in dict.fromkeys(names):
        code = CODES.get(name.casefold().replace("_", " ").strip())
        if code is None or code in codes.values():
            code = f"X{chr(65 + own // 26)}{chr(65 + own % 26)}"
            own += 1
        codes[name] = code
    return codes


def place_ids(names: Iterable[str]) -> dict[str, str]:
    """A short id for each place's name, all different.

    Examples
    --------
    >>> place_ids(["Fassala-Mbera", "Gao", "gao"])
    {'Fassala-Mbera': 'fassala_mbera', 'Gao': 'gao', 'gao': 'gao.2'}
    """
    ids: dict[str, str] = {}
    taken = {"all"}  # which means every place
    for name in names:
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        base = re.sub(r"[^a-z0-9]+", "_", plain.casefold()).strip("_") or "place"
        id_, n = base, 2
        while id_ in taken:
            id_, n = f"{base}.{n}", n + 1
        taken.add(id_)
        ids[name] = id_
    return ids


def display_names(names: Iterable[str]) -> dict[str, str]:
    """A name of its own for each place, where Flee's differ in capitals or white space alone.

    Examples
    --------
    >>> display_names(["Hub", "hub"])
    {'Hub': 'Hub', 'hub': 'hub (2)'}
    """
    shown: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        own, n = name, 2
        while fold(own) in taken:
            own, n = f"{name} ({n})", n + 1
        taken.add(fold(own))
        shown[name] = own
    return shown
