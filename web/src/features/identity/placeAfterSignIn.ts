/** Where the person wanted to go; only a path of ours, never another site. */
export function placeAfterSignIn(next: unknown): string {
  if (typeof next !== "string" || !/^\/(?![/\\])/.test(next)) return "/app";
  return next;
}
