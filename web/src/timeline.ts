/** The crisis on one axis: rules, what drove people, and what was reported when. */
import { scaleLinear } from "d3-scale";
import { h, roving, s } from "./dom";
import { DAY, day, midnight, shortDay } from "./format";
import type { Model } from "./model";
import { at } from "./series";
import type { Store } from "./store";
import type { Policy } from "./view";
import { word } from "./chart/figure";
import { reportText } from "./chart/charts";
import { link } from "./panel/details";
import { t } from "./words";

const ROW = 22;

/** A day of a policy or report in milliseconds; the hour counts where it is given. */
function when(text: string): number {
  return midnight(text) + (Number(text.slice(11, 13)) || 0) * 3_600_000;
}

export interface Timeline {
  element: HTMLElement;
  mark: (when: number) => void;
}

interface Item {
  from: number;
  until: number;
  name: string;
  style: string;
  tell: () => (Node | string | null)[];
}

function policies(m: Model, first: number, last: number, told: boolean): Item[] {
  const inside = (policy: Policy): boolean => {
    const [from, until] = [when(policy.from), policy.until ? when(policy.until) : null];
    return (from >= first && from <= last) || (until !== null && until >= first && until <= last) || policy.added;
  };
  return m.view.policies.filter((policy) => inside(policy) && (told || policy.acts || policy.added)).map((policy) => ({
    from: when(policy.from),
    until: policy.until ? when(policy.until) : Infinity,
    name: `${policy.place}: ${word("policy", policy.kind)}`,
    style: policy.added ? "added" : policy.acts ? "acts" : "told",
    tell: () => [
      h("strong", {}, `${policy.place}: ${word("policy", policy.kind)}`),
      ` (${day(policy.from)} – ${policy.until ? day(policy.until) : "…"}; ${t(policy.acts ? "policy.acts" : "policy.told")}). ${policy.applies_to}. ${policy.text} `,
      link(policy.url),
    ],
  }));
}

/** Rows so that no label covers another: each item goes into the first row with room. */
function pack(items: Item[], room: (item: Item) => [number, number]): Item[][] {
  const rows: { items: Item[]; end: number }[] = [];
  for (const item of [...items].sort((a, b) => a.from - b.from)) {
    const [start, end] = room(item);
    const row = rows.find((one) => one.end < start);
    if (row) {
      row.items.push(item);
      row.end = end;
    } else rows.push({ items: [item], end });
  }
  return rows.map((row) => row.items);
}

export function timeline(m: Model, store: Store, go: (time: number) => void): Timeline {
  const first = m.days[0] ?? 0;
  const last = (m.days[m.days.length - 1] ?? first) + DAY;
  const box = h("div", { class: "timeline-box" });
  const said = h("p", { class: "said", "aria-live": "polite" }, t("timeline.hint"));
  let cursor: SVGLineElement | null = null;
  let x = scaleLinear([first, last], [0, 1]);
  let now = first;
  let drawn = 0;
  let ready = false;

  const focusable = (item: Item, shape: SVGElement): SVGElement => {
    shape.setAttribute("role", "button");
    shape.setAttribute("aria-label", `${shortDay(item.from)} ${item.name}`);
    const tell = (): void => said.replaceChildren(...item.tell().filter((part) => part !== null));
    shape.addEventListener("focus", tell);
    shape.addEventListener("pointerenter", tell);
    const act = (): void => go(item.from);
    shape.addEventListener("click", act);
    shape.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      event.stopPropagation();
      act();
    });
    return shape;
  };

  const draw = (): void => {
    const width = Math.max(620, box.clientWidth || 900);
    if (width === drawn) return;
    drawn = width;
    said.textContent = t("timeline.hint");
    x = scaleLinear([first, last], [8, width - 8]);
    const place = (time: number): number => x(Math.max(first, Math.min(last, time)));
    const parts: SVGElement[] = [];
    let y = 18;
    m.days.forEach((time, i) => {
      if (i % Math.ceil(m.days.length / (width / 80))) return;
      parts.push(s("text", { x: x(time), y: 11, class: "tick" }, shortDay(time)));
    });
    const title = (text: string): void => {
      parts.push(s("text", { x: 8, y: y + 13, class: "lane" }, text));
      y += 20;
    };
    title(t("timeline.policies"));
    const length = (item: Item): number => item.name.length * 6.1 + 22;
    const start = (item: Item): number => Math.min(place(item.from), width - length(item));
    for (const row of pack(policies(m, first, last, store.state.told), (item) => [start(item), start(item) + length(item)])) {
      for (const item of row) {
        const left = place(item.from);
        const text = start(item);
        parts.push(
          focusable(
            item,
            s(
              "g",
              { class: `item ${item.style}` },
              s("rect", { x: text, y, width: length(item) - 4, height: ROW - 2, class: "hit" }),
              s("line", { x1: left, x2: Math.max(left + 3, place(item.until)), y1: y + ROW - 3, y2: y + ROW - 3 }),
              s("circle", { cx: Math.max(text + 6, left), cy: y + 9, r: 4 }),
              s("text", { x: text + 14, y: y + 13 }, item.name),
            ),
          ),
        );
      }
      y += ROW;
    }
    title(t("timeline.drivers"));
    for (const driver of m.view.drivers) {
      const high = 14;
      const points = m.days.map((time, i) => `${x(time + DAY / 2)},${y + high + 2 - (at(driver.level, i) ?? 0) * high}`);
      const item: Item = {
        from: first,
        until: last,
        name: word("driver", driver.id),
        style: "driver",
        tell: () => [
          h("strong", {}, word("driver", driver.id)),
          ` (${t(driver.assumed ? "mark.assumed" : "driver.series")}). `,
          ...driver.parts.slice(0, 3).map((part) => `${part.place}, ${day(part.from)}: ${part.text} `),
        ],
      };
      parts.push(
        focusable(
          { ...item, from: driver.parts[0] ? when(driver.parts[0].from) : first },
          s(
            "g",
            { class: "item driver" },
            s("rect", { x: 8, y, width: width - 16, height: high + 4, class: "hit" }),
            s("polygon", { points: `${x(first)},${y + high + 2} ${points.join(" ")} ${x(last)},${y + high + 2}` }),
            s("text", { x: 10, y: y + 12 }, word("driver", driver.id)),
          ),
        ),
      );
      y += high + 6;
    }
    title(t("timeline.reports"));
    const stack = new Map<number, number>();
    const base = y;
    let deepest = 0;
    for (const report of m.view.reports) {
      const time = midnight(report.end);
      if (time < first || time > last) continue;
      const level = stack.get(time) ?? 0;
      stack.set(time, level + 1);
      deepest = Math.max(deepest, level);
      const item: Item = {
        from: time,
        until: time,
        name: `${report.place}: ${word("quantity", report.quantity)}`,
        style: "report",
        tell: () => [
          h("strong", {}, `${report.place}: ${word("quantity", report.quantity)}`),
          ` ${reportText(report, report.value)} `,
          link(report.url),
        ],
      };
      parts.push(
        focusable(
          item,
          s(
            "g",
            { class: `item report ${report.inside === false ? "outside" : ""}` },
            s("circle", { cx: x(time + DAY / 2), cy: base + 7 + level * 11, r: 4 }),
          ),
        ),
      );
    }
    y = base + 18 + deepest * 11;
    cursor = s("line", { y1: 14, y2: y, class: "cursor" });
    box.replaceChildren(
      s("svg", { viewBox: `0 0 ${width} ${y}`, width, height: y, class: "timeline", role: "group", "aria-label": t("timeline.label") }, ...parts, cursor),
    );
    if (!ready) roving(box, ".item");
    else box.querySelectorAll(".item").forEach((item, i) => item.setAttribute("tabindex", i ? "-1" : "0"));
    ready = true;
    mark(now);
  };
  const mark = (time: number): void => {
    now = time;
    cursor?.setAttribute("x1", String(x(time)));
    cursor?.setAttribute("x2", String(x(time)));
  };
  new ResizeObserver(draw).observe(box);
  const all = h("input", { type: "checkbox", checked: store.state.told, onchange: () => store.set({ told: all.checked }) });
  store.on(["told"], () => {
    drawn = 0;
    draw();
  });
  return {
    element: h("section", { class: "timeline-section", "aria-label": t("timeline.label") }, h("div", { class: "timeline-head" }, h("h2", {}, t("timeline.label")), h("label", {}, all, t("timeline.told"))), box, said),
    mark,
  };
}
