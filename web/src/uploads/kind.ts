import type { StoredFile } from "@/contract/platform";

/** What a page needs to know of a stored file to show it. */
export type Shown = Pick<StoredFile, "url" | "name" | "size" | "content_type" | "duration_ms" | "preview"> & { readonly id: string };
export type Kind = "picture" | "sound" | "video" | "paper" | "office" | "other";

/** An office document that is larger has no preview (`files/office.py`). */
const OFFICE_MOST = 50 * 1024 * 1024;

export function kindOf(contentType: string): Kind {
  if (contentType.startsWith("image/")) return "picture";
  if (contentType.startsWith("audio/")) return "sound";
  if (contentType.startsWith("video/")) return "video";
  if (contentType.startsWith("application/vnd.openxmlformats-officedocument.")) return "office";
  return contentType === "application/pdf" ? "paper" : "other";
}

/** Why nothing is shown of an office document; null for what is shown, will be, or is none. */
export function unseenBecause(file: Pick<Shown, "content_type" | "preview" | "size">): "absent" | "large" | "failed" | null {
  if (kindOf(file.content_type) !== "office") return null;
  if (file.preview === "failed") return "failed";
  if (file.preview !== "none") return null;
  return file.size > OFFICE_MOST ? "large" : "absent";
}
