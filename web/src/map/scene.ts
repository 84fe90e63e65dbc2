/** What the map shows, in base pixels and then on the screen: flows, posts in clusters, countries. */
import { nameOf, country, type Model } from "../model";
import { highest, isZero, median } from "../series";
import type { State } from "../store";
import type { Flow, Post, Series } from "../view";
import type { Camera, Point, World } from "./camera";

export interface Arc {
  flow: Flow;
  series: Series;
  /** In base pixels. */
  line: Point[];
}

interface Spot {
  post: Post;
  at: Point;
}

/** Posts into one country that would overlap on the screen, shown as one. */
export interface Cluster {
  posts: Post[];
  into: string;
  at: Point;
  label: string;
}

interface Centre {
  id: string;
  at: Point;
  label: string;
}

export interface Scene {
  /** Flows are differences: more or less than without the change. */
  differs: boolean;
  arcs: Arc[];
  spots: Spot[];
  /** Countries where people arrive. */
  centres: Centre[];
  /** People present above ordinary, by country. */
  present: Map<string, Series>;
  /** Largest flow, queue and number present of the whole run: what the scales are made of. */
  most: { flow: number; queue: number; present: number };
}

/** The points that the map has to hold: ends of flows that carry people, and posts that are used. */
export function points(m: Model): Point[] {
  const out = m.view.flows.filter((flow) => flow.direction === "out");
  const total = out.reduce((sum, flow) => sum + (flow.total_above[2] ?? 0), 0);
  const all = out.filter((flow) => (flow.total_above[2] ?? 0) >= total / 400).flatMap((flow) => flow.path);
  if (all.length) return all;
  return m.view.places.filter((place) => place.present ?? m.post.has(place.id)).map((place) => [place.lon, place.lat]);
}

/** A way by air bends aside, so that both directions are seen; one by land goes through its post. */
function line(flow: Flow, project: World["project"]): Point[] {
  const path = flow.path.map(project);
  const [from, to] = [path[0], path[path.length - 1]];
  if (!from || !to || path.length !== 2) return path;
  const bend: Point = [
    (from[0] + to[0]) / 2 - (to[1] - from[1]) * 0.16,
    (from[1] + to[1]) / 2 + (to[0] - from[0]) * 0.16,
  ];
  return Array.from({ length: 13 }, (_, i): Point => {
    const t = i / 12;
    const [a, b, c] = [(1 - t) ** 2, 2 * t * (1 - t), t ** 2];
    return [a * from[0] + b * bend[0] + c * to[0], a * from[1] + b * bend[1] + c * to[1]];
  });
}

/** What the map draws; with `change`, how the flows differ from those of another run. */
export function scene(m: Model, w: World, state: State, change: Map<string, Series> | null = null): Scene {
  const shown = m.view.flows.filter((flow) => state.directions.includes(flow.direction));
  const arcs: Arc[] = [];
  for (const flow of shown) {
    const plain = median(state.measure === "above" ? flow.above : flow.citizens);
    const series = change ? (change.get(flow.id) ?? 0) : plain;
    if (flow.path.length > 1) arcs.push({ flow, series, line: line(flow, w.project) });
  }
  arcs.sort((a, b) => size(b.series) - size(a.series));
  const spots: Spot[] = [];
  for (const post of m.view.posts) {
    const place = m.place.get(post.id);
    if (place && !isZero(post.entries_citizens)) spots.push({ post, at: w.project([place.lon, place.lat]) });
  }
  const centres: Centre[] = [];
  for (const land of m.view.countries) {
    if (land.origin) continue;
    const ends = m.view.places.filter((place) => place.country === land.id && place.present);
    if (!ends.length) continue;
    const lon = ends.reduce((total, place) => total + place.lon, 0) / ends.length;
    const lat = ends.reduce((total, place) => total + place.lat, 0) / ends.length;
    centres.push({ id: land.id, at: w.project([lon, lat]), label: country(m, land.id) });
  }
  return {
    differs: change !== null,
    arcs,
    spots,
    centres,
    present: new Map(m.view.countries.map((land) => [land.id, median(land.present)])),
    most: {
      flow: Math.max(1, ...arcs.map((arc) => size(arc.series))),
      queue: Math.max(1, ...m.view.posts.map((post) => Math.max(...sides(post).map(highest)))),
      present: Math.max(1, ...m.view.countries.map((land) => highest(median(land.present)))),
    },
  };
}

/** How far a series gets from zero. */
function size(series: Series): number {
  if (series === 0) return 0;
  return Math.max(highest(series), highest(series.map((value) => (value === null ? null : -value))));
}

/** Queues of a post by side, per step: exit, neutral zone, entry. */
export function sides(post: Post): [Series, Series, Series] {
  return [post.exit?.steps ?? 0, post.neutral?.steps ?? 0, post.entry?.steps ?? 0];
}

/** The country that a post leads into: the one whose officers stand on the far side. */
function leadsTo(m: Model, post: Post): string {
  const flow = m.view.flows.find((one) => one.place === post.id && one.direction === "out");
  return flow?.to ?? post.entry?.country ?? m.place.get(post.id)?.country ?? "";
}

/** Join posts that lie closer than `reach` pixels and lead into the same country. */
export function clusters(m: Model, spots: Spot[], camera: Camera, reach = 30): Cluster[] {
  const made: (Cluster & { n: number })[] = [];
  const ordered = [...spots].sort(
    (a, b) => (b.post.total_entries_above[2] ?? 0) - (a.post.total_entries_above[2] ?? 0),
  );
  for (const spot of ordered) {
    const at = camera.to(spot.at);
    const into = leadsTo(m, spot.post);
    const near = made.find(
      (one) => one.into === into && Math.hypot(one.at[0] - at[0], one.at[1] - at[1]) < reach,
    );
    if (near) {
      near.posts.push(spot.post);
      near.n += 1;
    } else {
      made.push({ posts: [spot.post], into, at, label: "", n: 1 });
    }
  }
  for (const one of made) {
    const first = one.posts[0];
    one.label = first ? nameOf(m, first.id) : "";
    if (one.n > 1) one.label += ` +${one.n - 1}`;
  }
  return made;
}
