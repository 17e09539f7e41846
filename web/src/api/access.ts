/**
 * The access token: in memory only. An HttpOnly cookie renews it, one renewal at a time however many
 * calls ask for it. Guests and patients have cookies of their own kind; the tab remembers whose it is.
 */
import type { RenewAnswer } from "@/contract/platform";
import { AppError } from "@/kernel/errors";
import { forgetfulStorage } from "@/kernel/storage";

import { actFor } from "./acting";
import { send, sendForBlob } from "./http";
import type { Call } from "./http";

const KIND_KEY = "scopecast.guest";
const tabStorage = forgetfulStorage(() => window.sessionStorage);
const RENEW_BEFORE_MS = 30_000;
/** The role at the organisation for which this tab acts has ended. */
const NODE_OVER = "node.unknown";

type Kind = "user" | "guest" | "patient";

interface Held {
  readonly token: string;
  readonly expiresAt: number;
}

let held: Held | null = null;
let renewal: Promise<RenewAnswer> | null = null;
const listeners = new Set<() => void>();

/** Whose tab this is, if not a user's. */
function kindOfTab(): string | null {
  return tabStorage.read(KIND_KEY);
}

export function holdToken(token: string, expiresInS: number, kind: Kind, now = Date.now()): void {
  held = { token, expiresAt: now + expiresInS * 1000 };
  if (kind === "user") tabStorage.remove(KIND_KEY);
  else tabStorage.write(KIND_KEY, kind);
}

export function dropToken(): void {
  held = null;
  tabStorage.remove(KIND_KEY);
}

/** Called when the server no longer knows us: nobody is signed in. */
export function onSignedOut(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function kindOf(answer: RenewAnswer): Kind {
  if (answer.patient) return "patient";
  return answer.guest === null ? "user" : "guest";
}

/** A new token by the cookie; calls at the same time share one request (the old cookie works once). */
export function renew(): Promise<RenewAnswer> {
  const kind = kindOfTab();
  const body = { guest: kind !== null && kind !== "patient", patient: kind === "patient" };
  renewal ??= send<RenewAnswer>("/auth/refresh", { method: "POST", body })
    .then((answer) => {
      holdToken(answer.access_token, answer.expires_in, kindOf(answer));
      return answer;
    })
    .finally(() => {
      renewal = null;
    });
  return renewal;
}

function leaveNode(): void {
  actFor(null);
  window.location.assign("/app");
}

function signOutLocally(): void {
  dropToken();
  for (const listener of listeners) listener();
}

async function renewOrSignOut(): Promise<void> {
  try {
    await renew();
  } catch (refused) {
    if (refused instanceof AppError && refused.status === 401) signOutLocally();
    throw refused;
  }
}

/** The token to use now, renewed beforehand if it is about to end. */
export async function accessToken(now = Date.now()): Promise<string | null> {
  if (held !== null && held.expiresAt - now < RENEW_BEFORE_MS) await renewOrSignOut();
  return held?.token ?? null;
}

/** Runs a call with the token; a 401 for a held token renews once and tries again. */
async function withAccess<T>(run: (token: string | null) => Promise<T>): Promise<T> {
  const token = await accessToken();
  try {
    return await run(token);
  } catch (refused) {
    if (refused instanceof AppError && refused.code === NODE_OVER) leaveNode();
    const renewable = refused instanceof AppError && refused.status === 401 && held !== null;
    if (!renewable) throw refused;
    if (held?.token === token) await renewOrSignOut();
    return run(held?.token ?? null);
  }
}

/** A call as whoever is signed in. */
export function call<T>(path: string, options: Call = {}): Promise<T> {
  return withAccess((token) => send<T>(path, options, { token }));
}

/** A protected file's bytes. */
export function callForBlob(path: string, options: Call = {}): Promise<Blob> {
  return withAccess((token) => sendForBlob(path, options, { token }));
}
