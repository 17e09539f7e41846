import type { UploadUnderWay } from "@/contract/platform";

/** The upload that this chosen file had begun, if there is one: of its name, size and time of change. */
export function match(file: Pick<File, "name" | "size" | "lastModified">, uploads: readonly UploadUnderWay[]): UploadUnderWay | null {
  return uploads.find((each) => each.name === file.name && each.size === file.size && each.modified_ms === file.lastModified) ?? null;
}
