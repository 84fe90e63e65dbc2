/** The rules of a what-if: switches, dates that can be dragged, rules and reports to add. */
import { word } from "../chart/figure";
import { freshId, h } from "../dom";
import { day } from "../format";
import { country, nameOf, type Model } from "../model";
import type { Draft, Store } from "../store";
import type { AddedReport, AddedRule, Policy, RuleField, RuleKind } from "../view";
import { known, t, type Key } from "../words";
import { draftDays, isMoved, movable, moveTo, type Days } from "./moving";

type Change = (patch: Partial<Draft>) => void;

function changer(store: Store): Change {
  return (patch) => store.set({ draft: { ...store.state.draft, ...patch } });
}

interface DateSlider {
  element: HTMLElement;
  show: (date: string) => void;
}

/** A date that is dragged along the shown days, or moved with the arrow keys. */
function dateSlider(m: Model, label: string, date: string, onChange: (date: string) => void): DateSlider {
  const { dates } = m.view;
  const said = h("output", {});
  const say = (chosen: string): void => {
    said.textContent = day(chosen);
    slider.setAttribute("aria-valuetext", day(chosen));
  };
  const chosen = (): string => dates[Number(slider.value)] ?? date;
  const slider = h("input", {
    type: "range",
    min: 0,
    max: dates.length - 1,
    step: 1,
    "aria-label": label,
    oninput: () => say(chosen()),
    onchange: () => onChange(chosen()),
  });
  const show = (next: string): void => {
    slider.value = String(Math.max(0, dates.indexOf(next)));
    say(next);
  };
  show(date);
  return { element: h("label", { class: "date-slider" }, h("span", {}, label), slider, said), show };
}

interface RuleRow {
  element: HTMLElement;
  /** Show what the draft says now: somebody may have moved the rule elsewhere. */
  show: (draft: Draft) => void;
}

function rule(m: Model, store: Store, policy: Policy): RuleRow {
  const change = changer(store);
  const may = movable(m, policy);
  const days = (): Days => draftDays(store.state.draft, policy);
  const name = `${policy.place}: ${word("policy", policy.kind)}`;
  const box = h("input", {
    type: "checkbox",
    role: "switch",
    onchange: () => {
      const rest = store.state.draft.without.filter((id) => id !== policy.id);
      change({ without: box.checked ? rest : [...rest, policy.id] });
    },
  });
  const { from, until } = days();
  const first = may.from
    ? dateSlider(m, t("whatif.from"), from, (date) => moveTo(store, policy, { ...days(), from: date }))
    : null;
  const last =
    may.until && until
      ? dateSlider(m, t("whatif.until"), until, (date) => moveTo(store, policy, { ...days(), until: date }))
      : null;
  const summary = h("summary", {});
  const show = (draft: Draft): void => {
    const now = draftDays(draft, policy);
    box.checked = !draft.without.includes(policy.id);
    summary.textContent = `${day(now.from)} – ${now.until ? day(now.until) : "…"}${isMoved(draft, policy) ? ` · ${t("whatif.moved")}` : ""}`;
    first?.show(now.from);
    if (now.until) last?.show(now.until);
  };
  show(store.state.draft);
  const element = h(
    "li",
    { class: "rule", "data-policy": policy.id },
    h("label", { class: "switch" }, box, h("span", {}, name)),
    h(
      "details",
      {},
      summary,
      h("p", { class: "fine" }, policy.applies_to, ". ", policy.text),
      first?.element ?? h("p", { class: "fine" }, t("whatif.before")),
      last?.element,
    ),
  );
  return { element, show };
}

export function policyList(m: Model, store: Store): HTMLElement {
  const rows = m.view.policies.filter((policy) => policy.switchable).map((policy) => rule(m, store, policy));
  store.on(["draft"], ({ draft }) => rows.forEach((row) => row.show(draft)));
  return h("ul", { class: "rules" }, ...rows.map((row) => row.element));
}

function fieldLabel(field: RuleField): string {
  return known(`field.${field.id}`, field.id.replaceAll("_", " "));
}

function input(field: RuleField): HTMLInputElement | HTMLSelectElement {
  if (field.choices.length) {
    const select = h("select", { name: field.id });
    for (const choice of field.choices) {
      select.append(h("option", { value: choice }, known(`choice.${choice}`, choice.replaceAll("_", " "))));
    }
    return select;
  }
  const number = field.type === "number" || field.type === "integer";
  return h("input", {
    name: field.id,
    type: number ? "number" : field.type === "date" ? "date" : "text",
    min: field.minimum,
    max: field.maximum,
    step: field.type === "integer" ? 1 : number ? "any" : null,
    required: field.required,
    placeholder: field.type === "hours" ? "08:00" : null,
    pattern: field.type === "hours" ? "([01]\\d|2[0-3]):[0-5]\\d|24:00" : null,
  });
}

function labelled(text: string, control: HTMLElement): HTMLElement {
  return h("label", { class: "field" }, h("span", {}, text), control);
}

/** Posts and countries to choose from, those with most crossings first. */
function places(m: Model, at: RuleKind["at"] | "both"): (readonly [string, string])[] {
  const posts = [...m.view.posts]
    .sort((a, b) => (b.total_entries_above[2] ?? 0) - (a.total_entries_above[2] ?? 0))
    .map((post) => [post.id, post.name] as const);
  const lands = m.view.countries.filter((land) => !land.origin).map((land) => [land.id, country(m, land.id)] as const);
  return at === "post" ? posts : at === "country" ? lands : [...lands, ...posts];
}

function select(name: string, options: readonly (readonly [string, string])[]): HTMLSelectElement {
  const made = h("select", { name });
  for (const [value, text] of options) made.append(h("option", { value }, text));
  return made;
}

function dateInput(name: string, m: Model, required: boolean): HTMLInputElement {
  return h("input", { type: "date", name, min: m.view.head.start, max: m.view.head.end, required });
}

/** What a form holds, by name; empty fields are left out. */
function values(form: HTMLFormElement): Record<string, string> {
  const read: Record<string, string> = {};
  new FormData(form).forEach((value, name) => {
    if (typeof value === "string" && value !== "") read[name] = value;
  });
  return read;
}

/** Add a rule from the short list that the server knows. */
export function addRule(m: Model, store: Store, kinds: RuleKind[]): HTMLElement {
  const change = changer(store);
  const fields = h("div", { class: "fields" });
  const kind = select("kind", kinds.map((one) => [one.id, known(`rule.${one.id}`, one.id)] as const));
  const show = (): void => {
    const chosen = kinds.find((one) => one.id === kind.value);
    if (!chosen) return;
    const from = dateInput("from", m, true);
    from.value = m.view.dates[Math.floor((m.dayOf[store.state.step] ?? 0))] ?? "";
    fields.replaceChildren(
      labelled(t(chosen.at === "post" ? "post" : "country"), select("at", places(m, chosen.at))),
      ...chosen.fields.map((field) => labelled(fieldLabel(field), input(field))),
      labelled(t("whatif.from"), from),
      labelled(t("whatif.until"), dateInput("until", m, false)),
    );
  };
  kind.addEventListener("change", show);
  show();
  const form = h(
    "form",
    {
      class: "add",
      onsubmit: (event: Event) => {
        event.preventDefault();
        const read = values(form);
        const chosen = kinds.find((one) => one.id === read["kind"]);
        if (!chosen) return;
        const plain: AddedRule = { kind: chosen.id, at: read["at"] ?? "", from: read["from"] ?? "" };
        if (read["until"]) plain.until = read["until"];
        const own = chosen.fields.map((field) => {
          const value = read[field.id];
          return [field.id, field.type === "number" || field.type === "integer" ? Number(value) : value];
        });
        const added: AddedRule = { ...Object.fromEntries(own), ...plain };
        change({ added: [...store.state.draft.added, added] });
      },
    },
    labelled(t("whatif.rule"), kind),
    fields,
    h("button", { type: "submit" }, t("whatif.add")),
  );
  return form;
}

/** What a report can say of the model, and in which unit. */
const QUANTITIES: readonly (readonly [string, string])[] = [
  ["queue_vehicles", "vehicles"],
  ["queue_persons", "persons"],
  ["queue_km", "km"],
  ["wait_hours", "hours"],
  ["entries_all", "persons/day"],
  ["cumulative_entries", "persons"],
  ["exits_from_host_all", "persons/day"],
  ["present", "persons"],
];

/** Add a report: what somebody saw, where, when, and who says so. */
export function addReport(m: Model, store: Store): HTMLElement {
  const change = changer(store);
  const seen = m.view.reports.filter((report) => /^entries_\w+_citizens$/.test(report.quantity));
  const units = new Map([...QUANTITIES, ...seen.map((report) => [report.quantity, "persons/day"] as const)]);
  const start = dateInput("start", m, true);
  start.value = m.view.dates[m.dayOf[store.state.step] ?? 0] ?? "";
  const hint = freshId("unit");
  const quantity = select("quantity", [...units.keys()].map((id) => [id, word("quantity", id)] as const));
  const unit = h("span", { id: hint }, units.get(quantity.value) ?? "");
  quantity.addEventListener("change", () => (unit.textContent = units.get(quantity.value) ?? ""));
  const form = h(
    "form",
    {
      class: "add",
      onsubmit: (event: Event) => {
        event.preventDefault();
        const read = values(form);
        const report: AddedReport = {
          place: read["place"] ?? "",
          quantity: read["quantity"] ?? "",
          value: Number(read["value"]),
          unit: units.get(read["quantity"] ?? "") ?? "",
          start: read["start"] ?? "",
          source: read["source"] ?? "",
        };
        change({ reports: [...store.state.draft.reports, report] });
      },
    },
    labelled(t("whatif.place"), select("place", places(m, "both"))),
    labelled(t("whatif.quantity"), quantity),
    labelled(t("whatif.value"), h("input", { type: "number", name: "value", min: 0, step: "any", required: true, "aria-describedby": hint })),
    h("p", { class: "fine" }, unit),
    labelled(t("date"), start),
    labelled(t("whatif.source"), h("input", { type: "text", name: "source", required: true, maxlength: 200 })),
    h("button", { type: "submit" }, t("whatif.add_report")),
  );
  return form;
}

/** What has been added so far, each with a button that takes it away. */
export function addedList(m: Model, store: Store): HTMLElement {
  const change = changer(store);
  const { draft } = store.state;
  const line = (text: string, remove: () => void): HTMLElement =>
    h("li", {}, text, " ", h("button", { type: "button", onclick: remove, "aria-label": `${t("whatif.remove")}: ${text}` }, t("whatif.remove")));
  const rest = (rule: AddedRule): string =>
    Object.entries(rule)
      .filter(([name]) => !["kind", "at", "from", "until"].includes(name))
      .map(([name, value]) => `${known(`field.${name}` as Key, name.replaceAll("_", " "))} ${String(value)}`)
      .join(", ");
  return h(
    "ul",
    { class: "added" },
    ...draft.added.map((rule) =>
      line(
        `${nameOf(m, rule.at)}: ${known(`rule.${rule.kind}`, rule.kind)} ${rest(rule)} (${day(rule.from)} – ${rule.until ? day(rule.until) : "…"})`,
        () => change({ added: store.state.draft.added.filter((one) => one !== rule) }),
      ),
    ),
    ...draft.reports.map((report) =>
      line(
        `${nameOf(m, report.place)}: ${word("quantity", report.quantity)} ${report.value} ${report.unit}, ${day(report.start)} (${report.source})`,
        () => change({ reports: store.state.draft.reports.filter((one) => one !== report) }),
      ),
    ),
  );
}
