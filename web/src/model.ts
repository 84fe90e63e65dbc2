/** A view with what the page looks up again and again: things by id, names, days of steps. */
import { countryName, localDay, midnight } from "./format";
import type { Country, Flow, Place, Post, View } from "./view";

export interface Model {
  view: View;
  country: Map<string, Country>;
  place: Map<string, Place>;
  post: Map<string, Post>;
  flow: Map<string, Flow>;
  /** Position in `dates` of each step of `times`. */
  dayOf: number[];
  /** Midnight of each day, in milliseconds. */
  days: number[];
}

export function model(view: View): Model {
  const byId = <T extends { id: string }>(items: T[]): Map<string, T> =>
    new Map(items.map((item) => [item.id, item]));
  const position = new Map(view.dates.map((date, i) => [date, i]));
  return {
    view,
    country: byId(view.countries),
    place: byId(view.places),
    post: byId(view.posts),
    flow: byId(view.flows),
    dayOf: view.times.map((time) => {
      const date = localDay(time, view.head.timezone);
      const found = position.get(date);
      return found ?? (date < (view.dates[0] ?? "") ? 0 : view.dates.length - 1);
    }),
    days: view.dates.map(midnight),
  };
}

/** What a country, post, place or flow is called. */
export function nameOf(m: Model, id: string | null): string {
  if (id === null) return "";
  const country = m.country.get(id);
  if (country) return countryName(country.iso2, country.name);
  return m.post.get(id)?.name ?? m.place.get(id)?.name ?? m.flow.get(id)?.name ?? id;
}

/** The name of a country by its three-letter code. */
export function country(m: Model, id: string): string {
  const found = m.country.get(id);
  return found ? countryName(found.iso2, found.name) : id;
}
