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
export function reportText(report: Report, value = report.per_day ?? report.value): string {
  const when = report.start === report.end ? day(report.start) : `${day(report.start)} – ${day(report.end)}`;
  const range = report.low !== null && report.high !== null ? ` (${count(report.low)}–${count(report.high)})` : "";
  return `${when}: ${count(value)}${range} ${report.unit}. ${report.publisher}, ${day(report.published)}. ${report.text}`;
}

export function reportsOf(m: Model, series: Where["series"], id: string): Report[] {
  return m.view.reports.filter((report) => report.series === series && report.at.includes(id));
}

export function dots(m: Model, series: Where["series"], id: string): Dot[] {
  return reportsOf(m, series, id)
    .filter((report) => report.per_day !== null)
    .map((report) => {
      const oneDay = report.per_day === report.value;
      return {
        from: midnight(report.start),
        to: midnight(report.end),
        value: report.per_day ?? 0,
        low: oneDay ? report.low : null,
        high: oneDay ? report.high : null,
        label: reportText(report),
      };
    })
    .filter((dot) => {
      const first = m.days[0] ?? 0;
      const last = m.days[m.days.length - 1] ?? 0;
      return dot.to >= first && dot.from <= last;
    })
    .map((dot) => ({
      ...dot,
      from: Math.max(dot.from, m.days[0] ?? 0),
      to: Math.min(dot.to, m.days[m.days.length - 1] ?? 0),
    }));
}

export function provenance(m: Model): Provenance {
  const { head } = m.view;
  return {
    stem: `borderflow_${head.scenario}_seed${head.seed}_v${head.version}`,
    foot: `${head.name} · ${t("not.prediction")} · ${t("cutoff")} ${day(head.data_cut_off)} · seed ${head.seed} · ${head.digest.slice(0, 12)} · borderflow ${head.version}`,
  };
}

export interface ChartOptions {
  unit?: "people" | "hours" | "vehicles" | "ratio";
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
      unit: t(`unit.${unit}`),
      signed: options.signed ?? false,
    },
    options.dates ?? m.view.dates,
    provenance(m),
    format,
    extra,
  );
}
