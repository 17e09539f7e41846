/** Where a signing-in came from, as far as its address says: this server, a network of the house, or outside. */
export type Place = "server" | "inside" | "outside";

const INSIDE = [/^10\./, /^192\.168\./, /^172\.(1[6-9]|2\d|3[01])\./, /^169\.254\./, /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./, /^f[cd]/, /^fe[89ab]/];

export function whereFrom(address: string): Place {
  const plain = address.toLowerCase().replace(/^::ffff:/, "");
  if (plain === "::1" || plain.startsWith("127.")) return "server";
  return INSIDE.some((net) => net.test(plain)) ? "inside" : "outside";
}
