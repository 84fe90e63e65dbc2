/** Opens the page: reads the address, gets a run, draws it, and draws it anew when another is asked. */
import "./style/page.css";
import "./style/map.css";
import "./style/charts.css";
import "./style/print.css";
import { page, mayMove, type Page } from "./app";
import { h } from "./dom";
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
  const [base, runs] = await Promise.all([from.base(), from.runs()]);
  let current: Page | null = null;
  let held: Model | null = null;

  const draw = (): void => {
    if (!held) return;
    current?.close();
    store.clear();
    speak(store.state.language);
    document.title = `${held.view.head.name} · borderflow`;
    listen();
    current = page({ source: from, base, model: held, store }, root);
  };
  const show = async (id: string): Promise<void> => {
    const answer = await from.view(id);
    if ("job" in answer) throw new Error(t("loading"));
    held = model(answer);
    draw();
  };
  const listen = (): void => {
    store.on(["language"], draw);
    store.on(["theme"], (state) => theme(state.theme));
    store.on(["run"], (state) => void show(state.run ?? runs[0]?.id ?? "").catch(failed));
  };
  keys(() => current?.player ?? null);
  window.addEventListener("hashchange", () => store.adopt());
  await show(store.state.run ?? runs[0]?.id ?? "");
  if (!asked && mayMove()) (current as Page | null)?.player.play();
}

function failed(error: unknown): void {
  const said = error instanceof Error ? error.message : String(error);
  root.replaceChildren(h("p", { class: "waiting", role: "alert" }, `${t("failed")} ${said}`));
}

start().catch(failed);
