/** The state of the page, kept in the URL hash so that an address restores the exact view. */
import type { AddedReport, AddedRule } from "./view";
import { isLanguage, preferred, type Language } from "./words";

type Kind = "post" | "country" | "place" | "flow";
export interface Selection {
  kind: Kind;
  id: string;
}
export const TABS = ["details", "whatif", "compare", "pairs", "tables"] as const;
export type Tab = (typeof TABS)[number];

/** What the reader asks: the unsent question of the what-if panel. */
export interface Draft {
  without: string[];
  moved: { id: string; from: string; until?: string | null }[];
  added: AddedRule[];
  reports: AddedReport[];
}

export interface State {
  run: string | null;
  language: Language;
  theme: "auto" | "light" | "dark";
  /** Step of the slider. */
  step: number;
  speed: number;
  selection: Selection | null;
  tab: Tab;
  /** Which crossings the map shows: caused by the shock, or all citizens. */
  measure: "above" | "citizens";
  directions: string[];
  /** The timeline also holds rules without effect in the model. */
  told: boolean;
  compare: string[];
  compareAt: string;
  group: number | null;
  mode: string | null;
  /** Map: scale and centre in the base projection; null: all that matters fits. */
  camera: [number, number, number] | null;
  draft: Draft;
  /** Job whose answer is shown. */
  answer: string | null;
}

export const EMPTY: Draft = { without: [], moved: [], added: [], reports: [] };

export function initial(): State {
  return {
    run: null,
    language: preferred(navigator.languages),
    theme: "auto",
    step: 0,
    speed: 1,
    selection: null,
    tab: "details",
    measure: "above",
    directions: ["out", "onward"],
    told: false,
    compare: [],
    compareAt: "",
    group: null,
    mode: null,
    camera: null,
    draft: EMPTY,
    answer: null,
  };
}

/** The state as text after `#`; what is as usual is left out. */
function write(state: State, usual: State): string {
  const q = new URLSearchParams();
  if (state.run) q.set("run", state.run);
  q.set("lang", state.language);
  if (state.theme !== usual.theme) q.set("theme", state.theme);
  q.set("t", String(state.step));
  if (state.speed !== usual.speed) q.set("speed", String(state.speed));
  if (state.selection) q.set("sel", `${state.selection.kind}:${state.selection.id}`);
  if (state.tab !== usual.tab) q.set("tab", state.tab);
  if (state.measure !== usual.measure) q.set("count", state.measure);
  if (state.directions.join() !== usual.directions.join()) q.set("ways", state.directions.join());
  if (state.told) q.set("told", "1");
  if (state.compare.length) q.set("with", state.compare.join());
  if (state.compareAt) q.set("at", state.compareAt);
  if (state.group !== null) q.set("group", String(state.group));
  if (state.mode !== null) q.set("mode", state.mode);
  if (state.camera) q.set("map", state.camera.map((x) => x.toPrecision(6)).join());
  if (JSON.stringify(state.draft) !== JSON.stringify(EMPTY)) q.set("ask", JSON.stringify(state.draft));
  if (state.answer) q.set("answer", state.answer);
  return q.toString();
}

function list(text: string | null): string[] {
  return text ? text.split(",").filter(Boolean) : [];
}

function draft(text: string | null): Draft {
  try {
    const read = JSON.parse(text ?? "{}") as Partial<Draft>;
    const rows = <T>(value: T[] | undefined): T[] => (Array.isArray(value) ? value : []);
    return {
      without: rows(read.without).filter((id) => typeof id === "string"),
      moved: rows(read.moved),
      added: rows(read.added),
      reports: rows(read.reports),
    };
  } catch {
    return EMPTY;
  }
}

/** The state that an address asks for; nonsense in it is passed over. */
export function read(hash: string, usual: State): State {
  const q = new URLSearchParams(hash.replace(/^#/, ""));
  const whole = (name: string): number | null => {
    const text = q.get(name);
    return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : null;
  };
  const [kind, ...rest] = (q.get("sel") ?? "").split(":");
  const language = q.get("lang") ?? "";
  const camera = list(q.get("map")).map(Number);
  const theme = q.get("theme");
  const id = rest.join(":");
  return {
    run: q.get("run"),
    language: isLanguage(language) ? language : usual.language,
    theme: theme === "light" || theme === "dark" ? theme : "auto",
    step: whole("t") ?? usual.step,
    speed: [0.5, 1, 2, 4].find((speed) => String(speed) === q.get("speed")) ?? usual.speed,
    selection:
      id && (kind === "post" || kind === "country" || kind === "place" || kind === "flow")
        ? { kind, id }
        : null,
    tab: TABS.find((tab) => tab === q.get("tab")) ?? usual.tab,
    measure: q.get("count") === "citizens" ? "citizens" : "above",
    directions: q.has("ways") ? list(q.get("ways")) : usual.directions,
    told: q.get("told") === "1",
    compare: list(q.get("with")),
    compareAt: q.get("at") ?? "",
    group: whole("group"),
    mode: q.get("mode"),
    camera:
      camera.length === 3 && camera.every(Number.isFinite)
        ? [camera[0] ?? 1, camera[1] ?? 0, camera[2] ?? 0]
        : null,
    draft: draft(q.get("ask")),
    answer: q.get("answer"),
  };
}

type Listener = (state: State, before: State) => void;

/** Holds the state; tells who asked when one of their keys changed. */
export class Store {
  private listeners: { keys: (keyof State)[]; tell: Listener }[] = [];
  private timer = 0;

  constructor(
    public state: State,
    private readonly usual: State,
  ) {}

  set(patch: Partial<State>): void {
    const before = this.state;
    this.state = { ...before, ...patch };
    for (const { keys, tell } of [...this.listeners]) {
      if (keys.some((key) => before[key] !== this.state[key])) tell(this.state, before);
    }
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.keep(), 250);
  }

  /** Write the state into the address now. */
  keep(): void {
    const text = `#${write(this.state, this.usual)}`;
    if (location.hash !== text) history.replaceState(null, "", text);
  }

  /** Take the state that the address asks for (somebody pasted one). */
  adopt(): void {
    const next = read(location.hash, this.usual);
    this.set(next);
  }

  on(keys: (keyof State)[], tell: Listener): void {
    this.listeners.push({ keys, tell });
  }

  /** Forget all who listen: the page is drawn anew. */
  clear(): void {
    this.listeners = [];
  }
}
