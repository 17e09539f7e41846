/** Who may enter a route; a stranger goes to the sign-in page and comes back, one without a network waits for it. */
import type { NavigationGuardReturn, RouteLocationNormalized } from "vue-router";

import { useSignedIn } from "@/api/signedIn";

export async function guard(to: RouteLocationNormalized): Promise<NavigationGuardReturn> {
  const access = to.meta.access ?? "signedIn";
  if (access === "public") return true;
  const signedIn = useSignedIn();
  await signedIn.restore();
  if (access === "guest" && signedIn.isGuest) return true;
  if (signedIn.user === null && signedIn.unreached) return { path: "/unreached", query: { next: to.fullPath } };
  if (signedIn.user === null) return { path: "/sign-in", query: { next: to.fullPath } };
  const permission = to.meta.permission;
  if (permission !== undefined && !signedIn.may(permission)) return { name: "lost", params: { pathMatch: ["refused"] } };
  return true;
}
