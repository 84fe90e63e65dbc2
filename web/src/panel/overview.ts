/** Top-ten tables: countries, posts, queues, ways and fares, with a button that selects each. */
import { csv, download, type Cell } from "../chart/save";
import { provenance } from "../chart/charts";
import { h } from "../dom";
import { count, day, estimate, hours, shortDay } from "../format";
import { country, nameOf, type Model } from "../model";
import { highest, median, peak } from "../series";
import type { Selection, Store } from "../store";
import type { Five, Three } from "../view";
import { t } from "../words";

interface Row {
  select: Selection | null;
  name: string;
  cells: Cell[];
  /** As shown, where it differs from the plain value. */
  shown: string[];
}

const TOP = 10;

export function range(values: Five | Three): { cells: Cell[]; shown: string[] } {
  const { middle, range } = estimate(values);
  const [low, mid, high] = values.length === 5 ? [values[0], values[2], values[4]] : values;
  return { cells: [mid, low, high], shown: [middle, range] };
}

export function topTable(
  m: Model,
  store: Store | null,
  title: string,
  columns: string[],
  saved: string[],
  rows: Row[],
): HTMLElement {
  const name = `${provenance(m).stem}_${title.replace(/[^\p{L}\p{N}]+/gu, "-")}.csv`;
  return h(
    "section",
    { class: "top-table" },
    h("h3", {}, title),
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": title },
      h(
        "table",
        {},
        h("thead", {}, h("tr", {}, ...columns.map((column) => h("th", { scope: "col" }, column)))),
        h(
          "tbody",
          {},
          ...rows.map((row) => {
            const { select } = row;
            return h(
              "tr",
              {},
              h(
                "th",
                { scope: "row" },
                select && store
                  ? h("button", { type: "button", class: "name", onclick: () => store.set({ selection: select, tab: "details" }) }, row.name)
                  : row.name,
              ),
              ...row.shown.map((value) => h("td", {}, value)),
            );
          }),
        ),
      ),
    ),
    h(
      "div",
      { class: "actions" },
      h(
        "button",
        {
          type: "button",
          "aria-label": t("save.as", { kind: "CSV", title }),
          onclick: () =>
            download(name, "text/csv;charset=utf-8", `\ufeff${csv({ title, columns: saved, rows: rows.map((row) => [row.name, ...row.cells]) })}`),
        },
        "CSV",
      ),
    ),
  );
}

export function overview(m: Model, store: Store): HTMLElement {
  const countries = m.view.countries.filter((land) => !land.origin);
  const byEntries = [...countries].sort((a, b) => (b.total_entries_above[2] ?? 0) - (a.total_entries_above[2] ?? 0));
  const byPresent = [...countries].sort((a, b) => (b.present_end[2] ?? 0) - (a.present_end[2] ?? 0));
  const posts = [...m.view.posts].sort((a, b) => (b.total_entries_above[2] ?? 0) - (a.total_entries_above[2] ?? 0));
  const queues = m.view.posts
    .flatMap((post) =>
      (["exit", "neutral", "entry"] as const).flatMap((side) => {
        const queue = post[side];
        return queue ? [{ post, side, queue, most: highest(median(queue.people)) }] : [];
      }),
    )
    .filter((one) => one.most > 0)
    .sort((a, b) => b.most - a.most);
  const flows = m.view.flows
    .filter((flow) => flow.direction !== "back")
    .sort((a, b) => (b.total_above[2] ?? 0) - (a.total_above[2] ?? 0));
  const saved = [t("name"), "q50", "q10", "q90"];
  const columns = [t("median"), t("band.80")];
  const fares = [...m.view.fares].sort((a, b) => highest(b.fare[1]) - highest(a.fare[1]));
  return h(
    "div",
    { class: "overview" },
    topTable(m, store, t("top.countries"), [t("country"), ...columns], saved,
      byEntries.slice(0, TOP).map((land) => ({
        select: { kind: "country", id: land.id },
        name: country(m, land.id),
        ...range(land.total_entries_above),
      }))),
    topTable(m, store, t("top.present", { date: day(m.view.head.end) }), [t("country"), ...columns], saved,
      byPresent.slice(0, TOP).map((land) => ({
        select: { kind: "country", id: land.id },
        name: country(m, land.id),
        ...range(land.present_end),
      }))),
    topTable(m, store, t("top.posts"), [t("post"), ...columns], saved,
      posts.slice(0, TOP).map((post) => ({
        select: { kind: "post", id: post.id },
        name: post.name,
        ...range(post.total_entries_above),
      }))),
    topTable(m, store, t("top.queues"), [t("post"), t("side"), t("unit.people"), t("chart.wait.short"), t("date")],
      [t("name"), t("side"), t("unit.people"), t("unit.hours"), t("date")],
      queues.slice(0, TOP).map(({ post, side, queue, most }) => {
        const wait = highest(median(queue.wait_hours));
        const date = m.view.dates[peak(median(queue.people))] ?? "";
        return {
          select: { kind: "post", id: post.id },
          name: post.name,
          cells: [t(`side.${side}`), most, wait, date],
          shown: [t(`side.${side}`), count(most), hours(wait), shortDay(date)],
        };
      })),
    topTable(m, store, t("top.flows"), [t("way"), ...columns], saved,
      flows.slice(0, TOP).map((flow) => ({
        select: null,
        name: `${flow.name}: ${country(m, flow.from)} → ${country(m, flow.to)} (${t(`mode.${flow.mode}`)})`,
        ...range(flow.total_above),
      }))),
    fares.length
      ? topTable(m, store, t("top.fares"), [t("way"), t("fare.times"), t("fare.sold")], [t("name"), "fare/ordinary", "sold out days"],
          fares.slice(0, TOP).map((fare) => {
            const times = highest(fare.fare[1]);
            const days = fare.sold === 0 ? 0 : fare.sold.filter((share) => (share ?? 0) >= 0.995).length;
            return {
              select: null,
              name: `${nameOf(m, fare.from)} → ${nameOf(m, fare.to)}`,
              cells: [times, days],
              shown: [`× ${count(times)}`, String(days)],
            };
          }))
      : null,
  );
}
