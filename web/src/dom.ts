/** Elements made by hand: text is always text, never markup. */

export type Child = Node | string | null | undefined | false;
type Handler = (event: never) => void;
type Attributes = Record<string, string | number | boolean | null | undefined | Handler>;

function fill(element: Element, attributes: Attributes, children: readonly Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") {
      element.addEventListener(name.slice(2), value as EventListener);
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children.filter((child): child is Node | string => !!child || child === ""));
}

/** An HTML element; a function as attribute `onclick` listens to `click`. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

/** An SVG element. */
export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  fill(element, attributes, children);
  return element;
}

/** A select with a label of its own; calls back with the value that was chosen. */
export function chooser(
  label: string,
  options: readonly (readonly [string, string])[],
  chosen: string,
  onChange: (value: string) => void,
): HTMLElement {
  const id = freshId("choose");
  const select = h("select", { id, onchange: () => onChange(select.value) });
  for (const [value, text] of options) {
    select.append(h("option", { value, selected: value === chosen }, text));
  }
  return h("span", { class: "chooser" }, h("label", { for: id }, label), select);
}

let last = 0;
/** An id that no other element of the page has. */
export function freshId(prefix: string): string {
  last += 1;
  return `${prefix}-${last}`;
}

/** One tab stop for many things: arrow keys, Home and End move among them. */
export function roving(box: HTMLElement, selector: string): void {
  const items = (): (HTMLElement | SVGElement)[] => [...box.querySelectorAll<HTMLElement>(selector)];
  box.dataset["arrows"] = "";
  items().forEach((item, i) => item.setAttribute("tabindex", i ? "-1" : "0"));
  box.addEventListener("keydown", (event) => {
    const all = items();
    const here = all.indexOf(document.activeElement as HTMLElement);
    const back = document.documentElement.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
    const next: Record<string, number> = {
      [back]: here - 1,
      [back === "ArrowLeft" ? "ArrowRight" : "ArrowLeft"]: here + 1,
      ArrowUp: here - 1,
      ArrowDown: here + 1,
      Home: 0,
      End: all.length - 1,
    };
    const to = next[event.key];
    const item = to === undefined ? undefined : all[Math.max(0, Math.min(all.length - 1, to))];
    if (!item) return;
    event.preventDefault();
    event.stopPropagation();
    for (const one of all) one.setAttribute("tabindex", "-1");
    item.setAttribute("tabindex", "0");
    item.focus();
  });
}
