/** The page of one run: puts the parts together and keeps them on the same moment. */
import { chooser, h } from "./dom";
import { day } from "./format";
import { headline } from "./headline";
import type { Source } from "./load";
import type { BaseMap } from "./map/camera";
import { MapView } from "./map/map";
import type { Model } from "./model";
import { details, type Details } from "./panel/details";
import { overview } from "./panel/overview";
import { Player, reducedMotion } from "./player";
import { TABS, type State, type Store } from "./store";
import { tabs } from "./tabs";
import { timeline } from "./timeline";
import { LANGUAGES, OWN_NAMES, isLanguage, t } from "./words";

export interface Around {
  source: Source;
  base: BaseMap;
  model: Model;
  store: Store;
}

export interface Page {
  player: Player;
  close: () => void;
}

function header({ model, store }: Around): HTMLElement {
  const { head } = model.view;
  return h(
    "header",
    { class: "top" },
    h("h1", {}, h("span", { class: "brand" }, "borderflow"), " ", head.name),
    h("p", { class: "warning" }, t("not.prediction")),
    h(
      "div",
      { class: "settings" },
      chooser(
        t("language"),
        Object.keys(LANGUAGES).map((id) => [id, isLanguage(id) ? OWN_NAMES[id] : id] as const),
        store.state.language,
        (value) => isLanguage(value) && store.set({ language: value }),
      ),
      chooser(
        t("theme"),
        (["auto", "light", "dark"] as const).map((id) => [id, t(`theme.${id}`)] as const),
        store.state.theme,
        (value) => store.set({ theme: value as State["theme"] }),
      ),
    ),
  );
}

function footer({ view }: Model): HTMLElement {
  const { head } = view;
  return h(
    "footer",
    {},
    h("p", {}, t("footer.cutoff", { date: day(head.data_cut_off), seed: head.seed, members: head.members })),
    h("p", {}, t("footer.crossings"), " ", head.small_cells ? t("footer.small_shown") : t("footer.small")),
    h("p", {}, t("footer.use")),
    h("p", { class: "fine" }, `borderflow ${head.version} · ${head.scenario} · ${head.digest}`),
    h("p", { class: "fine" }, t("footer.map")),
  );
}

export function page(around: Around, root: HTMLElement): Page {
  const { model: m, store } = around;
  const top = headline(m);
  const map = new MapView(m, store, around.base);
  let shown: Details = details(m, store.state.selection);
  const detailBox = h("div", { class: "panel" }, shown.element);
  const line = timeline(m, (time) => player.go(stepAt(m, time)));
  const parts = {
    details: detailBox,
    tables: h("div", { class: "panel" }, overview(m, store)),
  };
  const marks = (when: number): void => {
    shown.mark(when);
    line.mark(when);
  };
  const player = new Player(
    m,
    store,
    (step, at, clock, moving) => {
      map.show(step, at, clock, moving);
      marks(timeAt(m, step));
    },
    () => map.describe(),
  );
  const panel = tabs(
    t("panel.label"),
    TABS.filter((id) => id in parts).map((id) => ({
      id,
      title: t(`tab.${id}`),
      body: parts[id as keyof typeof parts],
    })),
    store.state.tab,
    (id) => store.set({ tab: TABS.find((tab) => tab === id) ?? "details" }),
  );
  store.on(["step"], (state) => top.show(m.dayOf[state.step] ?? 0));
  store.on(["tab"], (state) => panel.choose(state.tab));
  store.on(["selection"], (state) => {
    shown = details(m, state.selection);
    detailBox.replaceChildren(shown.element);
    shown.mark(timeAt(m, state.step));
    if (state.selection) shown.element.querySelector("h3")?.focus({ preventScroll: true });
  });
  root.replaceChildren(
    h("a", { class: "skip", href: "#main" }, t("skip")),
    header(around),
    h(
      "main",
      { id: "main", tabindex: -1 },
      top.element,
      h("div", { class: "stage" }, h("div", { class: "world" }, map.element, player.element), h("aside", { class: "side", "aria-label": t("panel.label") }, panel.element)),
      line.element,
    ),
    footer(m),
  );
  top.show(m.dayOf[store.state.step] ?? 0);
  player.go(store.state.step);
  return { player, close: () => player.stop() };
}

/** The step that holds a time. */
export function stepAt(m: Model, time: number): number {

  const hours = m.view.head.step_hours * 3_600_000;
  return Math.round((time - (m.days[0] ?? 0)) / hours);
}

/** Local time of a step on the axis of the charts, whose days begin at midnight UTC. */
export function timeAt(m: Model, step: number): number {
  return (m.days[0] ?? 0) + step * m.view.head.step_hours * 3_600_000;
}

export function mayMove(): boolean {
  return !reducedMotion();
}
