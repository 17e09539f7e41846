/** Sizes and shares as an operator reads them. */
const GIGABYTE = 1024 ** 3;
const SCARCE = 0.1;
const LOW = 0.2;

export function gigabytes(bytes: number): string {
  const size = bytes / GIGABYTE;
  return `${size >= 10 ? Math.round(size).toString() : size.toFixed(1)} GB`;
}

/** How much is used, in percent. */
export function share(free: number, total: number): number {
  return total <= 0 ? 0 : Math.round((1 - free / total) * 100);
}

/** Whether what is left is enough, soon too little, or too little. */
export function nearness(free: number, total: number): "good" | "soon" | "bad" {
  const left = total <= 0 ? 0 : free / total;
  if (left < SCARCE) return "bad";
  return left < LOW ? "soon" : "good";
}
