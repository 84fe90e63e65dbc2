/** A run that is still being simulated, or has few members: how far it is, and more on request. */
import { h } from "./dom";
import * as jobs from "./jobs";
import type { RunLine } from "./load";
import type { Model } from "./model";
import { t, type Key } from "./words";

const ENOUGH = 200;

interface More {
  element: HTMLElement;
  close: () => void;
}

/** Follow the job that makes the run, offer its newer numbers, and ask for more where it rests. */
export function more(m: Model, run: RunLine | undefined, server: boolean, renew: () => void): More {
  const said = h("span", { role: "status" });
  const show = h("button", { type: "button", hidden: true, onclick: renew }, t("more.show"));
  const ask = h("button", { type: "button", hidden: true, onclick: () => void start() }, t("more.ask", { n: ENOUGH }));
  let stop = (): void => undefined;
  const newer = (members: number): void => {
    if (members <= m.view.head.members) return;
    said.textContent = t("more.ready", { n: members });
    show.hidden = false;
  };
  const follow = (job: string): void => {
    ask.hidden = true;
    stop = jobs.follow(job, {
      progress: ({ stage, done, total, estimate }) => {
        if (show.hidden) said.textContent = `${t(`stage.${stage}` as Key)} ${done} / ${total}`;
        newer(estimate);
      },
      estimate: (data) => "run" in data && newer(data.members),
      end: (how, job_) => {
        if (how !== "done") said.textContent = `${t(`whatif.${how}`)} ${job_?.error ?? ""}`;
      },
    });
  };
  const start = async (): Promise<void> => {
    if (!run) return;
    try {
      follow((await jobs.more(run.id, ENOUGH)).id);
    } catch (error) {
      said.textContent = jobs.findings(error).map((one) => one.message).join(" ");
    }
  };
  if (server && run?.can_ask) {
    if (run.job) follow(run.job);
    else ask.hidden = m.view.head.members >= ENOUGH;
  }
  return { element: h("div", { class: "more-members fine" }, said, " ", show, ask), close: () => stop() };
}
