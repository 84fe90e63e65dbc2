/** Where things lie: a projection fitted to the region of interest, and a camera that moves over it. */
import { geoAzimuthalEqualArea, geoCentroid, geoPath, type GeoProjection } from "d3-geo";
import type { Topology, GeometryCollection } from "topojson-specification";
import { feature, mesh } from "topojson-client";

export type Point = [number, number];
export type BaseMap = Topology<{ countries: GeometryCollection }>;

/** Base pixels: the square in which the region of interest fits before the camera moves. */
const SIDE = 1000;

export interface World {
  land: Path2D;
  borders: Path2D;
  project: (at: Point) => Point;
  /** Box of the region of interest in base pixels: left, top, right, bottom. */
  box: [number, number, number, number];
}

/** Draw the world once, around the points that matter; the camera then only scales and shifts it. */
export function world(base: BaseMap, points: Point[]): World {
  const cloud = { type: "MultiPoint" as const, coordinates: points.length ? points : [[0, 30] as Point] };
  const [lon, lat] = geoCentroid(cloud);
  const projection: GeoProjection = geoAzimuthalEqualArea()
    .rotate([-lon, -lat])
    .clipAngle(80)
    .precision(0.3);
  projection.fitExtent(
    [
      [0, 0],
      [SIDE, SIDE],
    ],
    cloud,
  );
  if (!(projection.scale() < 1e5)) projection.scale(4000).translate([SIDE / 2, SIDE / 2]);
  const draw = (shape: Parameters<ReturnType<typeof geoPath>>[0]): Path2D =>
    new Path2D(geoPath(projection)(shape) ?? "");
  const countries = base.objects.countries;
  const project = (at: Point): Point => (projection(at) ?? [0, 0]) as Point;
  const placed = points.map(project);
  const xs = placed.map(([x]) => x);
  const ys = placed.map(([, y]) => y);
  return {
    land: draw(feature(base, countries)),
    borders: draw(mesh(base, countries, (a, b) => a !== b)),
    project,
    box: [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)],
  };
}

/** Scale and shift from base pixels to the pixels of the canvas. */
export class Camera {
  k = 1;
  x = 0;
  y = 0;
  width = 1;
  height = 1;
  /** Scale at which all that matters fits. */
  least = 1;

  constructor(private readonly box: World["box"]) {}

  to([x, y]: Point): Point {
    return [x * this.k + this.x, y * this.k + this.y];
  }

  resize(width: number, height: number): void {
    const centre = this.centre();
    const wide = this.k / this.least;
    this.width = width;
    this.height = height;
    const margin = Math.min(56, width / 9);
    const [left, top, right, bottom] = this.box;
    const fit = Math.min(
      (width - 2 * margin) / Math.max(1, right - left),
      (height - 2 * margin) / Math.max(1, bottom - top),
    );
    this.least = fit;
    if (centre) this.look([fit * wide, centre[0], centre[1]]);
    else this.fit(this.box);
  }

  /** Base point in the middle of the canvas, once there is one. */
  private centre(): Point | null {
    if (this.width <= 1) return null;
    return [(this.width / 2 - this.x) / this.k, (this.height / 2 - this.y) / this.k];
  }

  fit([left, top, right, bottom]: World["box"], margin = Math.min(56, this.width / 9)): void {
    const k = Math.min(
      (this.width - 2 * margin) / Math.max(1, right - left),
      (this.height - 2 * margin) / Math.max(1, bottom - top),
    );
    this.look([k, (left + right) / 2, (top + bottom) / 2]);
  }

  look([k, cx, cy]: [number, number, number]): void {
    this.k = Math.max(this.least * 0.6, Math.min(this.least * 60, k));
    this.x = this.width / 2 - cx * this.k;
    this.y = this.height / 2 - cy * this.k;
  }

  /** What `look` needs to come back here, the scale over the least: independent of the window. */
  where(): [number, number, number] {
    const [cx, cy] = this.centre() ?? [0, 0];
    return [this.k / this.least, cx, cy];
  }

  back([wide, cx, cy]: [number, number, number]): void {
    this.look([wide * this.least, cx, cy]);
  }

  zoom(factor: number, [px, py]: Point = [this.width / 2, this.height / 2]): void {
    const k = Math.max(this.least * 0.6, Math.min(this.least * 60, this.k * factor));
    const ratio = k / this.k;
    this.x = px - (px - this.x) * ratio;
    this.y = py - (py - this.y) * ratio;
    this.k = k;
  }

  move(dx: number, dy: number): void {
    this.x += dx;
    this.y += dy;
  }
}
