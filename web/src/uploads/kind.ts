import type { StoredFile } from "@/contract/platform";

/** What a page needs to know of a stored file to show it. */
export type Shown = Pick<StoredFile, "url" | "name" | "size" | "content_type" | "duration_ms" | "preview"> & { readonly id: string };
export type Kind = "picture" | "sound" | "video" | "paper" | "other";

export function kindOf(contentType: string): Kind {
  if (contentType.startsWith("image/")) return "picture";
  if (contentType.startsWith("audio/")) return "sound";
  if (contentType.startsWith("video/")) return "video";
  return contentType === "application/pdf" ? "paper" : "other";
}
