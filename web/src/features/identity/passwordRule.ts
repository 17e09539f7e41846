/** What can be said of a new password without the server; the list of common ones is the server's. */
export const MIN_PASSWORD = 10;

export function passwordFault(password: string, again: string): "tooShort" | "different" | null {
  if (Array.from(password).length < MIN_PASSWORD) return "tooShort";
  return password === again ? null : "different";
}
