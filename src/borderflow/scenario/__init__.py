"""The description of a situation: reading, checking, selecting from and editing it."""

from borderflow.scenario.check import CHECKS, check, check_folder
from borderflow.scenario.edit import Change, diff, until, with_numbers, with_policies, without
from borderflow.scenario.fields import FILES, Field, Quantity, fields, kinds, quantities
from borderflow.scenario.finding import Finding
from borderflow.scenario.model import (
    Checkpoint,
    Cohort,
    Countries,
    Driver,
    Group,
    Link,
    Parameter,
    Place,
    Policy,
    Prospect,
    Report,
    Row,
    Scenario,
    Source,
    Traffic,
    Use,
    Where,
)
from borderflow.scenario.read import read, read_reports
from borderflow.scenario.select import (
    NotFoundError,
    pair,
    resolve,
    select_areas,
    select_cohorts,
    select_places,
)
from borderflow.scenario.whatif import read_rules
from borderflow.scenario.write import contents, write

__all__ = [
    "CHECKS",
    "FILES",
    "Change",
    "Checkpoint",
    "Cohort",
    "Countries",
    "Driver",
    "Field",
    "Finding",
    "Group",
    "Link",
    "NotFoundError",
    "Parameter",
    "Place",
    "Policy",
    "Prospect",
    "Quantity",
    "Report",
    "Row",
    "Scenario",
    "Source",
    "Traffic",
    "Use",
    "Where",
    "check",
    "check_folder",
    "contents",
    "diff",
    "fields",
    "kinds",
    "pair",
    "quantities",
    "read",
    "read_reports",
    "read_rules",
    "resolve",
    "select_areas",
    "select_cohorts",
    "select_places",
    "until",
    "with_numbers",
    "with_policies",
    "without",
    "write",
]
