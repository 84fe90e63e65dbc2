/** The first screen: one sentence that says what one sees, and three numbers. */
import { h } from "./dom";
import { day, estimate, interval } from "./format";
import { country, nameOf, type Model } from "./model";
import { five } from "./series";
import type { Headline } from "./view";
import { t } from "./words";
import { badge } from "./chart/figure";

interface Head {
  element: HTMLElement;
  /** Say the numbers up to a day. */
  show: (day: number) => void;
}

/** What one sees, in a sentence. */
export function sentence(m: Model): string {
  const { head } = m.view;
  const from = head.origin_countries.map((id) => country(m, id)).join(", ");
  const values = { name: head.name, from, start: day(head.start), end: day(head.end), n: head.members };
  const said = t(head.kind === "what_if" ? "sentence.what_if" : "sentence", values);
  return head.heard ? `${said} ${t("sentence.heard", { n: head.heard })}` : said;
}

export function headline(m: Model): Head {
  const running: { line: Headline; said: HTMLElement }[] = [];
  const cards = m.view.headlines.map((line) => {
    const said = h("span", { class: "running" });
    running.push({ line, said });
    const where = line.post
      ? t("headline.where", { post: nameOf(m, line.post), date: line.date ? day(line.date) : "" })
      : null;
    return h(
      "div",
      { class: `card ${line.id}` },
      h("dt", {}, t(`headline.${line.id}`)),
      h("dd", { class: "big" }, interval(line.values), " ", badge(line.mark)),
      h("dd", {}, where, where ? " · " : null, said),
    );
  });
  return {
    element: h(
      "section",
      { class: "headline", "aria-label": t("headline.label") },
      h("p", { class: "sentence" }, sentence(m)),
      h("dl", { class: "cards" }, ...cards),
      h(
        "p",
        { class: "fine" },
        t("headline.note"),
        " ",
        m.view.head.rough ? h("strong", {}, t("headline.rough", { n: m.view.head.members })) : null,
      ),
    ),
    show: (at) => {
      for (const { line, said } of running) {
        const key = line.id === "entries_above_ordinary" ? "headline.until" : "headline.on";
        said.textContent = t(key, { date: day(m.view.dates[at] ?? ""), n: estimate(five(line.days, at)).middle });
      }
    },
  };
}
