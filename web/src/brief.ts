/** A page to print: headline numbers, what changed, how sure it is, where it comes from. */
import { bandLine, chart, provenance } from "./chart/charts";
import { badge, word } from "./chart/figure";
import { h, type Child } from "./dom";
import { day, estimate, interval, midnight, DAY, shortDay, signed } from "./format";
import { sentence } from "./headline";
import { country, nameOf, type Model } from "./model";
import { five, highest, median, peak } from "./series";
import type { Band, Five, View } from "./view";
import { t } from "./words";

const TOP = 5;

function heading(m: Model, at: string): HTMLElement {
  const { head } = m.view;
  return h(
    "header",
    {},
    h("h2", {}, `${head.name}: ${t("brief")}`),
    h("p", {}, h("strong", {}, t("not.prediction")), ` · ${t("brief.moment", { date: day(at) })} · ${t("cutoff")} ${day(head.data_cut_off)}`),
    h("p", {}, sentence(m)),
  );
}

function numbers(m: Model): HTMLElement {
  return h(
    "ul",
    { class: "brief-numbers" },
    ...m.view.headlines.map((line) =>
      h("li", {}, h("strong", {}, `${t(`headline.${line.id}`)}: ${interval(line.values)} `), badge(line.mark),
        line.post ? ` ${t("headline.where", { post: nameOf(m, line.post), date: line.date ? day(line.date) : "" })}` : null),
    ),
  );
}

/** Rules and reports of the week up to the moment, and how the numbers moved in it. */
function week(m: Model, at: number): HTMLElement {
  const last = m.days[at] ?? 0;
  const first = last - 7 * DAY;
  const inside = (text: string | null): boolean => {
    const time = text ? midnight(text) : NaN;
    return time > first && time <= last;
  };
  const rules = m.view.policies
    .filter((policy) => policy.acts || policy.added)
    .flatMap((policy) => [
      ...(inside(policy.from) ? [t("brief.begins", { rule: `${policy.place}: ${word("policy", policy.kind)}`, date: shortDay(policy.from) })] : []),
      ...(inside(policy.until) ? [t("brief.ends", { rule: `${policy.place}: ${word("policy", policy.kind)}`, date: shortDay(policy.until ?? "") })] : []),
    ]);
  const told = m.view.reports.filter((report) => inside(report.known_from)).length;
  const before = Math.max(0, at - 7);
  const moved = m.view.headlines.map((line) =>
    t("brief.moved", {
      what: t(`headline.${line.id}`),
      before: estimate(five(line.days, before)).middle,
      now: estimate(five(line.days, at)).middle,
    }),
  );
  return h(
    "section",
    {},
    h("h3", {}, t("brief.week", { from: shortDay(first + DAY), to: shortDay(last) })),
    h("ul", {}, ...[...moved, ...rules.slice(0, 8), t("brief.reports", { n: told })].map((text) => h("li", {}, text))),
  );
}

/** How the headline numbers differ from those of an earlier run of the same situation. */
function since(m: Model, earlier: View): HTMLElement {
  const when = earlier.head.as_of ?? earlier.head.data_cut_off;
  const lines = m.view.headlines.flatMap((line) => {
    const old = earlier.headlines.find((one) => one.id === line.id);
    const [now, then] = [line.values[2], old?.values[2] ?? null];
    if (now === null || then === null || !old) return [];
    return [t("brief.since_line", { what: t(`headline.${line.id}`), before: interval(old.values), now: interval(line.values), change: signed(now - then) })];
  });
  return h("section", {}, h("h3", {}, t("brief.since", { date: day(when) })), h("ul", {}, ...lines.map((text) => h("li", {}, text))));
}

/** The five quantiles on the day of the highest median. */
function top(band: Band): Five {
  return five(band, peak(median(band)));
}

function countries(m: Model): HTMLElement {
  const rows = m.view.countries
    .filter((land) => !land.origin)
    .sort((a, b) => (b.total_entries_above[2] ?? 0) - (a.total_entries_above[2] ?? 0))
    .slice(0, TOP);
  const posts = m.view.posts
    .flatMap((post) => (post.exit ? [{ post, most: highest(median(post.exit.people)), queue: post.exit }] : []))
    .filter((one) => one.most >= 10)
    .sort((a, b) => b.most - a.most)
    .slice(0, TOP);
  const cell = (text: Child): HTMLElement => h("td", {}, text);
  const header = (...names: string[]): HTMLElement => h("thead", {}, h("tr", {}, ...names.map((name) => h("th", { scope: "col" }, name))));
  return h(
    "div",
    { class: "brief-tables" },
    h("table", {}, header(t("country"), t("chart.entries_above.short"), t("legend.present"), ""),
      h("tbody", {}, ...rows.map((land) =>
        h("tr", {}, h("th", { scope: "row" }, country(m, land.id)), cell(interval(land.total_entries_above)), cell(interval(land.present_end)), cell(badge(land.mark)))))),
    h("table", {}, header(t("post"), t("legend.queue"), t("unit.hours")),
      h("tbody", {}, ...posts.map(({ post, queue }) =>
        h("tr", {}, h("th", { scope: "row" }, `${post.name} (${t("side.exit")})`), cell(interval(top(queue.people))), cell(interval(top(queue.wait_hours))))))),
  );
}

function sureness(m: Model): HTMLElement {
  const { head, reports } = m.view;
  const compared = reports.filter((report) => report.inside !== null);
  const inside = compared.filter((report) => report.inside).length;
  const marks = m.view.countries.filter((land) => !land.origin);
  const n = (mark: string): number => marks.filter((land) => land.mark === mark).length;
  return h(
    "section",
    {},
    h("h3", {}, t("brief.sureness")),
    h("p", {}, t("brief.bands", { n: head.members }), " ", head.rough ? t("headline.rough", { n: head.members }) : null, " ",
      head.quantile_error ? t("brief.counted", { n: 100 * head.quantile_error }) : null, " ",
      t("brief.marks", { learned: n("learned"), partly: n("partly"), assumed: n("assumed") }), " ",
      compared.length ? t("brief.inside", { inside, n: compared.length }) : null),
  );
}

function sources(m: Model): HTMLElement {
  const publishers = new Map<string, number>();
  for (const report of m.view.reports) publishers.set(report.publisher, (publishers.get(report.publisher) ?? 0) + 1);
  const named = [...publishers].sort((a, b) => b[1] - a[1]).slice(0, 10).map(([name, n]) => `${name} (${n})`);
  return h(
    "section",
    {},
    h("h3", {}, t("brief.sources")),
    h("p", {}, named.length ? `${named.join(", ")}. ` : null, t("brief.assumptions", { scenario: m.view.head.scenario })),
    h("p", {}, t("headline.note"), " ", t("footer.use"), " ", t("disclaimer.borders")),
    h("p", { class: "fine" }, provenance(m).foot),
  );
}

/** The whole brief for a day of the slider; `earlier` is the run before this one, where one is kept. */
export function brief(m: Model, at: number, earlier: View | null): HTMLElement {
  const entries = m.view.headlines.find((line) => line.id === "entries_above_ordinary");
  const figure = entries
    ? chart(m, t("compare.all"), [bandLine(t("median"), "out", entries.days, m.days.length)], { mark: entries.mark })
    : null;
  figure?.mark(m.days[at] ?? 0);
  return h(
    "article",
    { class: "brief", "aria-label": t("brief") },
    heading(m, m.view.dates[at] ?? ""),
    numbers(m),
    h("div", { class: "brief-middle" }, figure?.element ?? null, countries(m)),
    h("div", { class: "brief-changes" }, week(m, at), earlier ? since(m, earlier) : null),
    sureness(m),
    sources(m),
  );
}

/** The dialog that shows the brief; printing the page prints the brief and nothing else. */
export function briefDialog(make: () => Promise<HTMLElement>): {
  element: HTMLDialogElement;
  fill: () => void;
  open: () => Promise<void>;
} {
  const body = h("div", { class: "brief-body" });
  const close = h("button", { type: "button", onclick: () => element.close() }, t("close"));
  const element = h(
    "dialog",
    { class: "brief-dialog", "aria-label": t("brief") },
    h("div", { class: "actions screen" }, h("button", { type: "button", class: "main", onclick: () => window.print() }, t("print")), close),
    body,
  );
  const fill = async (): Promise<void> => body.replaceChildren(await make());
  return {
    element,
    fill: () => void fill(),
    open: async () => {
      await fill();
      element.showModal();
    },
  };
}
