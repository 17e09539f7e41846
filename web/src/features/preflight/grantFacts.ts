/** What a signed grant says to the page: who one is and what one may publish. Never trusted for more. */
import { SOURCES, type Role, type Source } from "@/contract/signaling";

export interface GrantFacts {
  readonly role: Role;
  readonly publish: readonly Source[];
}

const NOBODY: GrantFacts = { role: "viewer", publish: [] };

/** Reads the claims of a token without checking it: the server does that. */
export function grantFacts(token: string): GrantFacts {
  const body = token.split(".")[1];
  if (body === undefined) return NOBODY;
  try {
    const text = atob(body.replaceAll("-", "+").replaceAll("_", "/"));
    const claims = JSON.parse(text) as { role?: Role; publish?: readonly string[] };
    return { role: claims.role ?? "viewer", publish: SOURCES.filter((source) => claims.publish?.includes(source)) };
  } catch {
    // Base64 and JSON fail each in their own way; all of it means: not a token of ours.
    return NOBODY;
  }
}
