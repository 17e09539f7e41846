/** Passkeys, recovery codes and signings-in: the server's side of them, and the browser's dialogue with authenticators. */
import type { Certificate, CertificateList, EndedCount, Factors, LoginItem, Passkey, RebindEnrolment, SignInAnswer } from "@/contract/platform";
import { AppError } from "@/kernel/errors";
import type { UserId } from "@/kernel/ids";

import { call } from "./access";
import { send } from "./http";

interface Options {
  readonly options: Record<string, unknown>;
}
type Json = Record<string, unknown>;

/** Whether this browser knows passkeys at all. */
export function passkeysAreKnown(): boolean {
  return typeof window !== "undefined" && "PublicKeyCredential" in window;
}

/** The person closed the browser's dialogue, waited too long, or has no fitting key: all look alike on purpose. */
function refusedByBrowser(failure: unknown): never {
  if (failure instanceof AppError) throw failure;
  const name = failure instanceof Error ? failure.name : "";
  throw new AppError({ code: name === "InvalidStateError" ? "passkey.known" : "passkey.not_given", status: 0 }, { cause: failure });
}

async function prove(asked: Options): Promise<Json> {
  const { startAuthentication } = await import("@simplewebauthn/browser");
  const optionsJSON = asked.options as unknown as Parameters<typeof startAuthentication>[0]["optionsJSON"];
  return (await startAuthentication({ optionsJSON }).catch(refusedByBrowser)) as unknown as Json;
}

/** Signs in by a passkey alone. */
export async function signInByPasskey(): Promise<SignInAnswer> {
  const answer = await prove(await send<Options>("/auth/passkey/begin", { method: "POST", body: {} }));
  return send("/auth/passkey/login", { method: "POST", body: { answer } });
}

/** Signs in by password and a passkey as second factor. */
export async function signInWithSecondPasskey(username: string, password: string): Promise<SignInAnswer> {
  const first = { username, password };
  const passkey = await prove(await send<Options>("/auth/passkey/second", { method: "POST", body: first }));
  return send("/auth/login", { method: "POST", body: { ...first, passkey } });
}

export function factors(): Promise<Factors> {
  return call("/auth/factors");
}

/** Makes a key on the device and registers it under this name. */
export async function addPasskey(name: string, password: string): Promise<Passkey> {
  const { startRegistration } = await import("@simplewebauthn/browser");
  const asked = await call<Options>("/auth/passkeys/begin", { method: "POST", body: { password } });
  const optionsJSON = asked.options as unknown as Parameters<typeof startRegistration>[0]["optionsJSON"];
  const answer = await startRegistration({ optionsJSON }).catch(refusedByBrowser);
  return call("/auth/passkeys", { method: "POST", body: { name, answer } });
}

export function removePasskey(id: string, password: string): Promise<undefined> {
  return call(`/auth/passkeys/${encodeURIComponent(id)}/remove`, { method: "POST", body: { password } });
}

export async function makeRecoveryCodes(password: string): Promise<readonly string[]> {
  return (await call<{ codes: string[] }>("/auth/recovery-codes", { method: "POST", body: { password } })).codes;
}

/** A secret for another authenticator, once the password and the present factor are right. */
export function beginRebinding(password: string, proof: { totp: string } | { recovery_code: string }): Promise<RebindEnrolment> {
  return call("/auth/totp/rebind", { method: "POST", body: { password, ...proof } });
}

export function endRebinding(ticket: string, code: string): Promise<undefined> {
  return call("/auth/totp/rebind/confirm", { method: "POST", body: { ticket, code } });
}

export async function logins(user?: UserId): Promise<readonly LoginItem[]> {
  const path = user === undefined ? "/auth/logins" : `/users/${encodeURIComponent(user)}/logins`;
  return (await call<{ items: LoginItem[] }>(path)).items;
}

export function endLogin(login: string, user?: UserId): Promise<undefined> {
  const above = user === undefined ? "/auth/logins" : `/users/${encodeURIComponent(user)}/logins`;
  return call(`${above}/${encodeURIComponent(login)}/end`, { method: "POST", body: {} });
}

export function endOtherLogins(): Promise<EndedCount> {
  return call("/auth/logins/end-others", { method: "POST", body: {} });
}

/** Whether this server takes certificates. */
export async function certificatesAreTaken(): Promise<boolean> {
  return (await send<{ certificate: boolean }>("/auth/ways")).certificate;
}

export function signInByCertificate(): Promise<SignInAnswer> {
  return send("/auth/certificate/login", { method: "POST", body: {} });
}

export function certificates(): Promise<CertificateList> {
  return call("/auth/certificates");
}

export function bindCertificate(password: string): Promise<Certificate> {
  return call("/auth/certificates", { method: "POST", body: { password } });
}

export function unbindCertificate(id: string, password: string): Promise<undefined> {
  return call(`/auth/certificates/${encodeURIComponent(id)}/remove`, { method: "POST", body: { password } });
}
