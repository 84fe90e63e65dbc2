/** Marks on an axis of days that are dragged by whole days with a pointer. */

/** Pixels that a pointer may shake within a click. */
const SHAKE = 4;

/** Pixels from the edge of a box within which dragging scrolls it, and by how much at a time. */
const EDGE = 28;
const SCROLL = 14;

export interface Drag {
  /** Pixels of a day. */
  day: () => number;
  /** Show the mark so many days on, before it is dropped. */
  over: (days: number) => void;
  drop: (days: number) => void;
  /** Back to where it was: nothing is dropped. */
  cancel: () => void;
}

/** A click that ends a drag chooses nothing. */
function swallowClick(): void {
  const stop = (event: Event): void => event.stopPropagation();
  window.addEventListener("click", stop, { capture: true, once: true });
  window.setTimeout(() => window.removeEventListener("click", stop, true), 0);
}

/**
 * Let `grip` be dragged along the days of a box that may scroll; a mere click stays one.
 *
 * A finger drags where it is put on `touched`, a part of it; elsewhere it scrolls.
 */
export function draggable(grip: SVGElement, touched: SVGElement, box: HTMLElement, drag: Drag): void {
  // (Chromium heeds no touch-action on shapes within a picture.)
  touched.addEventListener("touchmove", (event) => event.preventDefault(), { passive: false });
  grip.addEventListener("pointerdown", (down) => {
    if (down.button !== 0 || !down.isPrimary) return;
    down.stopPropagation();
    const along = (event: PointerEvent): number => event.clientX + box.scrollLeft;
    const start = along(down);
    const ending = new AbortController();
    const { signal } = ending;
    let days = 0;
    let begun = false;
    const end = (kept: boolean): void => {
      ending.abort();
      if (!begun) return;
      swallowClick();
      if (kept && days) drag.drop(days);
      else drag.cancel();
    };
    const move = (event: PointerEvent): void => {
      if (!begun && Math.abs(along(event) - start) < SHAKE) return;
      if (!begun) grip.setPointerCapture(down.pointerId);
      begun = true;
      const { left, right } = box.getBoundingClientRect();
      if (event.clientX < left + EDGE) box.scrollLeft -= SCROLL;
      if (event.clientX > right - EDGE) box.scrollLeft += SCROLL;
      days = Math.round((along(event) - start) / drag.day());
      drag.over(days);
    };
    // A fast pointer has left the mark before its first move is told.
    window.addEventListener("pointermove", move, { signal });
    window.addEventListener("pointerup", () => end(true), { signal });
    window.addEventListener("pointercancel", () => end(false), { signal });
    window.addEventListener(
      "keydown",
      (event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        end(false);
      },
      { signal },
    );
  });
}
