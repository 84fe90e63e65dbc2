/** Where the data come from: out of this file, or from the server that shows it. */
import type { BaseMap } from "./map/camera";
import type { Listing, Page, RunItem, View } from "./view";

function inlined<T>(id: string): T | null {
  const element = document.getElementById(id);
  return element?.textContent ? (JSON.parse(element.textContent) as T) : null;
}

export class ServerError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly body: unknown,
  ) {
    super(message);
  }
}

export async function ask<T>(path: string, options: RequestInit = {}): Promise<{ status: number; body: T }> {
  const answer = await fetch(path, options);
  const text = await answer.text();
  let body: unknown = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch {
    body = text;
  }
  if (!answer.ok) throw new ServerError(`${answer.status} ${path}`, answer.status, body);
  return { status: answer.status, body: body as T };
}

/** A run in a list: in a file they are numbered. */
export type RunLine = Pick<RunItem, "id" | "name" | "kind" | "scenario" | "as_of" | "members" | "can_ask" | "job" | "heard">;

export interface Source {
  /** A server stands behind the page: it can be asked what if. */
  server: boolean;
  base: () => Promise<BaseMap>;
  listing: () => Promise<Listing | null>;
  runs: () => Promise<RunLine[]>;
  /** A view, or the job that is still making it. */
  view: (id: string) => Promise<View | { job: string | null }>;
}

function fromFile(page: Page): Source {
  return {
    server: false,
    base: () => Promise.resolve(inlined<BaseMap>("base-map") ?? empty()),
    listing: () => Promise.resolve(null),
    runs: () =>
      Promise.resolve(
        page.runs.map(({ head }, i) => ({
          id: String(i + 1),
          name: head.name,
          kind: head.kind,
          scenario: head.scenario,
          as_of: head.as_of,
          members: head.members,
          can_ask: false,
          heard: head.heard,
          job: null,
        })),
      ),
    view: (id) => {
      const view = page.runs[Number(id) - 1];
      return view ? Promise.resolve(view) : Promise.reject(new ServerError(id, 404, null));
    },
  };
}

function empty(): BaseMap {
  return { type: "Topology", arcs: [], objects: { countries: { type: "GeometryCollection", geometries: [] } } };
}

function fromServer(): Source {
  const listing = async (): Promise<Listing> => (await ask<Listing>("./api/runs")).body;
  return {
    server: true,
    base: async () => (await ask<BaseMap>("./base-map.json")).body,
    listing,
    runs: async () => (await listing()).runs,
    view: async (id) => (await ask<View | { job: string | null }>(`./api/runs/${encodeURIComponent(id)}/view`)).body,
  };
}

export function source(): Source {
  const page = inlined<Page>("view");
  return page ? fromFile(page) : fromServer();
}
