/**
 * The access token: in memory only. It is renewed by the HttpOnly cookie, one renewal at a time
 * however many calls ask for it. A guest's token, which no cookie renews, lives as long as its tab.
 */
import { AppError } from "@/kernel/errors";
import { forgetfulStorage } from "@/kernel/storage";

import { send, sendForBlob } from "./http";
import type { Call } from "./http";
import type { SignInAnswer } from "@/contract/platform";

const GUEST_KEY = "scopecast.guest";
const tabStorage = forgetfulStorage(() => window.sessionStorage);
const RENEW_BEFORE_MS = 30_000;

interface Held {
  readonly token: string;
  readonly expiresAt: number;
  readonly kind: "user" | "guest";
}

let held: Held | null = null;
let renewal: Promise<SignInAnswer> | null = null;
const listeners = new Set<() => void>();

export function holdUserToken(token: string, expiresInS: number, now = Date.now()): void {
  tabStorage.remove(GUEST_KEY);
  held = { token, expiresAt: now + expiresInS * 1000, kind: "user" };
}

export function holdGuestToken(token: string, expiresInS: number, now = Date.now()): void {
  held = { token, expiresAt: now + expiresInS * 1000, kind: "guest" };
  tabStorage.write(GUEST_KEY, JSON.stringify(held));
}

/** After a reload of the tab: the guest's token if it still lives. */
export function restoreGuestToken(now = Date.now()): boolean {
  if (held !== null) return held.kind === "guest";
  const stored = tabStorage.read(GUEST_KEY);
  if (stored === null) return false;
  const guest = JSON.parse(stored) as Held;
  if (guest.expiresAt <= now) return false;
  held = guest;
  return true;
}

export function dropToken(): void {
  held = null;
  tabStorage.remove(GUEST_KEY);
}

export function holdsGuestToken(): boolean {
  return held?.kind === "guest";
}

/** Called when the server no longer knows us: the session ended, nobody is signed in. */
export function onSignedOut(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A new pair by the cookie; calls at the same time share one request (the old cookie works once). */
export function renew(): Promise<SignInAnswer> {
  renewal ??= send<SignInAnswer>("/auth/refresh", { method: "POST", body: {} })
    .then((answer) => {
      holdUserToken(answer.access_token, answer.expires_in);
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
  if (held?.kind === "user" && held.expiresAt - now < RENEW_BEFORE_MS) await renewOrSignOut();
  return held?.token ?? null;
}

/** Runs a call with the token; a 401 for a user's token renews once and tries again. */
async function withAccess<T>(run: (token: string | null) => Promise<T>): Promise<T> {
  const token = await accessToken();
  try {
    return await run(token);
  } catch (refused) {
    const renewable = refused instanceof AppError && refused.status === 401 && held?.kind === "user";
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
