/** How far the writing of an export is, in percent: whole only when the file is, for sealing comes after the rows. */
const MOST = 99;

export function writtenShare(rows: number, expected: number): number {
  if (!(expected > 0) || !(rows > 0)) return 0;
  return Math.min(MOST, Math.floor((rows / expected) * 100));
}
