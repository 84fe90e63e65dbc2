/** A chart through time: medians with 50 % and 80 % bands, reports as dots, and the day of the slider. */
import { scaleLinear } from "d3-scale";
import { area, line } from "d3-shape";
import { s } from "../dom";
import { DAY, shortDay, tick } from "../format";
import type { Num } from "../view";

export interface Line {
  label: string;
  /** Class for its colour and dash: see charts.css. */
  style: string;
  q10?: Num[];
  q25?: Num[];
  q50: Num[];
  q75?: Num[];
  q90?: Num[];
}

export interface Dot {
  from: number;
  to: number;
  value: number;
  low: number | null;
  high: number | null;
  /** What it says and who said it. */
  label: string;
}

export interface PlotData {
  /** Days, in milliseconds. */
  days: number[];
  lines: Line[];
  dots: Dot[];
  /** What a suppressed cell is drawn as; null leaves a gap, as NaN (no value) always does. */
  hidden: number | null;
  unit: string;
  /** The axis may go below zero (differences). */
  signed?: boolean;
  onDot?: (label: string | null) => void;
}

const HEIGHT = 196;
const MARGIN = { left: 44, right: 10, top: 22, bottom: 22 };

export interface Plot {
  svg: SVGSVGElement;
  /** Move the line that marks the day of the slider. */
  mark: (when: number) => void;
}

export function plot(data: PlotData, label: string, width: number): Plot {
  const { days, lines } = data;
  const first = days[0] ?? 0;
  const last = (days[days.length - 1] ?? first) + DAY;
  const x = scaleLinear([first, last], [MARGIN.left, width - MARGIN.right]);
  const values = [
    ...lines.flatMap((one) => [...(one.q90 ?? []), ...(one.q10 ?? []), ...one.q50]),
    ...data.dots.map((dot) => dot.high ?? dot.value),
  ].filter((value): value is number => value !== null && !Number.isNaN(value));
  const low = data.signed ? Math.min(0, ...values) : 0;
  const y = scaleLinear([low, Math.max(1, ...values)], [HEIGHT - MARGIN.bottom, MARGIN.top]).nice(4);
  const svg = s("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, class: "plot", role: "group", "aria-label": label });
  for (const value of y.ticks(4)) {
    svg.append(
      s("line", { x1: MARGIN.left, x2: width - MARGIN.right, y1: y(value), y2: y(value), class: value ? "grid" : "zero" }),
      s("text", { x: MARGIN.left - 5, y: y(value), class: "tick end" }, tick(value)),
    );
  }
  svg.append(s("text", { x: 2, y: 9, class: "tick unit" }, data.unit));
  const step = Math.max(1, Math.ceil(days.length / (width / 76)));
  days.forEach((when, i) => {
    if (i % step || x(when) > width - 30) return;
    svg.append(
      s("line", { x1: x(when), x2: x(when), y1: HEIGHT - MARGIN.bottom, y2: HEIGHT - MARGIN.bottom + 4, class: "zero" }),
      s("text", { x: x(when), y: HEIGHT - 7, class: "tick" }, shortDay(when)),
    );
  });
  const middle = (i: number): number => x((days[i] ?? 0) + DAY / 2);
  const fix = (value: Num | undefined): number => value ?? data.hidden ?? NaN;
  const given = (value: number): boolean => !Number.isNaN(value);
  for (const one of lines) {
    for (const [lower, upper, name] of [
      [one.q10, one.q90, "outer"],
      [one.q25, one.q75, "inner"],
    ] as const) {
      if (!lower || !upper) continue;
      const shape = area<number>()
        .defined((i) => given(fix(lower[i])) && given(fix(upper[i])))
        .x(middle)
        .y0((i) => y(fix(lower[i])))
        .y1((i) => y(fix(upper[i])));
      svg.append(s("path", { d: shape(days.keys()) ?? "", class: `band ${name} ${one.style}` }));
    }
  }
  for (const one of lines) {
    const shape = line<number>()
      .defined((i) => given(fix(one.q50[i])))
      .x(middle)
      .y((i) => y(fix(one.q50[i])));
    svg.append(s("path", { d: shape(days.keys()) ?? "", class: `median ${one.style}` }));
  }
  const cursor = s("line", { y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom, class: "cursor", "data-screen": "" });
  svg.append(cursor);
  dots(svg, data, x, y);
  return {
    svg,
    mark: (when) => {
      cursor.setAttribute("x1", String(x(when)));
      cursor.setAttribute("x2", String(x(when)));
    },
  };
}

type Scale = (value: number) => number;

/** What was reported: a dot, with its range and the days it speaks of; its source on hover and focus. */
function dots(svg: SVGSVGElement, data: PlotData, x: Scale, y: Scale): void {
  for (const dot of data.dots) {
    const at = (x(dot.from) + x(dot.to + DAY)) / 2;
    const mark = s(
      "g",
      { class: "dot", tabindex: 0, role: "img", "aria-label": dot.label },
      s("title", {}, dot.label),
    );
    if (dot.low !== null && dot.high !== null && dot.high > dot.low) {
      mark.append(s("line", { x1: at, x2: at, y1: y(dot.low), y2: y(dot.high) }));
    }
    if (dot.to > dot.from) {
      mark.append(s("line", { x1: x(dot.from), x2: x(dot.to + DAY), y1: y(dot.value), y2: y(dot.value) }));
    }
    mark.append(
      s("circle", { cx: at, cy: y(dot.value), r: 12, class: "reach" }),
      s("circle", { cx: at, cy: y(dot.value), r: 3.6 }),
    );
    for (const event of ["focus", "pointerenter"]) mark.addEventListener(event, () => data.onDot?.(dot.label));
    for (const event of ["blur", "pointerleave"]) mark.addEventListener(event, () => data.onDot?.(null));
    svg.append(mark);
  }
}
