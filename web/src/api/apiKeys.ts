/** Keys of programs, for administrators. */
import type { ApiKeyDraft, KeyScope, MadeApiKey } from "@/contract/platform";

import { call } from "./access";

export async function scopes(): Promise<readonly KeyScope[]> {
  return (await call<{ items: KeyScope[] }>("/api-keys/scopes")).items;
}

export function make(draft: ApiKeyDraft): Promise<MadeApiKey> {
  return call("/api-keys", { method: "POST", body: draft });
}

export function revoke(id: string): Promise<undefined> {
  return call(`/api-keys/${encodeURIComponent(id)}/revoke`, { method: "POST", body: {} });
}
