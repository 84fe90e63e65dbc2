/** Questions to the server: started, followed, cancelled. */
import { ask, ServerError } from "./load";
import type { Difference, Job, WhatIf } from "./view";

interface Finding {
  level?: string;
  /** Where in the question. */
  column?: string | null;
  message: string;
}

/** What the server found wrong with a question, in its own words. */
export function findings(error: unknown): Finding[] {
  if (error instanceof ServerError) {
    const body = error.body as { findings?: Finding[] } | null;
    if (body && Array.isArray(body.findings)) return body.findings;
  }
  return [{ message: error instanceof Error ? error.message : String(error) }];
}

function post<T>(path: string, body: unknown): Promise<{ status: number; body: T }> {
  return ask<T>(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

export async function start(question: WhatIf): Promise<Job> {
  return (await post<Job>("./api/jobs", question)).body;
}

export async function more(run: string, members: number): Promise<Job> {
  return (await post<Job>(`./api/runs/${encodeURIComponent(run)}/members`, { members })).body;
}

export async function cancel(job: string): Promise<void> {
  await ask<Job>(`./api/jobs/${encodeURIComponent(job)}`, { method: "DELETE" });
}

export async function state(job: string): Promise<Job> {
  return (await ask<Job>(`./api/jobs/${encodeURIComponent(job)}`)).body;
}

export async function result(job: string): Promise<Difference> {
  return (await ask<Difference>(`./api/jobs/${encodeURIComponent(job)}/result`)).body;
}

interface Follower {
  progress: (job: Job) => void;
  estimate: (data: Difference | { run: string; members: number }) => void;
  /** The job has ended in one of these ways. */
  end: (how: "done" | "failed" | "cancelled", job: Job | null) => void;
}

/** Milliseconds after which a job that goes on is listened to again. */
const PAUSE = 1000;

/** Listen to a job until it ends; calling what is returned stops listening. */
export function follow(job: string, on: Follower): () => void {
  let events: EventSource | null = null;
  let timer = 0;
  let over = false;
  const stop = (): void => {
    over = true;
    window.clearTimeout(timer);
    events?.close();
  };
  const end: Follower["end"] = (how, ended) => {
    stop();
    on.end(how, ended);
  };
  const data = <T>(event: Event): T => JSON.parse((event as MessageEvent<string>).data) as T;
  const listen = (): void => {
    events = new EventSource(`./api/jobs/${encodeURIComponent(job)}/events`);
    events.addEventListener("progress", (event) => on.progress(data<Job>(event)));
    events.addEventListener("estimate", (event) => on.estimate(data(event)));
    events.addEventListener("done", (event) => {
      stop();
      on.estimate(data(event));
      on.end("done", null);
    });
    for (const how of ["failed", "cancelled"] as const) {
      events.addEventListener(how, (event) => end(how, data<Job>(event)));
    }
    events.addEventListener("error", () => void lost());
  };
  /** Nothing more is heard: the server has ended or forgotten the job, or the line broke. */
  const lost = async (): Promise<void> => {
    events?.close();
    const now = await state(job).catch(() => null);
    const found = now?.status === "done" ? await result(job).catch(() => null) : null;
    if (over) return;
    if (now?.status === "running") {
      timer = window.setTimeout(listen, PAUSE);
      return;
    }
    if (found) on.estimate(found);
    end(found ? "done" : now?.status === "cancelled" ? "cancelled" : "failed", now);
  };
  listen();
  return stop;
}
