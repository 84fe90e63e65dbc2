/** What if: change the rules, run, and see the paired difference; a running job can be cancelled. */
import { h } from "../dom";
import * as jobs from "../jobs";
import type { RunLine } from "../load";
import type { Model } from "../model";
import { EMPTY, type Store } from "../store";
import type { Difference, Job, Listing, WhatIf } from "../view";
import { t, type Key } from "../words";
import { answerView } from "./answer";
import { addedList, addReport, addRule, policyList } from "./rules";

const FIRST = 50;

interface Asked {
  element: HTMLElement;
  /** Stop listening: the page is drawn anew. */
  close: () => void;
}

export function whatif(
  m: Model,
  store: Store,
  run: RunLine | undefined,
  listing: Listing | null,
  onAnswer: (answer: Difference | null) => void,
): Asked {
  if (!listing || !run?.can_ask) {
    const words = t(listing ? "whatif.cannot" : "whatif.file");
    return { element: h("div", {}, h("p", { class: "hint" }, words), h("ul", {}, ...rulesSaid(m))), close: () => undefined };
  }
  let stop = (): void => undefined;
  let current: string | null = null;
  /** Cancel was pressed before the server had given the job a name. */
  let unwanted = false;
  const added = h("div", {}, addedList(m, store));
  const status = h("p", { role: "status", class: "status" });
  const bar = h("progress", { max: 1, value: 0, "aria-label": t("whatif.progress"), hidden: true });
  const problems = h("div", { role: "alert" });
  const answer = h("div", {});
  const members = h("select", {}, ...[FIRST, 100, 200, 400].filter((n) => n <= listing.max_members).map((n) => h("option", { value: n }, String(n))));
  const go = h("button", { type: "button", class: "main", onclick: () => void ask() }, t("whatif.run"));
  const cancel = h("button", { type: "button", hidden: true, onclick: () => void giveUp() }, t("whatif.cancel"));
  const reset = h("button", { type: "button", onclick: () => store.set({ draft: EMPTY, answer: null }) }, t("whatif.reset"));

  const busy = (on: boolean): void => {
    go.disabled = on;
    cancel.hidden = !on;
    bar.hidden = !on;
  };
  const show = (difference: Difference): void => {
    answer.replaceChildren(answerView(m, difference));
    onAnswer(difference);
  };
  const progress = (job: Job): void => {
    bar.value = job.total ? job.done / job.total : 0;
    status.textContent = `${t(`stage.${job.stage}` as Key)} ${job.total ? `${job.done} / ${job.total}` : ""}`;
  };
  const giveUp = async (): Promise<void> => {
    unwanted = current === null;
    if (current) await jobs.cancel(current).catch(fail);
  };
  const listen = (id: string): void => {
    current = id;
    busy(true);
    stop = jobs.follow(id, {
      progress,
      estimate: (data) => "rows" in data && show(data),
      end: (how, job) => {
        busy(false);
        current = null;
        status.textContent = t(`whatif.${how}`) + (job?.error ? ` ${job.error}` : "");
        if (how === "done") answer.querySelector("h3")?.focus({ preventScroll: true });
      },
    });
  };
  const fail = (error: unknown): void => {
    busy(false);
    status.textContent = "";
    problems.replaceChildren(
      h("ul", {}, ...jobs.findings(error).map((one) => h("li", {}, one.column ? `${one.column}: ` : null, one.message))),
    );
  };
  const ask = async (): Promise<void> => {
    const { draft } = store.state;
    const question: WhatIf = { run: run.id, members: Number(members.value), ...draft };
    problems.replaceChildren();
    unwanted = false;
    busy(true);
    status.textContent = t("stage.preparing");
    try {
      const job = await jobs.start(question);
      store.set({ answer: job.id });
      listen(job.id);
      if (unwanted) await giveUp();
    } catch (error) {
      fail(error);
    }
  };
  /** An address names a job: show its answer, or go on listening. */
  const again = async (id: string): Promise<void> => {
    try {
      const job = await jobs.state(id);
      if (job.status === "running") listen(id);
      if (job.estimate > 0) show(await jobs.result(id));
    } catch {
      store.set({ answer: null });
    }
  };
  store.on(["draft"], () => added.replaceChildren(addedList(m, store)));
  store.on(["answer"], (state) => {
    if (state.answer) return;
    answer.replaceChildren();
    onAnswer(null);
  });
  const { answer: kept } = store.state;
  if (kept) void again(kept);
  return {
    element: h(
      "div",
      { class: "whatif" },
      h("p", {}, t("whatif.intro")),
      h("div", { class: "run-row" }, h("label", {}, t("whatif.members"), " ", members), go, cancel, reset),
      bar,
      status,
      problems,
      answer,
      added,
      h("details", { class: "more", open: true }, h("summary", {}, t("whatif.rules")), policyList(m, store)),
      h("details", { class: "more" }, h("summary", {}, t("whatif.add_a_rule")), addRule(m, store, listing.rules)),
      h("details", { class: "more" }, h("summary", {}, t("whatif.add_a_report")), addReport(m, store)),
    ),
    close: () => stop(),
  };
}

/** In a file: the rules in force, as words, since nothing can be asked. */
function rulesSaid(m: Model): HTMLElement[] {
  return m.view.policies
    .filter((policy) => policy.acts)
    .map((policy) => h("li", {}, `${policy.place}: ${policy.text}`));
}
