/** The still of a moment: what a video element shows now, in its own size. */

const JPEG_QUALITY = 0.9;

/** Null where there is no picture yet. */
export async function frameOf(video: HTMLVideoElement | null): Promise<File | null> {
  if (video === null || video.videoWidth === 0) return null;
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext("2d");
  if (context === null) return null;
  context.drawImage(video, 0, 0);
  const blob = await new Promise<Blob | null>((resolve) => { canvas.toBlob(resolve, "image/jpeg", JPEG_QUALITY); });
  return blob === null ? null : new File([blob], "still.jpg", { type: "image/jpeg" });
}
