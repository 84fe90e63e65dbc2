/** The moving layer of the map: flows, queues by side, people present, and the labels with values. */
import { short } from "../format";
import { between } from "../series";
import { isolated, rightToLeft } from "../words";
import type { Camera, Point, World } from "./camera";
import { sides, type Arc, type Cluster, type Scene } from "./scene";

export interface Colours {
  sea: string;
  land: string;
  border: string;
  text: string;
  halo: string;
  out: string;
  back: string;
  onward: string;
  exit: string;
  neutral: string;
  entry: string;
  present: string;
  focus: string;
}

export interface Now {
  /** Position in `times`, between two steps while playing. */
  step: number;
  /** Position in `dates`. */
  day: number;
  /** Seconds since the page was opened: moves the dots along the lines. */
  clock: number;
  /** Dots move only where the reader wants motion. */
  moving: boolean;
  selected: string | null;
}

type Box = [number, number, number, number];
const BAR = 7;
const TALLEST = 64;
const WIDEST = 22;
const LARGEST = 34;

/** Draw the still ground: sea, land, borders. */
export function ground(c: CanvasRenderingContext2D, w: World, camera: Camera, colours: Colours): void {
  const ratio = c.canvas.width / camera.width;
  c.setTransform(1, 0, 0, 1, 0, 0);
  c.fillStyle = colours.sea;
  c.fillRect(0, 0, c.canvas.width, c.canvas.height);
  c.setTransform(ratio * camera.k, 0, 0, ratio * camera.k, ratio * camera.x, ratio * camera.y);
  c.fillStyle = colours.land;
  c.fill(w.land);
  c.strokeStyle = colours.border;
  c.lineWidth = 0.8 / camera.k;
  c.stroke(w.borders);
}

/** Width of a flow in pixels: in proportion to people a day, thin but visible near zero. */
export function width(value: number, most: number): number {
  return value < 0.5 ? 0 : 0.8 + (value / most) * WIDEST;
}

/** Height of a bar of people waiting, in proportion. */
export function tall(value: number, most: number): number {
  return (value / most) * TALLEST;
}

export function radius(value: number, most: number): number {
  return value < 1 ? 0 : 2 + Math.sqrt(value / most) * LARGEST;
}

function path(c: CanvasRenderingContext2D, line: Point[]): void {
  c.beginPath();
  line.forEach(([x, y], i) => (i ? c.lineTo(x, y) : c.moveTo(x, y)));
}

/** A point on a line, at a share of its length. */
function along(line: Point[], share: number): Point {
  const lengths = line.slice(1).map((p, i) => Math.hypot(p[0] - line[i]![0], p[1] - line[i]![1]));
  let rest = lengths.reduce((a, b) => a + b, 0) * share;
  for (const [i, length] of lengths.entries()) {
    const [a, b] = [line[i]!, line[i + 1]!];
    if (rest <= length || i === lengths.length - 1) {
      const part = length ? Math.min(1, rest / length) : 0;
      return [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part];
    }
    rest -= length;
  }
  return line[0] ?? [0, 0];
}

export class Painter {
  private taken: Box[] = [];

  constructor(
    private readonly c: CanvasRenderingContext2D,
    private readonly camera: Camera,
    private readonly colours: Colours,
  ) {}

  paint(scene: Scene, groups: Cluster[], now: Now): void {
    const { c, camera } = this;
    const ratio = c.canvas.width / camera.width;
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, camera.width, camera.height);
    this.taken = [];
    const lines = scene.arcs.map((arc) => arc.line.map((at) => camera.to(at)));
    c.lineCap = "round";
    c.lineJoin = "round";
    for (let i = scene.arcs.length - 1; i >= 0; i--) this.flow(scene.arcs[i]!, lines[i]!, scene, now);
    for (const centre of scene.centres) this.present(scene, centre.id, camera.to(centre.at), now);
    for (const group of groups) this.queues(group, scene, now);
    this.labels(scene, lines, groups, now);
  }

  private flow(arc: Arc, line: Point[], scene: Scene, now: Now): void {
    const { c, colours } = this;
    const value = between(arc.series, now.day);
    const w = width(Math.abs(value), scene.most.flow);
    if (!w) return;
    const chosen = now.selected === arc.flow.to || now.selected === arc.flow.place;
    c.strokeStyle = this.hue(arc, value, scene);
    c.globalAlpha = chosen || !now.selected ? 0.62 : 0.3;
    c.lineWidth = w;
    c.setLineDash(arc.flow.mode === "air" && w < 5 ? [6, 4] : []);
    path(c, line);
    c.stroke();
    c.setLineDash([]);
    if (!now.moving || w < 1.1) return;
    c.globalAlpha = 0.95;
    c.fillStyle = colours.halo;
    for (let dot = 0; dot < 3; dot++) {
      const [x, y] = along(line, (now.clock * 0.28 + dot / 3) % 1);
      c.beginPath();
      c.arc(x, y, Math.max(1.2, Math.min(3.2, w / 3)), 0, 7);
      c.fill();
    }
    c.globalAlpha = 1;
  }

  private hue(arc: Arc, value: number, scene: Scene): string {
    if (!scene.differs) return this.colours[arc.flow.direction];
    return value > 0 ? this.colours.out : this.colours.entry;
  }

  private present(scene: Scene, id: string, [x, y]: Point, now: Now): void {
    const { c, colours } = this;
    const r = radius(between(scene.present.get(id), now.day), scene.most.present);
    c.globalAlpha = 0.28;
    c.fillStyle = colours.present;
    c.beginPath();
    c.arc(x, y, r, 0, 7);
    c.fill();
    c.globalAlpha = 1;
    c.lineWidth = now.selected === id ? 3 : 1.2;
    c.strokeStyle = colours.present;
    c.stroke();
  }

  /** Three bars standing on the post, from the side that people come from to the far side. */
  private queues(group: Cluster, scene: Scene, now: Now): void {
    const { c, colours } = this;
    const [x, y] = group.at;
    const waiting = queued(group, now.step);
    const names = ["exit", "neutral", "entry"] as const;
    c.globalAlpha = 1;
    [0, 1, 2].forEach((side) => {
      const height = tall(waiting[side]!, scene.most.queue);
      const left = x + (side - 1.5) * (BAR + 1);
      c.fillStyle = colours.halo;
      c.fillRect(left - 1, y - height - 3, BAR + 2, height + 4);
      c.fillStyle = colours[names[side]!];
      c.fillRect(left, y - height - 2, BAR, height + 2);
    });
    c.strokeStyle = group.posts.some((post) => post.id === now.selected) ? colours.focus : colours.text;
    c.lineWidth = group.posts.some((post) => post.id === now.selected) ? 3 : 1.2;
    c.beginPath();
    c.moveTo(x - 14, y + 1);
    c.lineTo(x + 14, y + 1);
    c.stroke();
  }

  private labels(scene: Scene, lines: Point[][], groups: Cluster[], now: Now): void {
    const { c, colours } = this;
    for (const group of groups) {
      const top = tall(Math.max(...queued(group, now.step)), scene.most.queue);
      this.taken.push([group.at[0] - 12, group.at[1] - 4 - top, group.at[0] + 12, group.at[1] + 3]);
    }
    c.textBaseline = "middle";
    c.direction = rightToLeft() ? "rtl" : "ltr";
    c.lineWidth = 3;
    c.strokeStyle = colours.halo;
    const big = [...scene.centres]
      .map((centre) => ({ centre, n: between(scene.present.get(centre.id), now.day) }))
      .sort((a, b) => b.n - a.n);
    const waiting = groups
      .map((group) => ({ group, n: queued(group, now.step).reduce((a, b) => a + b, 0) }))
      .sort((a, b) => b.n - a.n);
    const post = ({ group, n }: (typeof waiting)[number]): void =>
      this.label([group.label, n >= 10 ? short(n) : ""], [group.at[0], group.at[1] + 11], colours.text);
    // The longest queues first, then countries, then what room is left for.
    waiting.slice(0, 3).forEach(post);
    for (const { centre, n } of big) {
      const at = this.camera.to(centre.at);
      this.label([centre.label, n >= 10 ? short(n) : ""], at, colours.text, true);
    }
    waiting.slice(3).forEach(post);
    scene.arcs.forEach((arc, i) => {
      const value = between(arc.series, now.day);
      if (Math.abs(value) < Math.max(10, scene.most.flow / 200)) return;
      const text = scene.differs && value > 0 ? `+${short(value)}` : short(value);
      this.label([text], along(lines[i]!, 0.4), this.hue(arc, value, scene));
    });
  }

  /** Write words where nothing is written yet; a label that finds no room is left out. */
  private label(words: string[], [x, y]: Point, colour: string, bold = false): void {
    const { c } = this;
    const text = words.filter(Boolean).map(isolated).join(" · ");
    c.font = `${bold ? "600 13px" : "12px"} system-ui, sans-serif`;
    const half = c.measureText(text).width / 2 + 3;
    if (x < -half || y < 0 || x > this.camera.width + half || y > this.camera.height) return;
    const spots: Point[] = [[x, y], [x, y + 15], [x, y - 15], [x + half + 10, y], [x - half - 10, y]];
    for (const [px, py] of spots) {
      const box: Box = [px - half, py - 8, px + half, py + 8];
      const inside = box[0] > 2 && box[2] < this.camera.width - 2 && box[1] > 2 && box[3] < this.camera.height - 2;
      if (!inside || this.taken.some((other) => overlap(box, other))) continue;
      this.taken.push(box);
      c.textAlign = "center";
      c.strokeText(text, px, py);
      c.fillStyle = colour;
      c.fillText(text, px, py);
      return;
    }
  }
}

/** People waiting at the posts of a cluster: before the exit, in between, before the entry. */
export function queued(group: Cluster, step: number): [number, number, number] {
  const total: [number, number, number] = [0, 0, 0];
  for (const post of group.posts) {
    sides(post).forEach((series, side) => (total[side as 0 | 1 | 2] += between(series, step)));
  }
  return total;
}

function overlap(a: Box, b: Box): boolean {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}
