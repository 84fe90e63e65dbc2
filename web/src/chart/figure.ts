/** A chart with all that belongs to it: title, mark, table, files, and words for the dot that is read. */
import { freshId, h } from "../dom";
import type { Mark, Num } from "../view";
import { known, t } from "../words";
import { plot, type Plot, type PlotData } from "./plot";
import { csv, download, png, standalone, type Cell, type Table } from "./save";

export interface Figure {
  element: HTMLElement;
  mark: (when: number) => void;
}

export interface Provenance {
  /** For file names: scenario, seed, version. */
  stem: string;
  /** Under a picture that leaves the page. */
  foot: string;
}

const MARKS: Record<Mark, string> = { learned: "●", partly: "◐", assumed: "○" };

/** How far a number was learned: a sign and a word, never colour alone. */
export function badge(mark: Mark): HTMLElement {
  return h(
    "span",
    { class: `badge ${mark}`, title: t(`mark.${mark}.long`) },
    h("span", { "aria-hidden": "true" }, `${MARKS[mark]} `),
    t(`mark.${mark}`),
  );
}

/** A table for people; what is suppressed says so. */
export function table(content: Table, format: (value: Cell, column: number) => string): HTMLElement {
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": content.title },
    h(
      "table",
      {},
      h("caption", { class: "hidden" }, content.title),
      h("thead", {}, h("tr", {}, ...content.columns.map((name) => h("th", { scope: "col" }, name)))),
      h(
        "tbody",
        {},
        ...content.rows.map((row) =>
          h(
            "tr",
            {},
            ...row.map((value, i) =>
              i === 0 ? h("th", { scope: "row" }, format(value, i)) : h("td", {}, format(value, i)),
            ),
          ),
        ),
      ),
    ),
  );
}

function toTable(title: string, data: PlotData, names: string[]): Table {
  const columns = [t("date")];
  const picks: ((i: number) => Num)[] = [];
  for (const one of data.lines) {
    const lead = data.lines.length > 1 ? `${one.label} ` : "";
    for (const [values, name] of [
      [one.q10, "10 %"],
      [one.q25, "25 %"],
      [one.q50, one.q10 ? "50 %" : t("median")],
      [one.q75, "75 %"],
      [one.q90, "90 %"],
    ] as const) {
      if (!values) continue;
      columns.push(`${lead}${name}`);
      picks.push((i) => values[i] ?? null);
    }
  }
  return { title, columns, rows: names.map((name, i) => [name, ...picks.map((pick) => pick(i))]) };
}

export function figure(
  title: string,
  data: PlotData,
  dates: string[],
  about: Provenance,
  format: (value: Num) => string,
  extra: { mark?: Mark; note?: string } = {},
): Figure {
  const id = freshId("figure");
  const said = h("p", { class: "said", "aria-live": "polite" });
  const holder = h("div", { class: "plot-box" });
  const rows = (): Table => toTable(title, data, dates);
  const name = `${about.stem}_${title.replace(/[^\p{L}\p{N}]+/gu, "-")}`;
  let drawn: Plot | null = null;
  let when = 0;
  let width = 0;
  const draw = (): void => {
    const now = Math.max(260, Math.round(holder.clientWidth) || 420);
    if (drawn && now === width) return;
    width = now;
    drawn = plot({ ...data, onDot: (text) => (said.textContent = text ?? "") }, title, width);
    drawn.mark(when);
    holder.replaceChildren(drawn.svg);
  };
  const observer = new ResizeObserver(draw);
  observer.observe(holder);
  draw();
  const picture = (): string => (drawn ? standalone(drawn.svg, title, about.foot) : "");
  const twin = h("div", { class: "twin", hidden: true });
  const toggle = h(
    "button",
    {
      type: "button",
      "aria-expanded": "false",
      onclick: () => {
        twin.hidden = !twin.hidden;
        toggle.setAttribute("aria-expanded", String(!twin.hidden));
        if (!twin.hidden) {
          twin.replaceChildren(
            table(rows(), (value, i) => (i ? format(value as Num) : String(value))),
          );
        }
      },
    },
    t("table"),
  );
  const save = (label: string, act: () => void): HTMLButtonElement =>
    h("button", { type: "button", onclick: act, "aria-label": t("save.as", { kind: label, title }) }, label);
  const element = h(
    "figure",
    { class: "figure", "aria-labelledby": id },
    h("figcaption", { id }, title, extra.mark ? " " : null, extra.mark ? badge(extra.mark) : null),
    key(data),
    holder,
    said,
    extra.note ? h("p", { class: "fine" }, extra.note) : null,
    h(
      "div",
      { class: "actions" },
      toggle,
      save("CSV", () => download(`${name}.csv`, "text/csv;charset=utf-8", `\ufeff${csv(rows())}`)),
      save("PNG", () => void png(picture()).then((blob) => download(`${name}.png`, "image/png", blob))),
      save("SVG", () => download(`${name}.svg`, "image/svg+xml", picture())),
    ),
    twin,
  );
  return {
    element,
    mark: (at) => {
      when = at;
      drawn?.mark(at);
    },
  };
}

/** What the lines and bands stand for. */
function key(data: PlotData): HTMLElement {
  const items = data.lines.map((one) =>
    h("span", { class: "key" }, h("span", { class: `line-key ${one.style}` }), one.label),
  );
  if (data.lines.some((one) => one.q10)) {
    items.push(
      h("span", { class: "key" }, h("span", { class: "band-key inner" }), t("band.50")),
      h("span", { class: "key" }, h("span", { class: "band-key outer" }), t("band.80")),
    );
  }
  if (data.dots.length) items.push(h("span", { class: "key" }, h("span", { class: "dot-key" }), t("reports")));
  return h("div", { class: "keys" }, ...items);
}

/** Words under an id of the data. */
export function word(group: string, id: string): string {
  return known(`${group}.${id}`, id.replaceAll("_", " "));
}
