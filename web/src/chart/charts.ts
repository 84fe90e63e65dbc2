/** Series of a view as charts: bands as lines, reports as dots, with where they come from. */
import { count, day, hours, midnight } from "../format";
import type { Model } from "../model";
import type { Band, Mark, Num, Report, Series, Where } from "../view";
import { t } from "../words";
import { figure, type Figure, type Provenance } from "./figure";
import type { Dot, Line } from "./plot";

export function full(series: Series, days: number): Num[] {
  return series === 0 ? new Array<Num>(days).fill(0) : series;
}

export function bandLine(label: string, style: string, band: Band, days: number): Line {
  const [q10, q25, q50, q75, q90] = band === 0 ? [0, 0, 0, 0, 0].map((zero) => zero as Series) : band;
  return {
    label,
    style,
    q10: full(q10 ?? 0, days),
    q25: full(q25 ?? 0, days),
    q50: full(q50 ?? 0, days),
    q75: full(q75 ?? 0, days),
    q90: full(q90 ?? 0, days),
  };
}

/** What a report says, in words: number, days, place, publisher. */
export function reportText(report: Report): string {
  const when = report.start === report.end ? day(report.start) : `${day(report.start)} – ${day(report.end)}`;
  const range = report.low !== null && report.high !== null ? ` (${count(report.low)}–${count(report.high)})` : "";
  const mean = report.per_day === null || report.per_day === report.value ? "" : ` ${t("report.mean", { n: count(report.per_day) })}`;
  return `${when}: ${count(report.value)}${range} ${report.unit}.${mean} ${report.publisher}, ${day(report.published)}. ${report.text}`;
}

/** Reports of a series about a post, country or place, as dots. */
export function dots(m: Model, series: Where["series"], id: string): Dot[] {
  return asDots(m, m.view.reports.filter((report) => report.series === series && report.at.includes(id)));
}

/** Reports as dots: those that can stand beside a shown day. */
export function asDots(m: Model, reports: Report[]): Dot[] {
  const first = m.days[0] ?? 0;
  const last = m.days[m.days.length - 1] ?? 0;
  return reports.flatMap((report) => {
    const [from, to] = [midnight(report.start), midnight(report.end)];
    if (report.per_day === null || to < first || from > last) return [];
    const share = report.value ? report.per_day / report.value : 1;
    return {
      from: Math.max(from, first),
      to: Math.min(to, last),
      value: report.per_day,
      low: report.low === null ? null : report.low * share,
      high: report.high === null ? null : report.high * share,
      label: reportText(report),
    };
  });
}

export function provenance(m: Model): Provenance {
  const { head } = m.view;
  return {
    stem: `borderflow_${head.scenario}_seed${head.seed}_v${head.version}`,
    foot: `${head.name} · ${t("not.prediction")} · ${t("cutoff")} ${day(head.data_cut_off)} · seed ${head.seed} · ${head.digest.slice(0, 12)} · borderflow ${head.version}`,
  };
}

interface ChartOptions {
  unit?: "people" | "hours" | "vehicles" | "ratio";
  /** What the axis counts, where it is none of these. */
  axis?: string;
  dots?: Dot[];
  mark?: Mark;
  note?: string;
  signed?: boolean;
  /** Another axis than the days of the run: YYYY-MM-DD. */
  dates?: string[];
}

export function chart(m: Model, title: string, lines: Line[], options: ChartOptions = {}): Figure {
  const unit = options.unit ?? "people";
  const format = unit === "hours" ? hours : unit === "ratio" ? (v: Num) => (v === null ? t("unknown") : count(v)) : count;
  const extra: { mark?: Mark; note?: string } = {};
  if (options.mark) extra.mark = options.mark;
  if (options.note) extra.note = options.note;
  return figure(
    title,
    {
      days: options.dates ? options.dates.map(midnight) : m.days,
      lines,
      dots: options.dots ?? [],
      hidden: unit === "people" || unit === "vehicles" ? 5 : null,
      unit: options.axis ?? t(`unit.${unit}`),
      signed: options.signed ?? false,
    },
    options.dates ?? m.view.dates,
    provenance(m),
    format,
    extra,
  );
}
