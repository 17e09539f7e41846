/** Where an encoder sends one source of a room. */
export function whipAddress(origin: string, room: string, source: "scope" | "hand"): string {
  return `${origin}/whip/${encodeURIComponent(room)}?source=${source}`;
}
