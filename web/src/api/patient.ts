/** A patient's own account, by a code to the telephone. */
import { call, dropToken, holdToken, renew } from "./access";
import { send } from "./http";

interface Tokens {
  readonly access_token: string;
  readonly expires_in: number;
}

export async function askForCode(phone: string): Promise<string> {
  return (await send<{ id: string }>("/self/code", { method: "POST", body: { phone } })).id;
}

export async function enter(id: string, code: string): Promise<void> {
  const answer = await send<Tokens>("/self/login", { method: "POST", body: { id, code } });
  holdToken(answer.access_token, answer.expires_in, "patient");
}

/** The masked number of whoever is signed in, after a reload too; rejects for anybody else. */
export async function self(): Promise<string> {
  return (await call<{ phone: string }>("/self")).phone;
}

/** After a reload: takes the patient's session up again by the cookie. */
export async function takeUp(): Promise<boolean> {
  return (await renew()).patient !== null;
}

export async function leave(): Promise<void> {
  try {
    await call("/auth/logout", { method: "POST", body: {} });
  } finally {
    dropToken();
  }
}
