/** The crisis on one axis: rules, what drove people, and what was reported when. */
import { scaleLinear } from "d3-scale";
import { h, roving, s } from "../dom";
import { DAY, midnight, shortDay } from "../format";
import type { Model } from "../model";
import { moveTo, type Days } from "../panel/moving";
import { at } from "../series";
import type { Store } from "../store";
import { t } from "../words";
import { draggable, type Drag } from "./drag";
import { driverItem, reportItem, rules, type Item, type Rule } from "./items";

const ROW = 22;

interface Timeline {
  element: HTMLElement;
  mark: (when: number) => void;
}

/** Rows so that no label covers another: each item goes into the first row with room. */
function pack<T extends Item>(items: T[], room: (item: T) => [number, number]): T[][] {
  const rows: { items: T[]; end: number }[] = [];
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

/** Keys that move a rule together with Shift: which of its days, and by how many. */
const KEYS: Record<string, readonly ["from" | "until", number]> = {
  ArrowLeft: ["from", -1],
  ArrowRight: ["from", 1],
  ArrowDown: ["until", -1],
  ArrowUp: ["until", 1],
};

/**
 * The timeline; `go` shows a moment. With `open`, which shows the what-if, rules can be dragged to
 * other days, which go into its draft.
 */
export function timeline(m: Model, store: Store, go: (time: number) => void, open: (() => void) | null): Timeline {
  const first = m.days[0] ?? 0;
  const last = (m.days[m.days.length - 1] ?? first) + DAY;
  const box = h("div", { class: "timeline-box" });
  const hint = (): string => `${t("timeline.hint")}${open ? ` ${t("timeline.drag")}` : ""}`;
  const said = h("p", { class: "said", "aria-live": "polite" }, hint());
  let cursor: SVGLineElement | null = null;
  let x = scaleLinear([first, last], [0, 1]);
  let now = first;
  let drawn = 0;
  let ready = false;
  /** Rule that is told of. */
  let about: string | null = null;

  const place = (time: number): number => x(Math.max(first, Math.min(last, time)));

  const focusable = (item: Item, shape: SVGElement, policy: string | null = null): SVGElement => {
    shape.setAttribute("role", "button");
    shape.setAttribute("aria-label", `${shortDay(item.from)} ${item.name}`);
    const tell = (): void => {
      if (about !== null && about === policy) return;
      about = policy;
      said.replaceChildren(...item.tell().filter((part) => part !== null));
    };
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

  /** The days of a rule with one of them so many days on: it begins before it ends, and in sight. */
  const shifted = ({ days }: Rule, end: "from" | "until", by: number): Days => {
    const { dates } = m.view;
    const position = (date: string | null, otherwise: number): number =>
      date === null ? otherwise : Math.round((midnight(date) - first) / DAY);
    const [low, high] =
      end === "from"
        ? [0, Math.min(dates.length - 1, position(days.until, dates.length) - 1)]
        : [Math.max(0, position(days.from, 0) + 1), dates.length - 1];
    const to = Math.max(low, Math.min(high, position(days[end], 0) + by));
    return { ...days, [end]: dates[to] ?? days[end] };
  };

  const movedByKeys = (rule: Rule, shape: SVGElement): void => {
    const { from, until } = rule.may;
    const named = [from ? "Shift+ArrowLeft Shift+ArrowRight" : "", until ? "Shift+ArrowUp Shift+ArrowDown" : ""];
    shape.setAttribute("aria-keyshortcuts", named.join(" ").trim());
    shape.addEventListener("keydown", (event) => {
      const [end, by] = (event.shiftKey && KEYS[event.key]) || [];
      if (!end || !by) return;
      event.preventDefault();
      event.stopPropagation();
      if (rule.may[end]) moveTo(store, rule.policy, shifted(rule, end, by));
    });
  };

  /** A rule: its mark, a line as long as it is in force, its name; and the grip at its end. */
  const ruleShapes = (rule: Rule, y: number, text: number, length: number): [SVGElement, SVGElement | null] => {
    const left = place(rule.from);
    const line = s("line", { x1: left, x2: Math.max(left + 3, place(rule.until)), y1: y + ROW - 3, y2: y + ROW - 3 });
    const dot = s("circle", { cx: Math.max(text + 6, left), cy: y + 9, r: 4, class: "mark" });
    const label = s("text", { x: text + 14, y: y + 13 }, rule.name);
    const grip = rule.may.from ? s("circle", { cx: Math.max(text + 6, left), cy: y + 9, r: 11, class: "grip" }) : null;
    const shape = focusable(
      rule,
      s("g", { class: `item ${rule.style}`, "data-policy": rule.policy.id }, s("rect", { x: text, y, width: length - 4, height: ROW - 2, class: "hit" }), line, dot, label),
      rule.policy.id,
    );
    if (grip) shape.append(grip);
    if (rule.may.from || rule.may.until) movedByKeys(rule, shape);
    const tail = rule.may.until
      ? s("rect", { x: place(rule.until) - 5, y: y + ROW - 9, width: 10, height: 10, class: "grip-end", "data-policy": rule.policy.id })
      : null;
    const days = (end: "from" | "until"): Drag => ({
      day: () => x(first + DAY) - x(first),
      over: (by) => {
        const next = shifted(rule, end, by);
        const from = place(end === "from" ? midnight(next.from) : rule.from);
        const until = next.until === null ? last : place(midnight(next.until));
        line.setAttribute("x1", String(from));
        line.setAttribute("x2", String(Math.max(from + 3, until)));
        tail?.setAttribute("x", String(until - 5));
        if (end === "from") for (const one of [dot, grip]) one?.setAttribute("cx", String(from));
        shape.classList.add("dragged");
        label.textContent = `${shortDay(next[end] ?? "")} · ${rule.name}`;
      },
      drop: (by) => moveTo(store, rule.policy, shifted(rule, end, by)),
      cancel: () => draw(true),
    });
    if (grip) draggable(shape, grip, box, days("from"));
    if (tail) {
      draggable(tail, tail, box, days("until"));
      tail.addEventListener("pointerenter", () => shape.dispatchEvent(new Event("pointerenter")));
    }
    return [shape, tail];
  };

  /** Draw anew where the width has changed, or what is to be shown. */
  const draw = (anew = false): void => {
    const width = Math.max(620, box.clientWidth || 900);
    if (width === drawn && !anew) return;
    drawn = width;
    const held = document.activeElement?.closest(".timeline .item")?.getAttribute("data-policy") ?? null;
    x = scaleLinear([first, last], [8, width - 8]);
    const parts: SVGElement[] = [];
    const ends: SVGElement[] = [];
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
    const every = rules(m, store.state, open);
    for (const row of pack(every, (item) => [start(item), start(item) + length(item)])) {
      for (const rule of row) {
        const [shape, end] = ruleShapes(rule, y, start(rule), length(rule));
        parts.push(shape);
        if (end) ends.push(end);
      }
      y += ROW;
    }
    parts.push(...ends);
    title(t("timeline.drivers"));
    for (const driver of m.view.drivers) {
      const high = 14;
      const points = m.days.map((time, i) => `${x(time + DAY / 2)},${y + high + 2 - (at(driver.level, i) ?? 0) * high}`);
      const item = driverItem(driver, first, last);
      parts.push(
        focusable(
          item,
          s(
            "g",
            { class: "item driver" },
            s("rect", { x: 8, y, width: width - 16, height: high + 4, class: "hit" }),
            s("polygon", { points: `${x(first)},${y + high + 2} ${points.join(" ")} ${x(last)},${y + high + 2}` }),
            s("text", { x: 10, y: y + 12 }, item.name),
          ),
        ),
      );
      y += high + 6;
    }
    title(t("timeline.reports"));
    const stack = new Map<number, number>();
    let deepest = 0;
    for (const item of m.view.reports.map(reportItem)) {
      if (item.from < first || item.from > last) continue;
      const level = stack.get(item.from) ?? 0;
      stack.set(item.from, level + 1);
      deepest = Math.max(deepest, level);
      const shape = s("g", { class: `item ${item.style}` }, s("circle", { cx: x(item.from + DAY / 2), cy: y + 7 + level * 11, r: 4 }));
      parts.push(focusable(item, shape));
    }
    y += 18 + deepest * 11;
    cursor = s("line", { y1: 14, y2: y, class: "cursor" });
    box.replaceChildren(
      s("svg", { viewBox: `0 0 ${width} ${y}`, width, height: y, class: "timeline", role: "group", "aria-label": t("timeline.label") }, ...parts, cursor),
    );
    if (!ready) roving(box, ".item");
    ready = true;
    const items = [...box.querySelectorAll<SVGElement>(".item")];
    const stop = items.find((item) => held !== null && item.dataset["policy"] === held) ?? items[0];
    for (const item of items) item.setAttribute("tabindex", item === stop ? "0" : "-1");
    const told = every.find((rule) => rule.policy.id === about);
    said.replaceChildren(...(told ? told.tell().filter((part) => part !== null) : [hint()]));
    if (!told) about = null;
    if (held !== null) stop?.focus();
    mark(now);
  };
  const mark = (time: number): void => {
    now = time;
    cursor?.setAttribute("x1", String(x(time)));
    cursor?.setAttribute("x2", String(x(time)));
  };
  new ResizeObserver(() => draw()).observe(box);
  const all = h("input", { type: "checkbox", checked: store.state.told, onchange: () => store.set({ told: all.checked }) });
  store.on(["told"], () => draw(true));
  if (open) store.on(["draft"], () => draw(true));
  return {
    element: h("section", { class: "timeline-section", "aria-label": t("timeline.label") }, h("div", { class: "timeline-head" }, h("h2", {}, t("timeline.label")), h("label", {}, all, t("timeline.told"))), box, said),
    mark,
  };
}
