/** The page of one run: puts the parts together and keeps them on the same moment. */
import { brief, briefDialog } from "./brief";
import { provenance } from "./chart/charts";
import { download } from "./chart/save";
import { chooser, h } from "./dom";
import { day } from "./format";
import { headline } from "./headline";
import type { RunLine, Source } from "./load";
import type { BaseMap } from "./map/camera";
import { MapView } from "./map/map";
import type { Model } from "./model";
import { more } from "./more";
import { compare, runName } from "./panel/compare";
import { details, type Details } from "./panel/details";
import { overview } from "./panel/overview";
import { pairs } from "./panel/pairs";
import { whatif } from "./panel/whatif";
import { Player, reducedMotion } from "./player";
import { TABS, type State, type Store, type Tab } from "./store";
import { tabs } from "./tabs";
import { timeline } from "./timeline/timeline";
import type { Listing, View } from "./view";
import { LANGUAGES, OWN_NAMES, isLanguage, t } from "./words";

interface Around {
  source: Source;
  base: BaseMap;
  model: Model;
  store: Store;
  runs: RunLine[];
  /** Id of the run that is shown. */
  own: string;
  /** Get the run anew: it has more members now. */
  renew: () => void;
  listing: Listing | null;
}

export interface Page {
  player: Player;
  close: () => void;
  /** Make the brief ready, since somebody prints. */
  prepare: () => void;
}

/** Runs of the same situation that knew different things: the reader picks what was known on a day. */
function asKnown({ runs, own, store, model }: Around): HTMLElement | null {
  const same = runs.filter((run) => run.scenario === model.view.head.scenario && run.kind !== "what_if");
  const dates = [...new Set(same.map((run) => run.as_of))].sort((a, b) => (a ?? "9999").localeCompare(b ?? "9999"));
  if (dates.length < 2) return null;
  const options = dates.flatMap((date) => {
    const run = same.find((one) => one.id === own && one.as_of === date) ?? same.find((one) => one.as_of === date);
    return run ? [[run.id, date ? day(date) : t("asof.all")] as const] : [];
  });
  return chooser(t("asof.label"), options, own, (id) => store.set({ run: id }));
}

function runChooser({ runs, own, store }: Around): HTMLElement | null {
  if (runs.length < 2) return null;
  return chooser(t("run"), runs.map((run) => [run.id, runName(run)] as const), own, (id) => store.set({ run: id }));
}

function header(around: Around, openBrief: () => void): HTMLElement {
  const { model, store, source, own } = around;
  const { head } = model.view;
  const said = h("span", { role: "status", class: "fine" });
  const copy = async (): Promise<void> => {
    store.keep();
    try {
      await navigator.clipboard.writeText(location.href);
      said.textContent = t("link.copied");
    } catch {
      said.textContent = t("link.address");
    }
  };
  const save = (): void =>
    download(`${provenance(model).stem}.json`, "application/json", JSON.stringify(model.view));
  return h(
    "header",
    { class: "top" },
    h("h1", {}, h("span", { class: "brand" }, "borderflow"), " ", head.name),
    h("p", { class: "warning" }, t("not.prediction")),
    h(
      "div",
      { class: "settings" },
      runChooser(around),
      asKnown(around),
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
      h("button", { type: "button", onclick: openBrief }, t("brief")),
      h("button", { type: "button", onclick: () => void copy() }, t("link.copy")),
      source.server && !head.heard
        ? h("a", { class: "button", href: `./api/runs/${encodeURIComponent(own)}/files.zip`, download: "" }, t("save.run"))
        : h("button", { type: "button", onclick: save }, t("save.run")),
      said,
    ),
  );
}

/** The newest run that knew less than this one. */
async function earlier({ runs, source, model }: Around): Promise<View | null> {
  const { scenario, as_of } = model.view.head;
  const before = runs
    .filter((run) => run.scenario === scenario && run.kind !== "what_if" && run.as_of !== null && (as_of === null || run.as_of < as_of))
    .sort((a, b) => (b.as_of ?? "").localeCompare(a.as_of ?? ""))[0];
  if (!before) return null;
  const view = await source.view(before.id);
  return "job" in view ? null : view;
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
  const ownRun = around.runs.find((run) => run.id === around.own);
  const growing = more(m, ownRun, around.source.server, around.renew);
  const top = headline(m);
  top.element.append(growing.element);
  const map = new MapView(m, store, around.base);
  let shown: Details = details(m, store.state.selection);
  const detailBox = h("div", { class: "panel" }, shown.element);
  const toWhatIf = (): void => {
    store.set({ tab: "whatif" });
    parts.whatif.scrollIntoView({ block: "nearest" });
    parts.whatif.querySelector<HTMLElement>(".main")?.focus({ preventScroll: true });
  };
  const line = timeline(m, store, (time) => player.go(stepAt(m, time)), around.listing && ownRun?.can_ask ? toWhatIf : null);
  const comparisonBox = h("div", { class: "panel" });
  const comparison = (runs: RunLine[]): void =>
    comparisonBox.replaceChildren(compare(m, store, around.source, runs, around.own));
  comparison(around.runs);
  const asked = whatif(m, store, ownRun, around.listing, (answer) => {
    map.differ(answer?.weighed?.alone ? null : answer);
    // The other arm is a run of its own now, and can be compared.
    if (answer) void around.source.runs().then(comparison, () => undefined);
  });
  const panelOf = (body: HTMLElement): HTMLElement => h("div", { class: "panel" }, body);
  const parts: Record<Tab, HTMLElement> = {
    details: detailBox,
    whatif: panelOf(asked.element),
    compare: comparisonBox,
    pairs: panelOf(pairs(m, store)),
    tables: panelOf(overview(m, store)),
  };
  const paper = briefDialog(async () => brief(m, m.dayOf[store.state.step] ?? 0, await earlier(around).catch(() => null)));
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
  map.controls(player.element);
  const panel = tabs(
    t("panel.label"),
    TABS.map((id) => ({ id, title: t(`tab.${id}`), body: parts[id] })),
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
    header(around, () => void paper.open()),
    h(
      "main",
      { id: "main", tabindex: -1 },
      top.element,
      h("div", { class: "stage" }, h("div", { class: "world" }, map.element), h("aside", { class: "side", "aria-label": t("panel.label") }, panel.element)),
      line.element,
    ),
    footer(m),
    paper.element,
  );
  top.show(m.dayOf[store.state.step] ?? 0);
  player.go(store.state.step);
  return {
    player,
    close: () => {
      player.stop();
      asked.close();
      growing.close();
    },
    prepare: paper.fill,
  };
}

/** The step that holds a time. */
function stepAt(m: Model, time: number): number {

  const hours = m.view.head.step_hours * 3_600_000;
  return Math.round((time - (m.days[0] ?? 0)) / hours);
}

/** Local time of a step on the axis of the charts, whose days begin at midnight UTC. */
function timeAt(m: Model, step: number): number {
  return (m.days[0] ?? 0) + step * m.view.head.step_hours * 3_600_000;
}

export function mayMove(): boolean {
  return !reducedMotion();
}
