/** Reading the compact series of a view: 0 stands for zero on all days. */
import type { Band, Five, Num, Series } from "./view";

/** Value on a day; null where it is suppressed or not known. */
export function at(series: Series | undefined, day: number): Num {
  if (!series) return 0;
  return series[day] ?? null;
}

/** Value on a day for drawing: what is suppressed (1 to 9 people) is drawn as 5. */
export function drawn(series: Series | undefined, day: number): number {
  return at(series, day) ?? 5;
}

/** Value between two days, for the moving map. */
export function between(series: Series | undefined, position: number): number {
  if (!series) return 0;
  const low = Math.max(0, Math.min(series.length - 1, Math.floor(position)));
  const high = Math.min(series.length - 1, low + 1);
  const share = Math.max(0, Math.min(1, position - low));
  return drawn(series, low) * (1 - share) + drawn(series, high) * share;
}

export function median(band: Band | undefined | null): Series {
  return band ? band[2] : 0;
}

/** The five quantiles of a day. */
export function five(band: Band | undefined | null, day: number): Five {
  if (!band) return [0, 0, 0, 0, 0];
  return [at(band[0], day), at(band[1], day), at(band[2], day), at(band[3], day), at(band[4], day)];
}

export function isZero(band: Band | null | undefined): boolean {
  return !band || band.every((series) => series === 0);
}

export function highest(series: Series | undefined): number {
  if (!series) return 0;
  let top = 0;
  for (const value of series) if (value !== null && value > top) top = value;
  return top;
}

/** The day on which a series is highest. */
export function peak(series: Series | undefined): number {
  if (!series) return 0;
  let day = 0;
  series.forEach((value, i) => {
    if ((value ?? 0) > (series[day] ?? 0)) day = i;
  });
  return day;
}
