/** What stands on the timeline: rules with their days, drivers, reports; each can tell of itself. */
import { reportText } from "../chart/charts";
import { word } from "../chart/figure";
import { h } from "../dom";
import { DAY, day, midnight } from "../format";
import type { Model } from "../model";
import { link } from "../panel/details";
import { draftDays, isMoved, movable, ownDays, type Days } from "../panel/moving";
import type { State } from "../store";
import type { Driver, Policy, Report } from "../view";
import { t } from "../words";

export interface Item {
  from: number;
  until: number;
  name: string;
  style: string;
  tell: () => (Node | string | null)[];
}

export interface Rule extends Item {
  policy: Policy;
  days: Days;
  /** Which of its days can be moved here. */
  may: { from: boolean; until: boolean };
}

/** A day of a policy or report in milliseconds; the hour counts where it is given. */
function when(text: string): number {
  return midnight(text) + (Number(text.slice(11, 13)) || 0) * 3_600_000;
}

function span({ from, until }: Days): string {
  return `${day(from)} – ${until ? day(until) : "…"}`;
}

/**
 * Rules that begin or end within the shown days, on the days that the draft gives them.
 *
 * With `open`, which shows the what-if, they can be moved.
 */
export function rules(m: Model, state: State, open: (() => void) | null): Rule[] {
  const first = m.days[0] ?? 0;
  const last = (m.days[m.days.length - 1] ?? first) + DAY;
  const inside = (time: number): boolean => time >= first && time <= last;
  const { draft, told } = state;
  return m.view.policies
    .filter((policy) => told || policy.acts || policy.added)
    .map((policy): Rule => {
      const moved = isMoved(draft, policy);
      const days = draftDays(draft, policy);
      const may = open ? movable(m, policy) : { from: false, until: false };
      const name = `${policy.place}: ${word("policy", policy.kind)}`;
      const style = [
        policy.added ? "added" : policy.acts ? "acts" : "told",
        moved ? "moved" : "",
        draft.without.includes(policy.id) ? "off" : "",
        may.from ? "movable" : "",
      ];
      return {
        policy,
        days,
        may,
        from: moved ? midnight(days.from) : when(policy.from),
        until: days.until ? (moved ? midnight(days.until) : when(policy.until ?? "")) : Infinity,
        name,
        style: style.filter(Boolean).join(" "),
        tell: () => [
          h("strong", {}, name),
          ` (${span(days)}; ${t(policy.acts ? "policy.acts" : "policy.told")}). `,
          moved && open ? h("em", {}, t("timeline.moved", { days: span(ownDays(policy)) })) : null,
          moved && open ? " " : null,
          moved && open ? h("button", { type: "button", onclick: open }, t("timeline.to_whatif")) : null,
          ` ${policy.applies_to}. ${policy.text} `,
          link(policy.url),
        ],
      };
    })
    .filter((rule) => inside(rule.from) || inside(rule.until) || rule.policy.added);
}

export function driverItem(driver: Driver, first: number, last: number): Item {
  const begin = driver.parts[0];
  return {
    from: begin ? when(begin.from) : first,
    until: last,
    name: word("driver", driver.id),
    style: "driver",
    tell: () => [
      h("strong", {}, word("driver", driver.id)),
      ` (${t(driver.assumed ? "mark.assumed" : "driver.series")}). `,
      ...driver.parts.slice(0, 3).map((part) => `${part.place}, ${day(part.from)}: ${part.text} `),
    ],
  };
}

export function reportItem(report: Report): Item {
  const time = midnight(report.end);
  const name = `${report.place}: ${word("quantity", report.quantity)}`;
  return {
    from: time,
    until: time,
    name,
    style: report.inside === false ? "report outside" : "report",
    tell: () => [h("strong", {}, name), ` ${reportText(report)} `, link(report.url)],
  };
}
