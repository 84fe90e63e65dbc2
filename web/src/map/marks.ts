/** Buttons over the map, none of them on another, with one tab stop for all. */
import { rightToLeft } from "../words";
import type { Camera, Point } from "./camera";

export interface Mark {
  button: HTMLButtonElement;
  at: Point;
}

/** Side of a button on the map, and of the room that it needs for itself. */
const TARGET = 24;

/** The free spot nearest to a point, so that no button lies over another; null: there is none near. */
function free(at: Point, taken: Point[], camera: Camera): Point | null {
  const half = TARGET / 2;
  for (const away of [0, 13, 19, 25, 32, 40]) {
    for (let turn = 0; turn < (away ? 12 : 1); turn++) {
      const x = Math.round(at[0] + away * Math.sin((turn * Math.PI) / 6));
      const y = Math.round(at[1] - 4 + away * Math.cos((turn * Math.PI) / 6));
      const inside = x > half && y > half && x < camera.width - half && y < camera.height - half;
      // The corner with the zoom buttons is taken, on whichever side it stands.
      const corner = y < 138 && (rightToLeft() ? x < 62 : x > camera.width - 62);
      if (!inside || corner) continue;
      if (taken.some(([ox, oy]) => Math.abs(ox - x) <= TARGET && Math.abs(oy - y) <= TARGET)) continue;
      return [x, y];
    }
  }
  return null;
}

/** Put the buttons where there is room, and keep the focus on the one that had it. */
export function place(box: HTMLElement, marks: Mark[], camera: Camera): void {
  const taken: Point[] = [];
  const shown: HTMLButtonElement[] = [];
  for (const { button, at } of marks) {
    const spot = free(at, taken, camera);
    if (!spot) continue;
    taken.push(spot);
    button.style.left = `${spot[0]}px`;
    button.style.top = `${spot[1]}px`;
    shown.push(button);
  }
  const active = document.activeElement;
  const held = active instanceof HTMLElement && box.contains(active) ? active.dataset["id"] : undefined;
  const stop = shown.find((button) => button.dataset["id"] === held) ?? shown[0];
  for (const button of shown) button.tabIndex = button === stop ? 0 : -1;
  box.replaceChildren(...shown);
  if (held !== undefined) stop?.focus({ preventScroll: true });
}
