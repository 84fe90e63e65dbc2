/** The time of the page: a slider, play and pause, single steps and speed; arrow keys and space. */
import { chooser, h } from "./dom";
import { moment } from "./format";
import type { Model } from "./model";
import type { Store } from "./store";
import { t } from "./words";

/** Steps that pass in a second at speed 1: a day of three-hour steps. */
const PACE = 8;

type Show = (step: number, day: number, clock: number, moving: boolean) => void;

export function reducedMotion(): boolean {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}

export class Player {
  readonly element: HTMLElement;
  playing = false;
  private position: number;
  private frame = 0;
  private before = 0;
  private readonly last: number;
  private readonly slider: HTMLInputElement;
  private readonly button: HTMLButtonElement;
  private readonly label = h("output", { class: "moment" });

  constructor(
    private readonly m: Model,
    private readonly store: Store,
    private readonly show: Show,
    /** Called when the slider rests on another step. */
    private readonly rest: () => void,
  ) {
    this.last = Math.max(0, m.view.times.length - 1);
    this.position = Math.min(this.last, store.state.step);
    this.slider = h("input", {
      type: "range",
      min: 0,
      max: this.last,
      step: 1,
      value: this.position,
      class: "slider",
      dir: "ltr",
      "aria-label": t("player.slider"),
      oninput: () => this.go(Number(this.slider.value)),
    });
    this.button = h("button", { type: "button", class: "play", onclick: () => this.toggle() });
    const step = (by: number, sign: string, label: string): HTMLButtonElement =>
      h("button", { type: "button", "aria-label": label, title: label, onclick: () => this.step(by) }, sign);
    this.element = h(
      "div",
      { class: "player", role: "group", "aria-label": t("player.label") },
      this.button,
      h("span", { class: "steps", dir: "ltr" }, step(-1, "◂", t("player.back")), step(1, "▸", t("player.forward"))),
      this.slider,
      this.label,
      chooser(
        t("player.speed"),
        [0.5, 1, 2, 4].map((speed) => [String(speed), `× ${speed}`] as const),
        String(store.state.speed),
        (value) => this.store.set({ speed: Number(value) }),
      ),
    );
    store.on(["step"], (state) => {
      if (!this.playing && state.step !== Math.round(this.position)) this.go(state.step);
    });
    this.say();
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  play(): void {
    if (this.playing) return;
    if (this.position >= this.last) this.position = 0;
    this.playing = true;
    this.before = 0;
    this.frame = requestAnimationFrame((now) => this.tick(now));
    this.say();
  }

  pause(): void {
    this.playing = false;
    cancelAnimationFrame(this.frame);
    this.go(Math.round(this.position));
  }

  step(by: number): void {
    if (this.playing) this.pause();
    this.go(Math.round(this.position) + by);
  }

  go(step: number): void {
    this.position = Math.max(0, Math.min(this.last, step));
    this.draw(this.before / 1000);
    this.store.set({ step: Math.round(this.position) });
    this.say();
    if (!this.playing) this.rest();
  }

  stop(): void {
    this.playing = false;
    cancelAnimationFrame(this.frame);
  }

  private tick(now: number): void {
    if (!this.playing) return;
    const passed = this.before ? Math.min(0.1, (now - this.before) / 1000) : 0;
    this.before = now;
    this.position += passed * PACE * this.store.state.speed;
    if (this.position >= this.last) {
      this.position = this.last;
      this.pause();
      return;
    }
    this.draw(now / 1000);
    const step = Math.floor(this.position);
    if (step !== this.store.state.step) {
      this.store.set({ step });
      this.say();
    }
    this.frame = requestAnimationFrame((next) => this.tick(next));
  }

  private draw(clock: number): void {
    const low = Math.floor(this.position);
    const share = this.position - low;
    // Flows are numbers of a day: they glide from the middle of one day to the middle of the next.
    const steps = this.m.view.times.length / Math.max(1, this.m.view.dates.length);
    const day = Math.max(0, Math.min(this.m.view.dates.length - 1, (low + share) / steps - 0.5));
    this.show(this.position, this.playing ? day : (this.m.dayOf[low] ?? 0), clock, this.playing && !reducedMotion());
  }

  private say(): void {
    const time = this.m.view.times[Math.round(this.position)];
    const text = time ? moment(time, this.m.view.head.timezone) : "";
    this.label.textContent = text;
    this.slider.value = String(Math.round(this.position));
    this.slider.setAttribute("aria-valuetext", text);
    const word = t(this.playing ? "player.pause" : "player.play");
    if (this.button.textContent !== word) this.button.textContent = word;
    this.button.setAttribute("aria-pressed", String(this.playing));
  }
}

/** Space plays and pauses, arrows step, wherever the keys have nothing better to do. */
export function keys(player: () => Player | null): void {
  document.addEventListener("keydown", (event) => {
    const on = event.target instanceof Element ? event.target : document.body;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (on.closest("input, select, textarea, [role=tab], [data-arrows], dialog")) return;
    if (event.key === " " && !on.closest("button, summary, a")) player()?.toggle();
    else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      // Time runs to the right in every language, as in the charts.
      player()?.step(event.key === "ArrowRight" ? 1 : -1);
    } else return;
    event.preventDefault();
  });
}
