// The view document: what the page knows of one run. src/borderflow/web/view.py is the same in
// Python (a test compares the names). Numbers have three significant digits.
//
// null stands for a cell of 1 to 9 people (suppressed), or for what is not known. Words that are
// not names of the scenario are ids, for the page to translate.

export type Num = number | null;
/** One number per day of `dates`; 0 means 0 on all of them. */
export type Series = 0 | Num[];
/** q10, q25, q50, q75, q90 of the members; 0 means 0 throughout. */
export type Band = 0 | [Series, Series, Series, Series, Series];
/** q10, q25, q50, q75, q90. */
export type Five = [Num, Num, Num, Num, Num];
/** q10, q50, q90. */
export type Three = [Num, Num, Num];

/** How far a number comes from reports, and how far from assumptions. */
export type Mark = "learned" | "partly" | "assumed";

/** What a report file inlines: the first run is the main one, the others are to compare with. */
export interface Page {
  format: 1;
  runs: View[];
}

export interface View {
  format: 1;
  head: Head;
  /** Shown local days of the scenario, YYYY-MM-DD. */
  dates: string[];
  /** Beginnings of the shown steps, UTC, YYYY-MM-DDTHH:MMZ. */
  times: string[];
  headlines: Headline[];
  countries: Country[];
  places: Place[];
  posts: Post[];
  flows: Flow[];
  groups: Group[];
  pairs: Pair[];
  totals: Totals;
  fares: Fare[];
  measures: Measure[];
  reports: Report[];
  policies: Policy[];
  drivers: Driver[];
}

export interface Head {
  kind: "run" | "forecast" | "what_if";
  scenario: string;
  scenario_hash: string;
  name: string;
  description: string;
  start: string;
  end: string;
  timezone: string;
  step_hours: number;
  currency: string;
  nationality: string;
  origin_countries: string[];
  /** Last day whose facts were used; null where nothing was held back. */
  as_of: string | null;
  data_cut_off: string;
  /** Of a forecast: the day it was made for, and its last day. */
  origin_date: string | null;
  seed: number;
  members: number;
  /** Too few members for the bands to be more than rough. */
  rough: boolean;
  /** How far quantiles may be from those of the members, as a share; 0 where they are exact. */
  quantile_error: number;
  digest: string;
  version: string;
  /** Cells of 1 to 9 people are shown (an explicit flag of the run). */
  small_cells: boolean;
  /** Ids of policies left out, and files or ids of policies added. */
  without: string[];
  with: string[];
  /** Added reports by which the members are weighed; `members` is how many count in effect. */
  heard: number;
}

export interface Headline {
  id: "entries_above_ordinary" | "present_above_ordinary" | "longest_queue";
  /** Of the whole shown period; present: at its end. */
  values: Five;
  /** Up to the end of each day: entries since the start; present and queue of the day. */
  days: Band;
  mark: Mark;
  /** Post of the longest queue, and day of its peak (median of the members). */
  post: string | null;
  date: string | null;
}

export interface Country {
  /** ISO 3166 alpha-3. */
  id: string;
  name: string;
  /** Alpha-2, for Intl.DisplayNames; null where there is none. */
  iso2: string | null;
  /** People leave from here. */
  origin: boolean;
  mark: Mark;
  /** Crossings into it (flow, people a day): above ordinary, and all citizens. */
  entries_above: Band;
  entries_citizens: Band;
  /** Crossings out of it, in any direction. */
  exits_above: Band;
  exits_citizens: Band;
  /** People staying at the end of the day (stock), above ordinary; median by group. */
  present: Band;
  present_groups: Series[];
  /** People on their way here because of the shock (stock). */
  in_transit: Band;
  /** Refused by its officers, by week. */
  refusals: { week: string; days: number; values: Three }[];
  /** The same for the whole shown period. */
  total_entries_above: Five;
  total_entries_citizens: Five;
  present_end: Five;
}

export interface Place {
  id: string;
  name: string;
  country: string;
  /** Another state that controls the place. */
  controlled_by: string | null;
  type: "settlement" | "hub" | "airport" | "station" | "post" | "destination" | "camp";
  lat: number;
  lon: number;
  /** People above ordinary staying at the end of the day; null where nobody travels to as an end. */
  present: Band | null;
}

/** A border crossing point with what waits there on the way out. */
export interface Post {
  /** Id of its place. */
  id: string;
  name: string;
  /** Before the exit checkpoint; between the two; before an entry checkpoint that stands alone. */
  exit: Queue | null;
  neutral: Queue | null;
  entry: Queue | null;
  /** Crossings outward through it (flow, people a day). */
  entries_above: Band;
  entries_citizens: Band;
  total_entries_above: Five;
}

export interface Queue {
  /** Country whose officers work there. */
  country: string;
  /** Highest of the day: people, cars and buses, hours from joining to passing. */
  people: Band;
  vehicles: Band;
  wait_hours: Band;
  /** Median number of people at the end of each step of `times`; 0: none at any time. */
  steps: 0 | Num[];
}

/** A flow over a border, on one way: an airport or post, from one country into another. */
export interface Flow {
  id: string;
  /** Place where it is counted. */
  place: string;
  name: string;
  from: string;
  to: string;
  mode: "air" | "rail" | "ferry" | "land";
  /** Out of the countries that people leave, back into them, or on from one host to another. */
  direction: "out" | "back" | "onward";
  /** Line on the map: [lon, lat] of where it comes from, the post (land), where it goes. */
  path: [number, number][];
  above: Band;
  citizens: Band;
  total_above: Five;
}

export interface Group {
  /** Name in the scenario. */
  name: string;
  ordinary: boolean;
  /** Citizens of the country whose crossings are counted. */
  subject: boolean;
}

/** Who went from one country to another, by group and mode: country level, never regions. */
export interface Pair {
  from: string;
  to: string;
  /** null: all modes together. */
  mode: Flow["mode"] | null;
  /** Position in `groups`; null: all groups that left because of the shock together. */
  group: number | null;
  total: Three;
  /** Median of each day. */
  days: Series;
}

export interface Totals {
  /** People who left home because of the shock (flow). */
  departures: Band;
  /** Family members left behind (stock). */
  left_behind: Band;
  /** Did not join a queue, or left it (flow). */
  gave_up: Band;
}

/** Scheduled service abroad: fare over the ordinary one, and the share of the day's seats sold. */
export interface Fare {
  id: string;
  from: string;
  to: string;
  seats_day: number;
  /** Ordinary fare in `head.currency`. */
  ordinary: number;
  fare: [Series, Series, Series];
  sold: Series;
}

/** A reported quantity that no other chart counts: what reports of each day would have said. */
export interface Measure {
  /** As in the reports that belong to it. */
  quantity: string;
  place: string;
  unit: string;
  /** Country, post or place ids among whose charts it is shown. */
  at: string[];
  days: Band;
}

export interface Report {
  id: string;
  place: string;
  quantity: string;
  unit: string;
  value: number;
  low: number | null;
  high: number | null;
  start: string;
  end: string;
  publisher: string;
  url: string;
  published: string;
  known_from: string;
  text: string;
  confidence: string;
  derived_from: string;
  /** What the scenario makes of it: report (compared), prior or driver (a number rests on it)... */
  role: string;
  /** What it would have said of the members; null where it is not compared. */
  simulated: Five | null;
  /** What was reported overlaps the 80 % band. */
  inside: boolean | null;
  /** Series that it belongs to, and where: country, post or place ids. */
  series: Where["series"] | null;
  at: string[];
  /** Number comparable with a day of that series: of a sum over several shown days, their mean. */
  per_day: number | null;
  /** Why it is a dot on no chart: not all of its days are shown, or no chart counts the same. */
  uncharted: "outside" | "unlike" | null;
}

export interface Where {
  series:
    | "entries_citizens"
    | "entries_all"
    | "exits_citizens"
    | "present"
    | "queue_vehicles"
    | "queue_km"
    | "wait_hours"
    | "fare"
    | "detained"
    | "search_interest";
}

export interface Policy {
  id: string;
  kind: string;
  place: string;
  applies_to: string;
  announced: string | null;
  known_from: string;
  from: string;
  until: string | null;
  status: string;
  text: string;
  url: string;
  confidence: string;
  /** Ids of the places and countries it concerns, as far as they are known. */
  at: string[];
  /** It changes something in the model within the shown days. */
  acts: boolean;
  /** It can be switched off in a what-if. */
  switchable: boolean;
  /** It was added in this run. */
  added: boolean;
}

export interface Driver {
  /** Name in the scenario: decree, rumour, fear ... */
  id: string;
  assumed: boolean;
  /** Level of each day over its highest; the highest over places and cohorts. */
  level: Series;
  parts: {
    id: string;
    place: string;
    applies_to: string;
    from: string;
    until: string | null;
    policy: string | null;
    assumed: boolean;
    source: string;
    text: string;
  }[];
}

// ---- what the server says besides ------------------------------------------------------------

/** GET /api/runs */
export interface Listing {
  version: string;
  runs: RunItem[];
  rules: RuleKind[];
  /** Most members a what-if may have, and how many jobs may run at once. */
  max_members: number;
  max_jobs: number;
}

export interface RunItem {
  id: string;
  name: string;
  kind: Head["kind"];
  scenario: string;
  as_of: string | null;
  seed: number;
  /** Members of the view that can be had now (0: none yet), and once the base has run. */
  members: number;
  wanted: number;
  /** Added reports by which its members are weighed. */
  heard: number;
  ready: boolean;
  /** Job that is simulating it, if one is. */
  job: string | null;
  /** A what-if can start from it. */
  can_ask: boolean;
}

/** A rule that can be added, and what it needs. */
export interface RuleKind {
  id: "lanes" | "hours" | "staff" | "foot_allowed" | "bus" | "train" | "documents" | "open" | "close";
  /** Where it can be set: at a post, or at a country. */
  at: "post" | "country";
  fields: RuleField[];
}

export interface RuleField {
  id: string;
  type: "number" | "integer" | "date" | "hours" | "choice";
  required: boolean;
  minimum: number | null;
  maximum: number | null;
  choices: string[];
}

/** POST /api/jobs */
export interface WhatIf {
  run: string;
  members?: number;
  /** Policies to switch off. */
  without?: string[];
  /** Policies with other dates. */
  moved?: { id: string; from: string; until?: string | null }[];
  added?: AddedRule[];
  reports?: AddedReport[];
}

export interface AddedRule {
  kind: RuleKind["id"];
  /** Post or country. */
  at: string;
  from: string;
  until?: string | null;
  /** Fields of the kinds that need them: how many times as many lanes or officers ... */
  factor?: number;
  /** Seats a day of a bus or train from the queue. */
  seats_day?: number;
  /** Opening hours, HH:MM; close may be 24:00. */
  open?: string;
  close?: string;
  /** Best document of those who may no longer enter. */
  document?: string;
}

export interface AddedReport {
  place: string;
  quantity: string;
  value: number;
  unit: string;
  start: string;
  end?: string;
  source: string;
}

/** Answer to POST /api/jobs, and GET /api/jobs/{id}. */
export interface Job {
  id: string;
  run: string;
  status: "running" | "done" | "failed" | "cancelled";
  stage: "preparing" | "base" | "variant" | "summarising";
  done: number;
  total: number;
  /** Members of the newest estimate; 0: none yet. */
  estimate: number;
  /** Run of the variant, for GET /api/runs/{id}/view, once it is done. */
  result: string | null;
  error: string | null;
}

/** The paired difference: GET /api/jobs/{id}/result, and `estimate` and `done` events. */
export interface Difference {
  format: 1;
  base: { run: string; digest: string };
  other: { run: string; digest: string };
  members: number;
  seed: number;
  changes: WhatIf;
  caveat: "within_model";
  changes_nothing: boolean;
  /** How the added reports weigh the members; null where none of them can be compared. */
  weighed: Weighed | null;
  dates: string[];
  rows: DifferenceRow[];
  /** Median difference of each flow by day, above ordinary. */
  flows: { id: string; days: Series; total: Three }[];
  /** The added reports beside what both arms would have said; all members, unless reports alone. */
  reports: { report: AddedReport; base: Five | null; other: Five | null; note: string }[];
  /** Positions in `rows`: whole-period rows where load grows and shrinks most. */
  more: number[];
  less: number[];
}

export interface Weighed {
  /** Reports that could be compared, members that were weighed, and how many count in effect. */
  reports: number;
  members: number;
  effective: number;
  /** Power of the likelihood: below 1 where it would have left too few members. */
  power: number;
  /** Nothing but reports was asked: base is without them, other with them, and nothing is paired. */
  alone: boolean;
}

export interface DifferenceRow {
  what:
    | "entries_above_ordinary"
    | "entries"
    | "queue_people_exit"
    | "queue_people_entry"
    | "wait_hours_exit"
    | "wait_hours_entry"
    | "present"
    | "refusals"
    | "departures"
    | "left_behind";
  /** Country or post; null: all origins together. */
  at: string | null;
  country: string | null;
  /** Days or Mondays (refusals) that the series stand for. */
  dates: "days" | "weeks";
  /** Whole period (highest, for queues and waits; last day, for stocks): medians, and q10 q50 q90. */
  base: Num;
  other: Num;
  diff: Three;
  base_days: Series;
  other_days: Series;
  diff_days: [Series, Series, Series];
  /** Where reports weigh the members: the bands of both arms, and `diff` without the reports. */
  ranges: [Three, Three] | null;
  ranges_days: [[Series, Series, Series], [Series, Series, Series]] | null;
  unweighed: Three | null;
}
