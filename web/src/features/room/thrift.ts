/**
 * What gives way on a slow network, and since when (UX 1.9, 5): first the hand view and faces go to
 * their lowest layer, then only voices and the scope are asked for; by choice voices alone. Voice
 * never gives way. Pure.
 */
import type { Publication } from "@/contract/signaling";

export type Thrift = "none" | "slow1" | "slow2" | "voiceOnly";

export interface LineSample {
  /** Part of the packets that did not arrive, 0..1. */
  readonly loss: number | null;
  readonly rttMs: number | null;
  readonly atMs: number;
}

export interface ThriftState {
  readonly level: 0 | 1 | 2;
  /** When this level began; null while nothing gives way. */
  readonly sinceMs: number | null;
  /** Since when the line has asked for another level, and which. */
  readonly leaning: { readonly to: 0 | 1 | 2; readonly sinceMs: number } | null;
}

export const NO_THRIFT: ThriftState = { level: 0, sinceMs: null, leaning: null };
/** Worse counts after this long, better only after much longer: pictures must not come and go. */
export const WORSE_AFTER_MS = 6_000;
export const BETTER_AFTER_MS = 20_000;
const SLOW = { loss: 0.05, rttMs: 800 };
const VERY_SLOW = { loss: 0.15, rttMs: 2_000 };

function wanted({ loss, rttMs }: LineSample): 0 | 1 | 2 {
  const beyond = (limit: typeof SLOW): boolean => (loss ?? 0) >= limit.loss || (rttMs ?? 0) >= limit.rttMs;
  if (beyond(VERY_SLOW)) return 2;
  return beyond(SLOW) ? 1 : 0;
}

export function thriftStep(state: ThriftState, sample: LineSample): ThriftState {
  const to = wanted(sample);
  if (to === state.level) return { ...state, leaning: null };
  const { leaning, level } = state;
  const sameWay = leaning !== null && to > level === leaning.to > level;
  const sinceMs = sameWay ? leaning.sinceMs : sample.atMs;
  const patience = to > level ? WORSE_AFTER_MS : BETTER_AFTER_MS;
  if (sample.atMs - sinceMs < patience) return { ...state, leaning: { to, sinceMs } };
  return { level: to, sinceMs: to === 0 ? null : sample.atMs, leaning: null };
}

/** Whether this publication is still asked for; `main` is the large live picture. */
export function isKept(publication: Publication, thrift: Thrift, main: string | null): boolean {
  if (publication.kind === "audio" || thrift === "none" || thrift === "slow1") return true;
  return thrift === "slow2" && publication.id === main;
}
