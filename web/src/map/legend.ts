/** What widths, bars and circles of the map stand for, with numbers. */
import { h, s } from "../dom";
import { short } from "../format";
import { t } from "../words";
import { radius, tall, width } from "./draw";
import type { Scene } from "./scene";

/** A round number near `value`, below it: 1, 2 or 5 times a power of ten. */
function round(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  const lead = value / power;
  return (lead >= 5 ? 5 : lead >= 2 ? 2 : 1) * power;
}

export function legend(most: Scene["most"]): HTMLElement {
  const big = round(most.flow);
  const flows = [big, round(big / 4), round(big / 20)].map((value) =>
    h(
      "span",
      { class: "key" },
      s(
        "svg",
        { width: 30, height: 24, "aria-hidden": "true" },
        s("line", { x1: 0, x2: 30, y1: 12, y2: 12, class: "key-flow", "stroke-width": width(value, most.flow) }),
      ),
      short(value),
    ),
  );
  const queue = round(most.queue / 2);
  const height = tall(queue, most.queue);
  const sides = (["exit", "neutral", "entry"] as const).map((side) =>
    h("span", { class: "key" }, h("span", { class: `swatch ${side}` }), t(`side.${side}`)),
  );
  const present = round(most.present / 4);
  const r = radius(present, most.present);
  return h(
    "dl",
    { class: "legend" },
    h("div", {}, h("dt", {}, t("legend.flow")), h("dd", {}, ...flows)),
    h(
      "div",
      {},
      h("dt", {}, t("legend.queue")),
      h(
        "dd",
        {},
        ...sides,
        h(
          "span",
          { class: "key" },
          s(
            "svg",
            { width: 9, height, "aria-hidden": "true" },
            s("rect", { x: 1, y: 0, width: 7, height, class: "key-bar" }),
          ),
          short(queue),
        ),
      ),
    ),
    h(
      "div",
      {},
      h("dt", {}, t("legend.present")),
      h(
        "dd",
        {},
        h(
          "span",
          { class: "key" },
          s(
            "svg",
            { width: 2 * r + 2, height: 2 * r + 2, "aria-hidden": "true" },
            s("circle", { cx: r + 1, cy: r + 1, r, class: "key-circle" }),
          ),
          short(present),
        ),
      ),
    ),
  );
}
