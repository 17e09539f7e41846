/**
 * The access token: in memory only. An HttpOnly cookie renews it, one renewal at a time however many
 * calls ask for it. A guest has a cookie of the own kind; the tab remembers that it is a guest's.
 */
import type { RenewAnswer } from "@/contract/platform";
import { AppError } from "@/kernel/errors";
import { forgetfulStorage } from "@/kernel/storage";

import { send, sendForBlob } from "./http";
import type { Call } from "./http";

const GUEST_KEY = "scopecast.guest";
const tabStorage = forgetfulStorage(() => window.sessionStorage);
const RENEW_BEFORE_MS = 30_000;

interface Held {
  readonly token: string;
  readonly expiresAt: number;
}

let held: Held | null = null;
let renewal: Promise<RenewAnswer> | null = null;
const listeners = new Set<() => void>();

function tabIsGuests(): boolean {
  return tabStorage.read(GUEST_KEY) !== null;
}

export function holdToken(token: string, expiresInS: number, kind: "user" | "guest", now = Date.now()): void {
  held = { token, expiresAt: now + expiresInS * 1000 };
  if (kind === "guest") tabStorage.write(GUEST_KEY, "1");
  else tabStorage.remove(GUEST_KEY);
}

export function dropToken(): void {
  held = null;
  tabStorage.remove(GUEST_KEY);
}

/** Called when the server no longer knows us: nobody is signed in. */
export function onSignedOut(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A new token by the cookie; calls at the same time share one request (the old cookie works once). */
export function renew(): Promise<RenewAnswer> {
  renewal ??= send<RenewAnswer>("/auth/refresh", { method: "POST", body: { guest: tabIsGuests() } })
    .then((answer) => {
      holdToken(answer.access_token, answer.expires_in, answer.guest === null ? "user" : "guest");
      return answer;
    })
    .finally(() => {
      renewal = null;
    });
  return renewal;
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
