export const MAY_IMPORT: Readonly<Record<string, readonly string[]>>;
export function placeOf(inSource: string): { layer: string; module: string };
export function refusal(from: string, to: string): string | null;
export function libraryRefusal(from: string, library: string): string | null;
