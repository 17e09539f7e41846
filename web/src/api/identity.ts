/** Signing in and out, activation, one's own account, invitations. */
import type { Credentials, InvitationFacts, Me, Redeemed, SignInAnswer, TotpEnrolment } from "@/contract/platform";

import { call } from "./access";
import { send } from "./http";

export function signIn(credentials: Credentials): Promise<SignInAnswer> {
  return send("/auth/login", { method: "POST", body: credentials });
}

export function signOut(): Promise<undefined> {
  return call("/auth/logout", { method: "POST", body: {} });
}

/** Who one is, with the rights at the organisation for which this tab acts. */
export function me(): Promise<Me> {
  return call("/auth/me");
}

export function activate(token: string, newPassword: string): Promise<SignInAnswer> {
  return send("/auth/activate", { method: "POST", body: { token, new_password: newPassword } });
}

export function enrolTotp(): Promise<TotpEnrolment> {
  return call("/auth/totp/enrol", { method: "POST", body: {} });
}

export function confirmTotp(code: string): Promise<undefined> {
  return call("/auth/totp/confirm", { method: "POST", body: { code } });
}

export function changePassword(current: string, next: string): Promise<undefined> {
  return call("/auth/password", { method: "POST", body: { current, new: next } });
}

export function invitation(code: string): Promise<InvitationFacts> {
  return send(`/invitations/${encodeURIComponent(code)}`);
}

export function redeem(code: string, oneTimeCode: string, name: string): Promise<Redeemed> {
  const body = { one_time_code: oneTimeCode, name };
  return send(`/invitations/${encodeURIComponent(code)}/redeem`, { method: "POST", body });
}
