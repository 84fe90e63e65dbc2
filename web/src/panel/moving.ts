/** The days of a rule in the what-if: what the draft makes of them, and how they are moved. */
import type { Model } from "../model";
import type { Draft, Store } from "../store";
import type { Policy } from "../view";

/** First day in force, and first day no longer (null: none is known). */
export interface Days {
  from: string;
  until: string | null;
}

/** The days that the run gives a rule. */
export function ownDays(policy: Policy): Days {
  return { from: policy.from.slice(0, 10), until: policy.until?.slice(0, 10) ?? null };
}

/** The days of a rule as the draft has them. */
export function draftDays(draft: Draft, policy: Policy): Days {
  const own = ownDays(policy);
  const moved = draft.moved.find((one) => one.id === policy.id);
  return moved ? { from: moved.from, until: "until" in moved ? (moved.until ?? null) : own.until } : own;
}

export function isMoved(draft: Draft, policy: Policy): boolean {
  return draft.moved.some((one) => one.id === policy.id);
}

/** Put other days of a rule into the draft; its own days take it out. */
export function moveTo(store: Store, policy: Policy, days: Days): void {
  const own = ownDays(policy);
  const { draft } = store.state;
  const rest = draft.moved.filter((one) => one.id !== policy.id);
  const same = days.from === own.from && days.until === own.until;
  const next = { id: policy.id, from: days.from, ...(days.until ? { until: days.until } : {}) };
  store.set({ draft: { ...draft, moved: same ? rest : [...rest, next] } });
}

/** Which days of a rule can be moved: those within the shown days. */
export function movable(m: Model, policy: Policy): { from: boolean; until: boolean } {
  const first = m.view.dates[0] ?? "";
  const inside = (date: string | null): boolean => date !== null && date >= first && date <= m.view.head.end;
  const { from, until } = ownDays(policy);
  return { from: policy.switchable && inside(from), until: policy.switchable && inside(until) };
}
