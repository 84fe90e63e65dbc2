/** From where to where: filtered by group and mode, as a table and through time. */
import { chart, full } from "../chart/charts";
import type { Line } from "../chart/plot";
import { chooser, h } from "../dom";
import { count } from "../format";
import { country, type Model } from "../model";
import type { Store } from "../store";
import type { Num, Pair } from "../view";
import { t, type Key } from "../words";
import { range, topTable } from "./overview";

const TOP = 10;
const DRAWN = 5;

interface Sum {
  from: string;
  to: string;
  total: number;
  parts: Pair[];
  days: Num[];
}

/** Pairs that the filter lets through, one for each from and to; largest first. */
export function filtered(m: Model, group: number | null, mode: string | null): Sum[] {
  const sums = new Map<string, Sum>();
  const n = m.days.length;
  for (const pair of m.view.pairs) {
    const about = m.view.groups[pair.group];
    if (group === null ? about?.ordinary : pair.group !== group) continue;
    if (mode !== null && pair.mode !== mode) continue;
    const key = `${pair.from}>${pair.to}`;
    let sum = sums.get(key);
    if (!sum) {
      sum = { from: pair.from, to: pair.to, total: 0, parts: [], days: new Array<Num>(n).fill(0) };
      sums.set(key, sum);
    }
    sum.total += pair.total[1] ?? 5;
    sum.parts.push(pair);
    const days = full(pair.days, n);
    sum.days = sum.days.map((value, i) => (value ?? 5) + (days[i] ?? 5 * Number(days[i] === null)));
  }
  return [...sums.values()].sort((a, b) => b.total - a.total);
}

export function pairs(m: Model, store: Store): HTMLElement {
  const result = h("div", {});
  const modes = [...new Set(m.view.pairs.map((pair) => pair.mode))].sort();
  const draw = (): void => {
    const { group, mode } = store.state;
    const sums = filtered(m, group, mode);
    const name = (sum: Sum): string => `${country(m, sum.from)} → ${country(m, sum.to)}`;
    const exact = sums.every((sum) => sum.parts.length === 1);
    const lines = sums.slice(0, DRAWN).map((sum, i): Line => ({ label: name(sum), style: `series-${i}`, q50: sum.days }));
    const rows = sums.slice(0, TOP).map((sum) => {
      const only = sum.parts.length === 1 ? sum.parts[0] : undefined;
      if (only) return { select: null, name: name(sum), ...range(only.total) };
      const total = Number(sum.total.toPrecision(3));
      return { select: null, name: name(sum), cells: [total, null, null], shown: [count(total), t("unknown")] };
    });
    result.replaceChildren(
      sums.length ? topTable(m, null, t("pairs.top"), [t("way"), t("median"), t("band.80")], [t("way"), "q50", "q10", "q90"], rows) : h("p", {}, t("pairs.none")),
      sums.length ? chart(m, t("pairs.chart"), lines).element : "",
      exact ? "" : h("p", { class: "fine" }, t("pairs.sums")),
    );
  };
  draw();
  store.on(["group", "mode"], draw);
  return h(
    "div",
    { class: "pairs" },
    h("p", { class: "fine" }, t("pairs.note")),
    h(
      "div",
      { class: "filters" },
      chooser(
        t("pairs.group"),
        [["", t("pairs.all_groups")], ...m.view.groups.map((group, i) => [String(i), group.name] as const)],
        store.state.group === null ? "" : String(store.state.group),
        (value) => store.set({ group: value === "" ? null : Number(value) }),
      ),
      chooser(
        t("pairs.mode"),
        [["", t("pairs.all_modes")], ...modes.map((mode) => [mode, t(`mode.${mode}` as Key)] as const)],
        store.state.mode ?? "",
        (value) => store.set({ mode: value || null }),
      ),
    ),
    result,
  );
}
