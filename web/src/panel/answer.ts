/** The answer to a what-if: paired differences, where load is removed and where it appears instead. */
import { chart, full } from "../chart/charts";
import type { Line } from "../chart/plot";
import { table, type Figure } from "../chart/figure";
import { chooser, h } from "../dom";
import { count, estimate, interval } from "../format";
import { nameOf, type Model } from "../model";
import type { Difference, DifferenceRow, Three } from "../view";
import { t, type Key } from "../words";

function rowName(m: Model, row: DifferenceRow): string {
  const where = row.at === null ? t("answer.all") : nameOf(m, row.at);
  return `${where}: ${t(`what.${row.what}` as Key)}`;
}

/** "+31,000 (22,000–44,000)", or words where the interval holds no more than chance. */
function difference(values: Three): string {
  return interval(values, true);
}

/** What a row says: the difference, or both arms where nothing is paired. */
function said(row: DifferenceRow, alone: boolean): (Node | string | null)[] {
  if (alone && row.ranges) return [`${interval(row.ranges[0])} → `, h("strong", {}, interval(row.ranges[1]))];
  const before = row.unweighed ? ` · ${t("answer.unweighed", { n: difference(row.unweighed) })}` : null;
  return [h("strong", {}, difference(row.diff)), before];
}

function list(m: Model, answer: Difference, positions: number[], title: string): HTMLElement | null {
  const rows = positions.flatMap((i) => answer.rows[i] ?? []);
  if (!rows.length) return null;
  return h(
    "div",
    {},
    h("h4", {}, title),
    h("ul", {}, ...rows.map((row) => h("li", {}, `${rowName(m, row)}: `, ...said(row, !!answer.weighed?.alone)))),
  );
}

/** What the two arms are called. */
function arms(answer: Difference): [string, string] {
  const alone = answer.weighed?.alone;
  return [t(alone ? "answer.base_reports" : "answer.base"), t(alone ? "answer.other_reports" : "answer.other")];
}

function rowFigures(m: Model, answer: Difference, row: DifferenceRow): Figure[] {
  const n = answer.dates.length;
  const unit = row.what.startsWith("wait") ? "hours" : "people";
  const [base, other] = arms(answer);
  const line = (label: string, style: string, arm: 0 | 1): Line => {
    const middle = full(arm ? row.other_days : row.base_days, n);
    const range = row.ranges_days?.[arm];
    return range ? { label, style, q10: full(range[0], n), q50: middle, q90: full(range[2], n) } : { label, style, q50: middle };
  };
  const alone = !!answer.weighed?.alone;
  const title = alone ? `${rowName(m, row)}: ${base}, ${other}` : t("answer.both", { what: rowName(m, row) });
  const both = chart(m, title, [line(base, "series-4", 0), line(other, "series-1", 1)], {
    unit,
    dates: answer.dates,
  });
  if (alone) return [both];
  const [low, mid, high] = row.diff_days;
  return [
    both,
    chart(
      m,
      t("answer.diff", { what: rowName(m, row) }),
      [{ label: t("answer.difference"), style: "series-0", q10: full(low, n), q50: full(mid, n), q90: full(high, n) }],
      { unit, dates: answer.dates, signed: true },
    ),
  ];
}

/** How far added reports count, in plain words. */
function weighing(answer: Difference): HTMLElement | null {
  const { weighed } = answer;
  if (!weighed) return answer.reports.length ? h("p", {}, t("answer.unheard")) : null;
  const { reports: n, effective: k, members, power } = weighed;
  return h(
    "p",
    { class: "weighed" },
    t("answer.weighed", { n, k, members }),
    power < 1 ? ` ${t("answer.tempered", { power })}` : null,
  );
}

function everyRow(m: Model, answer: Difference): HTMLElement {
  const alone = !!answer.weighed?.alone;
  const [base, other] = arms(answer);
  const paired = [t("answer.difference"), t("band.80")];
  const heard = answer.weighed && !alone ? [t("answer.difference_unweighed")] : [];
  const columns = alone ? [t("name"), base, t("band.80"), other, t("band.80")] : [t("name"), base, other, ...paired, ...heard];
  const rows = answer.rows
    .filter((row) => row.diff.some((value) => value !== 0))
    .map((row) => {
      if (alone && row.ranges) {
        const [before, after] = row.ranges.map((range) => estimate(range));
        return [rowName(m, row), before?.middle ?? "", before?.range ?? "", after?.middle ?? "", after?.range ?? ""];
      }
      const { middle, range } = estimate(row.diff, true);
      return [rowName(m, row), row.base, row.other, middle, range, ...heard.map(() => (row.unweighed ? difference(row.unweighed) : ""))];
    });
  return h(
    "details",
    { class: "more" },
    h("summary", {}, t("answer.table")),
    table({ title: t("answer.table"), columns, rows }, (value) => (typeof value === "number" || value === null ? count(value) : value)),
  );
}

export function answerView(m: Model, answer: Difference): HTMLElement {
  const alone = !!answer.weighed?.alone;
  const head = h("p", { class: "fine" }, t(alone ? "answer.members_reports" : "answer.members", { n: answer.members }), " ", t("answer.caveat"));
  const told = answer.reports.length ? reports(m, answer) : null;
  if (answer.changes_nothing) return h("div", { class: "answer" }, h("p", {}, h("strong", {}, t("answer.nothing"))), weighing(answer), head, told);
  const daily = answer.rows.map((row, i) => ({ row, i })).filter(({ row }) => row.dates === "days");
  const figures = h("div", {});
  const show = (position: number): void => {
    const row = answer.rows[position];
    figures.replaceChildren(...(row ? rowFigures(m, answer, row).map((figure) => figure.element) : []));
  };
  const firstShown = [...answer.more, ...answer.less].find((i) => answer.rows[i]?.dates === "days") ?? daily[0]?.i ?? 0;
  show(firstShown);
  return h(
    "div",
    { class: "answer" },
    h("h3", { tabindex: -1 }, t(alone ? "answer.title_reports" : "answer.title")),
    weighing(answer),
    alone && !answer.more.length && !answer.less.length ? h("p", {}, h("strong", {}, t("answer.slight"))) : null,
    list(m, answer, answer.more, t(alone ? "answer.more_reports" : "answer.more")),
    list(m, answer, answer.less, t(alone ? "answer.less_reports" : "answer.less")),
    head,
    told,
    chooser(t("answer.chart"), daily.map(({ row, i }) => [String(i), rowName(m, row)] as const), String(firstShown), (value) => show(Number(value))),
    figures,
    everyRow(m, answer),
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
          base ? `${arms(answer)[0]}: ${interval(base)}. ` : null,
          other ? `${arms(answer)[1]}: ${interval(other)}. ` : null,
          h("span", { class: "fine" }, note)),
      ),
    ),
  );
}

