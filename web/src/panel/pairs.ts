/** From where to where: filtered by group and mode, as a table and through time. */
import { chart, full } from "../chart/charts";
import type { Line } from "../chart/plot";
import { chooser, h } from "../dom";
import { country, type Model } from "../model";
import type { Store } from "../store";
import type { Pair } from "../view";
import { t, type Key } from "../words";
import { range, topTable } from "./overview";

const TOP = 10;
const DRAWN = 5;

/** Pairs of countries for one group and mode, or for all together; largest first. */
function filtered(m: Model, group: number | null, mode: string | null): Pair[] {
  return m.view.pairs
    .filter((pair) => pair.group === group && pair.mode === mode)
    .sort((a, b) => (b.total[1] ?? 5) - (a.total[1] ?? 5));
}

export function pairs(m: Model, store: Store): HTMLElement {
  const result = h("div", {});
  const modes = [...new Set(m.view.pairs.flatMap((pair) => pair.mode ?? []))].sort();
  const draw = (): void => {
    const { group, mode } = store.state;
    const found = filtered(m, group, mode);
    const name = (pair: Pair): string => `${country(m, pair.from)} → ${country(m, pair.to)}`;
    const lines = found
      .slice(0, DRAWN)
      .map((pair, i): Line => ({ label: name(pair), style: `series-${i}`, q50: full(pair.days, m.days.length) }));
    const rows = found.slice(0, TOP).map((pair) => ({ select: null, name: name(pair), ...range(pair.total) }));
    const columns = [t("way"), t("median"), t("band.80")];
    result.replaceChildren(
      ...(found.length
        ? [topTable(m, null, t("pairs.top"), columns, [t("way"), "q50", "q10", "q90"], rows), chart(m, t("pairs.chart"), lines).element]
        : [h("p", {}, t("pairs.none"))]),
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
