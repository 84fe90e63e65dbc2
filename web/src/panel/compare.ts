/** Two to four runs on the same axes, and their headline numbers side by side. */
import { bandLine, chart } from "../chart/charts";
import type { Line } from "../chart/plot";
import { chooser, h } from "../dom";
import { day, interval } from "../format";
import type { RunLine, Source } from "../load";
import { country, type Model } from "../model";
import type { Store } from "../store";
import type { Band, View } from "../view";
import { t } from "../words";
import { badge } from "../chart/figure";

const MOST = 4;

/** What a run is called beside others: its kind, and what it knew or changed. */
export function runName(run: RunLine): string {
  const known = run.as_of ? ` · ${t("asof", { date: day(run.as_of) })}` : "";
  const heard = run.heard ? ` · ${t("run.heard", { n: run.heard })}` : "";
  return `${run.name}${known} · ${t(`kind.${run.kind}`)}${heard}`;
}

interface Metric {
  key: string;
  label: string;
  band: (view: View) => Band | null;
}

/** What can be compared: the headlines, and each country and post. */
function metrics(m: Model): Metric[] {
  const made: Metric[] = [
    {
      key: "",
      label: t("compare.all"),
      band: (view) => view.headlines.find((line) => line.id === "entries_above_ordinary")?.days ?? null,
    },
  ];
  for (const land of m.view.countries.filter((one) => !one.origin)) {
    const find = (view: View) => view.countries.find((one) => one.id === land.id);
    made.push(
      { key: `e:${land.id}`, label: `${country(m, land.id)}: ${t("chart.entries_above")}`, band: (view) => find(view)?.entries_above ?? null },
      { key: `p:${land.id}`, label: `${country(m, land.id)}: ${t("chart.present")}`, band: (view) => find(view)?.present ?? null },
    );
  }
  for (const post of m.view.posts.filter((one) => one.exit)) {
    made.push({
      key: `q:${post.id}`,
      label: `${post.name}: ${t("legend.queue")}, ${t("side.exit")}`,
      band: (view) => view.posts.find((one) => one.id === post.id)?.exit?.people ?? null,
    });
  }
  return made;
}

/** A band on the days of several runs: no value where the run has no such day. */
function onDays(line: Line, own: string[], dates: string[]): Line {
  const at = new Map(own.map((date, i) => [date, i]));
  const lay = (values: (number | null)[] | undefined): (number | null)[] =>
    dates.map((date) => {
      const i = at.get(date);
      return i === undefined ? NaN : (values?.[i] ?? null);
    });
  return { ...line, q10: lay(line.q10), q25: lay(line.q25), q50: lay(line.q50), q75: lay(line.q75), q90: lay(line.q90) };
}

export function compare(m: Model, store: Store, source: Source, runs: RunLine[], own: string): HTMLElement {
  const cache = new Map<string, View>([[own, m.view]]);
  const result = h("div", { "aria-live": "polite" });
  const others = runs.filter((run) => run.id !== own);
  const all = metrics(m);

  const draw = async (): Promise<void> => {
    const chosen = [own, ...store.state.compare.filter((id) => others.some((run) => run.id === id))].slice(0, MOST);
    for (const id of chosen) {
      if (cache.has(id)) continue;
      try {
        const view = await source.view(id);
        if (!("job" in view)) cache.set(id, view);
      } catch {
        result.replaceChildren(h("p", { role: "alert" }, t("compare.failed")));
        return;
      }
    }
    const shown = chosen.flatMap((id) => {
      const view = cache.get(id);
      const run = runs.find((one) => one.id === id);
      return view ? [{ view, name: run ? runName(run) : view.head.name }] : [];
    });
    const dates = [...new Set(shown.flatMap(({ view }) => view.dates))].sort();
    const metric = all.find((one) => one.key === store.state.compareAt) ?? all[0];
    const lines = shown.map(({ view, name }, i) =>
      onDays(bandLine(name, `series-${i}`, metric?.band(view) ?? 0, view.dates.length), view.dates, dates),
    );
    const table = h(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": t("headline.label") },
      h(
        "table",
        {},
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("run")), ...m.view.headlines.map((line) => h("th", { scope: "col" }, t(`headline.${line.id}`))))),
        h(
          "tbody",
          {},
          ...shown.map(({ view, name }) =>
            h("tr", {}, h("th", { scope: "row" }, name), ...view.headlines.map((line) => h("td", {}, interval(line.values), " ", badge(line.mark)))),
          ),
        ),
      ),
    );
    result.replaceChildren(table, chart(m, metric?.label ?? "", lines, { dates }).element);
  };

  void draw();
  store.on(["compare", "compareAt"], () => result.isConnected && void draw());
  if (!others.length) return h("div", {}, h("p", { class: "hint" }, t(source.server ? "compare.none" : "compare.none_file")), result);
  return h(
    "div",
    { class: "compare" },
    h(
      "fieldset",
      { class: "runs" },
      h("legend", {}, t("compare.with", { n: MOST - 1 })),
      ...others.map((run) => {
        const box = h("input", {
          type: "checkbox",
          checked: store.state.compare.includes(run.id),
          onchange: () => {
            const rest = store.state.compare.filter((id) => id !== run.id);
            const next = box.checked ? [...rest, run.id] : rest;
            box.checked &&= next.length < MOST;
            store.set({ compare: next.slice(0, MOST - 1) });
          },
        });
        return h("label", {}, box, runName(run));
      }),
    ),
    chooser(t("compare.what"), all.map((one) => [one.key, one.label] as const), store.state.compareAt, (value) => store.set({ compareAt: value })),
    result,
  );
}
