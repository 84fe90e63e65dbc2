/** Opens the page: reads the address, gets a run, draws it, and draws it anew when another is asked. */
import "./style/page.css";
import "./style/map.css";
import "./style/charts.css";
import "./style/print.css";
import { page, mayMove, type Page } from "./app";
import { h } from "./dom";
import { follow } from "./jobs";
import { source } from "./load";
import { model, type Model } from "./model";
import { keys } from "./player";
import { initial, read, Store } from "./store";
import { speak, t } from "./words";

const root = document.getElementById("page") ?? document.body;

function theme(name: string): void {
  document.documentElement.dataset["theme"] = name;
}

async function start(): Promise<void> {
  const usual = initial();
  const asked = location.hash.length > 1;
  const store = new Store(read(location.hash, usual), usual);
  speak(store.state.language);
  theme(store.state.theme);
  root.replaceChildren(h("p", { class: "waiting", role: "status" }, t("loading")));
  const from = source();
  const [base, listing] = await Promise.all([from.base(), from.listing()]);
  let runs = listing?.runs ?? (await from.runs());
  let own = "";
  let current: Page | null = null;
  let held: Model | null = null;

  const draw = (): void => {
    if (!held) return;
    current?.close();
    store.clear();
    speak(store.state.language);
    document.title = `${held.view.head.name} · borderflow`;
    listen();
    const renew = (): void => void refresh().catch(failed);
    current = page({ source: from, base, model: held, store, runs, own, listing, renew }, root);
  };
  const show = async (id: string): Promise<void> => {
    const answer = await from.view(id);
    if ("job" in answer) {
      // Before the job has a name there is nothing to listen to yet.
      if (answer.job) await wait(answer.job);
      else await new Promise((resolve) => window.setTimeout(resolve, 1000));
      runs = await from.runs();
      return show(id);
    }
    own = id;
    held = model(answer);
    draw();
  };
  const refresh = async (): Promise<void> => {
    runs = await from.runs();
    await show(own);
  };
  const listen = (): void => {
    store.on(["language"], draw);
    store.on(["theme"], (state) => theme(state.theme));
    store.on(["run"], (state) => void show(state.run ?? runs[0]?.id ?? "").catch(failed));
  };
  keys(() => current?.player ?? null);
  window.addEventListener("beforeprint", () => current?.prepare());
  window.addEventListener("hashchange", () => store.adopt());
  await show((runs.find((run) => run.id === store.state.run) ?? runs[0])?.id ?? "");
  if (!asked && mayMove()) (current as Page | null)?.player.play();
}

/** Say how far the server is with the first simulated worlds, until there is something to see. */
function wait(job: string): Promise<void> {
  const bar = h("progress", { max: 1, "aria-label": t("loading") });
  const said = h("p", { role: "status" }, t("loading.base"));
  root.replaceChildren(h("div", { class: "waiting" }, said, bar));
  return new Promise((resolve, reject) => {
    const stop = follow(job, {
      progress: ({ done, total }) => {
        if (total) bar.value = done / total;
      },
      estimate: () => {
        stop();
        resolve();
      },
      end: (how, ended) => (how === "done" ? resolve() : reject(new Error(ended?.error ?? t(`whatif.${how}`)))),
    });
  });
}

function failed(error: unknown): void {
  const said = error instanceof Error ? error.message : String(error);
  root.replaceChildren(h("p", { class: "waiting", role: "alert" }, `${t("failed")} ${said}`));
}

start().catch(failed);
