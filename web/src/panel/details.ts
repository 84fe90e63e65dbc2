/** What is known of the selected post, country or place: charts through time, and who reported what. */
import { asDots, bandLine, chart, dots, full, reportText } from "../chart/charts";
import { badge, word, type Figure } from "../chart/figure";
import type { Line } from "../chart/plot";
import { h } from "../dom";
import { day, interval } from "../format";
import { country, nameOf, type Model } from "../model";
import { isZero } from "../series";
import type { Selection } from "../store";
import type { Country, Mark, Place, Post, Queue } from "../view";
import { t, type Key } from "../words";

export interface Details {
  element: HTMLElement;
  mark: (when: number) => void;
}

const SIDES = ["exit", "neutral", "entry"] as const;

function queues(m: Model, post: Post): Figure[] {
  const made: Figure[] = [];
  const n = m.days.length;
  const standing = SIDES.flatMap((side): [Queue, string][] => {
    const queue = post[side];
    return queue ? [[queue, side]] : [];
  });
  const with_ = standing.filter(([queue]) => !isZero(queue.people) || !isZero(queue.vehicles));
  for (const [queue, side] of with_.length ? with_ : standing.slice(0, 1)) {
    const title = (key: Key): string =>
      t(key, { side: t(`side.${side}` as Key), country: country(m, queue.country) });
    const first = side === "exit";
    made.push(chart(m, title("chart.queue"), [bandLine(t("median"), side, queue.people, n)]));
    made.push(
      chart(m, title("chart.vehicles"), [bandLine(t("median"), side, queue.vehicles, n)], {
        unit: "vehicles",
        dots: first ? dots(m, "queue_vehicles", post.id) : [],
      }),
      chart(m, title("chart.wait"), [bandLine(t("median"), side, queue.wait_hours, n)], {
        unit: "hours",
        dots: first ? dots(m, "wait_hours", post.id) : [],
      }),
    );
  }
  return made;
}

function entries(m: Model, id: string, of: Post | Country, mark: Mark): Figure[] {
  const n = m.days.length;
  return [
    chart(m, t("chart.entries_above"), [bandLine(t("median"), "out", of.entries_above, n)], { mark }),
    chart(m, t("chart.entries_citizens"), [bandLine(t("median"), "gross", of.entries_citizens, n)], {
      mark,
      dots: dots(m, "entries_citizens", id),
      note: t("headline.note"),
    }),
  ];
}

function post(m: Model, one: Post): Figure[] {
  const place = m.place.get(one.id);
  const mark = m.country.get(one.neutral?.country ?? place?.country ?? "")?.mark ?? "assumed";
  return [...queues(m, one), ...entries(m, one.id, one, mark)];
}

function land(m: Model, one: Country): Figure[] {
  const n = m.days.length;
  const made: Figure[] = [];
  const { mark } = one;
  if (!one.origin) {
    made.push(
      chart(m, t("chart.present"), [bandLine(t("median"), "present", one.present, n)], {
        mark,
        dots: dots(m, "present", one.id),
      }),
    );
    const groups = one.present_groups
      .map((series, i): Line => ({
        label: m.view.groups[i]?.name ?? "",
        style: `series-${i}`,
        q50: full(series, n),
      }))
      .filter((line, i) => !m.view.groups[i]?.ordinary && line.q50.some((value) => value !== 0));
    if (groups.length > 1) made.push(chart(m, t("chart.present_groups"), groups, { mark }));
  }
  made.push(...entries(m, one.id, one, mark));
  made.push(
    chart(m, t("chart.exits_above"), [bandLine(t("median"), "back", one.exits_above, n)], { mark }),
    chart(m, t("chart.exits_citizens"), [bandLine(t("median"), "gross", one.exits_citizens, n)], {
      mark,
      dots: dots(m, "exits_citizens", one.id),
    }),
  );
  return made;
}

function place(m: Model, one: Place): Figure[] {
  if (one.present === null) return [];
  return [chart(m, t("chart.present"), [bandLine(t("median"), "present", one.present, m.days.length)])];
}

/** What only reports count, such as kilometres of a queue: as a report of each day would have. */
function measures(m: Model, id: string): Figure[] {
  return m.view.measures
    .filter((one) => one.at.includes(id))
    .map((one) =>
      chart(m, `${word("quantity", one.quantity)}: ${one.place}`, [bandLine(t("median"), "gross", one.days, m.days.length)], {
        axis: one.unit,
        dots: asDots(m, m.view.reports.filter(({ quantity, place }) => quantity === one.quantity && place === one.place)),
        note: t("measure.note"),
      }),
    );
}

function refusals(m: Model, one: Country): HTMLElement | null {
  if (!one.refusals.length) return null;
  return h(
    "details",
    { class: "more" },
    h("summary", {}, t("refusals")),
    h(
      "ul",
      {},
      ...one.refusals.map((week) =>
        h("li", {}, `${t("week.of", { date: day(week.week) })}: ${interval(week.values)}`),
      ),
    ),
    h("p", { class: "fine" }, t("refusals.note", { country: country(m, one.id) })),
  );
}

/** Every report about it, also those that no chart can hold. */
function reports(m: Model, id: string): HTMLElement | null {
  const about = m.view.reports.filter((report) => report.at.includes(id));
  if (!about.length) return null;
  return h(
    "details",
    { class: "more" },
    h("summary", {}, `${t("reports")}: ${about.length}`),
    h(
      "ul",
      { class: "reports" },
      ...about.map((report) =>
        h(
          "li",
          {},
          h("strong", {}, word("quantity", report.quantity)),
          ` ${reportText(report)} `,
          report.simulated ? h("span", { class: "fine" }, `${t("report.simulated")} ${interval(report.simulated)}. `) : null,
          report.uncharted ? h("span", { class: "fine" }, `${t(`report.${report.uncharted}`)} `) : null,
          link(report.url),
        ),
      ),
    ),
  );
}

/** An address is a link only where it is one of the web. */
export function link(url: string): HTMLElement | null {
  if (!/^https?:\/\//.test(url)) return null;
  return h("a", { href: url, rel: "noreferrer noopener", target: "_blank" }, t("source"));
}

export function details(m: Model, selection: Selection | null): Details {
  if (!selection) {
    return { element: h("p", { class: "hint" }, t("details.hint")), mark: () => undefined };
  }
  const { kind, id } = selection;
  const name = nameOf(m, id);
  const onePost = m.post.get(id);
  const oneCountry = m.country.get(id);
  const onePlace = m.place.get(id);
  let figures: Figure[] = [];
  let intro: (Node | string | null)[] = [];
  if (kind === "post" && onePost) {
    figures = post(m, onePost);
    intro = [t("total.entries", { n: interval(onePost.total_entries_above) })];
  } else if (kind === "country" && oneCountry) {
    figures = land(m, oneCountry);
    intro = [
      t("total.entries", { n: interval(oneCountry.total_entries_above) }),
      " ",
      oneCountry.origin ? null : t("total.present", { n: interval(oneCountry.present_end) }),
      " ",
      badge(oneCountry.mark),
    ];
  } else if (onePlace) {
    figures = place(m, onePlace);
    intro = [onePlace.controlled_by ? t("controlled", { country: country(m, onePlace.controlled_by) }) : null];
  }
  figures.push(...measures(m, id));
  return {
    element: h(
      "div",
      { class: "details" },
      h("h3", { tabindex: -1 }, name, onePlace && kind !== "country" ? h("small", {}, ` · ${country(m, onePlace.country)}`) : null),
      h("p", {}, ...intro),
      ...figures.map((figure) => figure.element),
      oneCountry && kind === "country" ? refusals(m, oneCountry) : null,
      reports(m, id),
    ),
    mark: (when) => figures.forEach((figure) => figure.mark(when)),
  };
}
