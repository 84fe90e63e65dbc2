/** The map: two canvases, and over them a button for each post and country, for keys and readers. */
import { chooser, h, roving } from "../dom";
import { count } from "../format";
import { country, type Model } from "../model";
import { drawn } from "../series";
import type { Selection, Store } from "../store";
import type { Difference, Series } from "../view";
import { t } from "../words";
import { Camera, world, type BaseMap, type Point, type World } from "./camera";
import { ground, Painter, queued, type Colours, type Now } from "./draw";
import { legend } from "./legend";
import { place, type Mark } from "./marks";
import { clusters, points, scene, type Cluster, type Scene } from "./scene";

const NAMES: (keyof Colours)[] = [
  "sea", "land", "border", "text", "halo", "out", "back", "onward", "exit", "neutral", "entry", "present", "focus",
];

function colours(): Colours {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(
    NAMES.map((name) => [name, style.getPropertyValue(`--map-${name}`).trim()]),
  ) as unknown as Colours;
}

export class MapView {
  readonly element: HTMLElement;
  private readonly frame = h("div", { class: "map-frame" });
  private readonly still = h("canvas", { class: "map-still", "aria-hidden": "true" });
  private readonly moving = h("canvas", { class: "map-moving", "aria-hidden": "true" });
  private readonly marks = h("div", { class: "map-marks", role: "group", "aria-label": t("map.label") });
  private readonly legendBox = h("div", { class: "map-legend" });
  private readonly camera: Camera;
  private readonly world: World;
  private scene: Scene;
  private change: Map<string, Series> | null = null;
  private readonly told = h("p", { class: "map-told", hidden: true }, t("map.difference"));
  private groups: Cluster[] = [];
  private palette = colours();
  private now: Now = { step: 0, day: 0, clock: 0, moving: false, selected: null };

  constructor(
    private readonly m: Model,
    private readonly store: Store,
    base: BaseMap,
  ) {
    this.world = world(base, points(m));
    this.camera = new Camera(this.world.box);
    this.scene = scene(m, this.world, store.state);
    this.frame.append(this.still, this.moving, this.marks, this.told, this.zoomButtons());
    this.element = h(
      "section",
      { class: "map", "aria-label": t("map.label") },
      this.tools(),
      this.frame,
      this.legendBox,
      h("p", { class: "fine" }, t("disclaimer.borders")),
    );
    roving(this.marks, ".mark");
    this.pointer();
    new ResizeObserver(() => this.resize()).observe(this.frame);
    store.on(["directions", "measure"], () => this.rebuild());
    store.on(["selection"], () => this.redraw());
    store.on(["camera"], (state, before) => {
      if (!state.camera && before.camera) this.camera.fit(this.world.box);
      this.moved(false);
    });
    store.on(["theme"], () => this.repaint());
  }

  /** Put the controls of time right under the map. */
  controls(element: HTMLElement): void {
    this.frame.after(element);
  }

  /** Draw the state of a moment; called for each frame while playing. */
  show(step: number, day: number, clock: number, moving: boolean): void {
    const selected = this.store.state.selection?.id ?? null;
    this.now = { step, day, clock, moving, selected };
    const context = this.moving.getContext("2d");
    if (context) new Painter(context, this.camera, this.palette).paint(this.scene, this.groups, this.now);
  }

  /** Take the colours of the theme and draw all. */
  repaint(): void {
    this.palette = colours();
    this.drawLegend();
    this.moved(false);
  }

  /** Say in the buttons what waits where; called when the slider rests. */
  describe(): void {
    place(this.marks, [...this.groups.map((group) => this.mark(group)), ...this.centreMarks()], this.camera);
  }

  /** Show how flows differ between two runs; null: show the flows themselves. */
  differ(answer: Difference | null): void {
    this.change = answer ? new Map(answer.flows.map((flow) => [flow.id, flow.days])) : null;
    this.told.hidden = !answer;
    this.rebuild();
  }

  private rebuild(): void {
    this.scene = scene(this.m, this.world, this.store.state, this.change);
    this.drawLegend();
    this.redraw();
  }

  private redraw(): void {
    this.show(this.now.step, this.now.day, this.now.clock, this.now.moving);
    this.describe();
  }

  private resize(): void {
    const { clientWidth: wide, clientHeight: high } = this.frame;
    if (!wide || !high) return;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    for (const canvas of [this.still, this.moving]) {
      canvas.width = Math.round(wide * ratio);
      canvas.height = Math.round(high * ratio);
    }
    const first = this.camera.width <= 1;
    this.camera.resize(wide, high);
    const kept = this.store.state.camera;
    if (first && kept) this.camera.back(kept);
    this.repaint();
  }

  private moved(keep = true): void {
    const context = this.still.getContext("2d");
    if (context) ground(context, this.world, this.camera, this.palette);
    this.groups = clusters(this.m, this.scene.spots, this.camera);
    this.redraw();
    if (keep) this.store.set({ camera: this.camera.where() });
  }

  private mark(group: Cluster): Mark {
    const first = group.posts[0];
    const [exit, neutral, entry] = queued(group, this.now.step).map((n) => count(n < 0.5 ? 0 : n));
    const label = `${group.posts.map((post) => post.name).join(", ")} → ${country(this.m, group.into)}: ${t(
      "map.queues",
      { exit: exit ?? "", neutral: neutral ?? "", entry: entry ?? "" },
    )}`;
    const choose = (): void => {
      if (group.posts.length > 1) this.closer(group);
      else if (first) this.store.set({ selection: { kind: "post", id: first.id }, tab: "details" });
    };
    return this.button(label, group.at, choose, first ? { kind: "post", id: first.id } : null);
  }

  private centreMarks(): Mark[] {
    return this.scene.centres.map((centre) => {
      const n = drawn(this.scene.present.get(centre.id), Math.round(this.now.day));
      const choice: Selection = { kind: "country", id: centre.id };
      return this.button(
        `${centre.label}: ${t("map.present", { n: count(n) })}`,
        this.camera.to(centre.at),
        () => this.store.set({ selection: choice, tab: "details" }),
        choice,
      );
    });
  }

  private button(label: string, at: Point, choose: () => void, choice: Selection | null): Mark {
    const chosen = choice !== null && this.store.state.selection?.id === choice.id;
    const button = h("button", { class: "mark", type: "button", "aria-label": label, title: label, onclick: choose });
    button.setAttribute("aria-pressed", String(chosen));
    if (choice) button.dataset["id"] = choice.id;
    return { button, at };
  }

  /** Zoom in so far that the posts of a cluster stand apart. */
  private closer(group: Cluster): void {
    const spots = this.scene.spots.filter((spot) => group.posts.includes(spot.post)).map((spot) => spot.at);
    const xs = spots.map(([x]) => x);
    const ys = spots.map(([, y]) => y);
    this.camera.fit([Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)], 90);
    this.moved();
  }

  private zoomButtons(): HTMLElement {
    const zoom = (factor: number) => (): void => {
      this.camera.zoom(factor);
      this.moved();
    };
    const button = (label: string, sign: string, act: () => void): HTMLButtonElement =>
      h("button", { type: "button", "aria-label": label, title: label, onclick: act }, sign);
    return h(
      "div",
      { class: "map-zoom" },
      button(t("map.in"), "+", zoom(1.6)),
      button(t("map.out"), "−", zoom(1 / 1.6)),
      button(t("map.all"), "⤢", () => {
        this.camera.fit(this.world.box);
        this.moved(false);
        this.store.set({ camera: null });
      }),
    );
  }

  private tools(): HTMLElement {
    const { state } = this.store;
    const ways = ["out", "onward", "back"] as const;
    return h(
      "div",
      { class: "map-tools" },
      chooser(
        t("map.count"),
        [
          ["above", t("count.above")],
          ["citizens", t("count.citizens")],
        ],
        state.measure,
        (value) => this.store.set({ measure: value === "citizens" ? "citizens" : "above" }),
      ),
      h(
        "fieldset",
        { class: "ways" },
        h("legend", {}, t("map.ways")),
        ...ways.map((way) => {
          const box = h("input", {
            type: "checkbox",
            checked: state.directions.includes(way),
            onchange: () => {
              const others = this.store.state.directions.filter((one) => one !== way);
              this.store.set({ directions: box.checked ? [...others, way] : others });
            },
          });
          return h("label", {}, box, h("span", { class: `swatch ${way}` }), t(`direction.${way}`));
        }),
      ),
    );
  }

  private drawLegend(): void {
    this.legendBox.replaceChildren(legend(this.scene.most));
  }

  private pointer(): void {
    const held = new Map<number, [number, number]>();
    let spread = 0;
    this.frame.addEventListener("pointerdown", (event) => {
      if (event.target instanceof Element && event.target.closest("button")) return;
      held.set(event.pointerId, [event.clientX, event.clientY]);
      this.frame.setPointerCapture(event.pointerId);
    });
    this.frame.addEventListener("pointermove", (event) => {
      const before = held.get(event.pointerId);
      if (!before) return;
      held.set(event.pointerId, [event.clientX, event.clientY]);
      if (held.size === 1) this.camera.move(event.clientX - before[0], event.clientY - before[1]);
      const [a, b] = [...held.values()];
      if (a && b) {
        const apart = Math.hypot(a[0] - b[0], a[1] - b[1]);
        if (spread) this.camera.zoom(apart / spread);
        spread = apart;
      }
      this.moved();
    });
    const release = (event: PointerEvent): void => {
      held.delete(event.pointerId);
      spread = 0;
    };
    this.frame.addEventListener("pointerup", release);
    this.frame.addEventListener("pointercancel", release);
    this.frame.addEventListener(
      "wheel",
      (event) => {
        // The wheel alone scrolls the page; with Ctrl (or a pinch on a touchpad) it zooms.
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        const box = this.frame.getBoundingClientRect();
        this.camera.zoom(Math.exp(-event.deltaY / 300), [event.clientX - box.left, event.clientY - box.top]);
        this.moved();
      },
      { passive: false },
    );
  }
}
