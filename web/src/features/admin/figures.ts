/** Sizes and shares as an operator reads them. */
const GIGABYTE = 1024 ** 3;
const UNITS = ["B", "KB", "MB", "GB", "TB", "PB"] as const;
const SCARCE = 0.1;
const LOW = 0.2;

export function gigabytes(bytes: number): string {
  const size = bytes / GIGABYTE;
  return `${size >= 10 ? Math.round(size).toString() : size.toFixed(1)} GB`;
}

/** A size in the unit that suits it: 0 B, 12 KB, 3.4 GB. */
export function bytes(size: number): string {
  const unit = Math.min(UNITS.length - 1, size < 1 ? 0 : Math.floor(Math.log2(size) / 10));
  const number = size / 1024 ** unit;
  return `${unit === 0 || number >= 10 ? Math.round(number).toString() : number.toFixed(1)} ${UNITS[unit] ?? ""}`;
}

/** How long a bar is that shows one size beside all. */
export function part(size: number, all: number): string {
  return `${all <= 0 ? "0" : ((size / all) * 100).toFixed(1)}%`;
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
