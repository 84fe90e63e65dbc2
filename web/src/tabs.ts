/** Tabs as the practices for accessible pages describe them: one tab stop, arrows move. */
import { freshId, h, roving } from "./dom";

interface Tabs {
  element: HTMLElement;
  choose: (id: string) => void;
}

export function tabs(
  label: string,
  pages: readonly { id: string; title: string; body: HTMLElement }[],
  chosen: string,
  onChoose: (id: string) => void,
): Tabs {
  const list = h("div", { role: "tablist", "aria-label": label, class: "tabs" });
  const parts = pages.map(({ id, title, body }) => {
    const own = freshId("tab");
    const button = h(
      "button",
      { role: "tab", type: "button", id: own, "data-tab": id, "aria-controls": `${own}-page`, onclick: () => onChoose(id) },
      title,
    );
    body.id = `${own}-page`;
    body.setAttribute("role", "tabpanel");
    body.setAttribute("aria-labelledby", own);
    list.append(button);
    return { id, button, body };
  });
  const choose = (id: string): void => {
    for (const part of parts) {
      const on = part.id === id;
      part.button.setAttribute("aria-selected", String(on));
      part.button.setAttribute("tabindex", on ? "0" : "-1");
      part.body.hidden = !on;
    }
  };
  roving(list, "[role=tab]");
  choose(chosen);
  return { element: h("div", { class: "tabbed" }, list, ...pages.map((page) => page.body)), choose };
}
