/** The answer to a what-if: paired differences, where load is removed and where it appears instead. */
import { chart, full } from "../chart/charts";
import type { Line } from "../chart/plot";
import { table, type Figure } from "../chart/figure";
import { chooser, h } from "../dom";
import { count, estimate, interval } from "../format";
import { nameOf, type Model } from "../model";
import type { Difference, DifferenceRow, Three } from "../view";
import { t, type Key } from "../words";

export function rowName(m: Model, row: DifferenceRow): string {
  const where = row.at === null ? t("answer.all") : nameOf(m, row.at);
  return `${where}: ${t(`what.${row.what}` as Key)}`;
}

/** "+31,000 (22,000–44,000)", or words where the interval holds no more than chance. */
export function difference(values: Three): string {
  return interval(values, true);
}

function list(m: Model, difference_: Difference, positions: number[], title: string): HTMLElement | null {
  const rows = positions.flatMap((i) => difference_.rows[i] ?? []);
  if (!rows.length) return null;
  return h(
    "div",
    {},
    h("h4", {}, title),
    h("ul", {}, ...rows.map((row) => h("li", {}, `${rowName(m, row)}: `, h("strong", {}, difference(row.diff))))),
  );
}

function rowFigures(m: Model, answer: Difference, row: DifferenceRow): Figure[] {
  const n = answer.dates.length;
  const unit = row.what.startsWith("wait") ? "hours" : "people";
  const lines = (pairs: [string, string, DifferenceRow["base_days"]][]): Line[] =>
    pairs.map(([label, style, series]) => ({ label, style, q50: full(series, n) }));
  const [low, mid, high] = row.diff_days;
  return [
    chart(
      m,
      t("answer.both", { what: rowName(m, row) }),
      lines([
        [t("answer.base"), "series-4", row.base_days],
        [t("answer.other"), "series-1", row.other_days],
      ]),
      { unit, dates: answer.dates },
    ),
    chart(
      m,
      t("answer.diff", { what: rowName(m, row) }),
      [{ label: t("answer.difference"), style: "series-0", q10: full(low, n), q50: full(mid, n), q90: full(high, n) }],
      { unit, dates: answer.dates, signed: true },
    ),
  ];
}

export function answerView(m: Model, answer: Difference): HTMLElement {
  const head = h("p", { class: "fine" }, t("answer.members", { n: answer.members }), " ", t("answer.caveat"));
  if (answer.changes_nothing) return h("div", { class: "answer" }, h("p", {}, h("strong", {}, t("answer.nothing"))), head);
  const daily = answer.rows.map((row, i) => ({ row, i })).filter(({ row }) => row.dates === "days");
  const figures = h("div", {});
  const show = (position: number): void => {
    const row = answer.rows[position];
    figures.replaceChildren(...(row ? rowFigures(m, answer, row).map((figure) => figure.element) : []));
  };
  const firstShown = [...answer.more, ...answer.less].find((i) => answer.rows[i]?.dates === "days") ?? daily[0]?.i ?? 0;
  show(firstShown);
  const rows = answer.rows.filter((row) => row.diff.some((value) => value !== 0));
  return h(
    "div",
    { class: "answer" },
    h("h3", { tabindex: -1 }, t("answer.title")),
    list(m, answer, answer.more, t("answer.more")),
    list(m, answer, answer.less, t("answer.less")),
    head,
    answer.reports.length ? reports(m, answer) : null,
    chooser(t("answer.chart"), daily.map(({ row, i }) => [String(i), rowName(m, row)] as const), String(firstShown), (value) => show(Number(value))),
    figures,
    h(
      "details",
      { class: "more" },
      h("summary", {}, t("answer.table")),
      table(
        {
          title: t("answer.table"),
          columns: [t("name"), t("answer.base"), t("answer.other"), t("answer.difference"), t("band.80")],
          rows: rows.map((row) => {
            const { middle, range } = estimate(row.diff, true);
            return [rowName(m, row), row.base, row.other, middle, range];
          }),
        },
        (value) => (typeof value === "number" || value === null ? count(value) : value),
      ),
    ),
  );
}

/** What was added as a report, beside what both worlds would have said. */
function reports(m: Model, answer: Difference): HTMLElement {
  return h(
    "div",
    {},
    h("h4", {}, t("reports")),
    h(
      "ul",
      {},
      ...answer.reports.map(({ report, base, other, note }) =>
        h("li", {}, `${nameOf(m, report.place)}: ${count(report.value)} ${report.unit}. `,
          base ? `${t("answer.base")}: ${interval(base)}. ` : null,
          other ? `${t("answer.other")}: ${interval(other)}. ` : null,
          h("span", { class: "fine" }, note)),
      ),
    ),
  );
}

