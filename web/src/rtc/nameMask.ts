/**
 * Covers the part of the picture where the endoscopy system burns in the patient's name, before the
 * first frame leaves the machine: the published track comes from a canvas on which it is painted.
 */
export interface MaskArea {
  /** Parts of the picture, 0..1. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const DEFAULT_MASK: MaskArea = { x: 0, y: 0, width: 0.28, height: 0.12 };

const LEAST = 0.02;

/** The area moved and sized so that it lies in the picture and can still be taken hold of. */
export function fitMask(area: MaskArea): MaskArea {
  const width = Math.min(1, Math.max(LEAST, area.width));
  const height = Math.min(1, Math.max(LEAST, area.height));
  return {
    x: Math.min(1 - width, Math.max(0, area.x)),
    y: Math.min(1 - height, Math.max(0, area.y)),
    width,
    height,
  };
}

/** The pixels that are covered: never a part of a pixel less than was asked for. */
export function maskPixels(
  area: MaskArea,
  width: number,
  height: number,
): readonly [number, number, number, number] {
  const left = Math.floor(area.x * width);
  const top = Math.floor(area.y * height);
  return [
    left,
    top,
    Math.ceil((area.x + area.width) * width) - left,
    Math.ceil((area.y + area.height) * height) - top,
  ];
}

export interface MaskedTrack {
  readonly track: MediaStreamTrack;
  setArea(area: MaskArea): void;
  close(): void;
}

/** A track that shows the source with the area painted over in the stage's grey. */
export function maskTrack(source: MediaStreamTrack, first: MaskArea): MaskedTrack {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.srcObject = new MediaStream([source]);
  const canvas = document.createElement("canvas");
  const settings = source.getSettings();
  canvas.width = settings.width ?? 1280;
  canvas.height = settings.height ?? 720;
  const context = canvas.getContext("2d", { alpha: false });
  if (context === null) throw new Error("no canvas for the mask");
  const stream = canvas.captureStream();
  const track = stream.getVideoTracks()[0];
  if (track === undefined) throw new Error("no track from the mask's canvas");
  let area = first;
  let ended = false;
  const paint = (): void => {
    if (ended) return;
    if (video.videoWidth > 0 && (video.videoWidth !== canvas.width || video.videoHeight !== canvas.height)) {
      canvas.width = video.videoWidth;
      canvas.height = video.videoHeight;
    }
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    context.fillStyle = "rgb(48 48 48)";
    context.fillRect(...maskPixels(area, canvas.width, canvas.height));
    video.requestVideoFrameCallback(paint);
  };
  video.requestVideoFrameCallback(paint);
  void video.play();
  return {
    track,
    setArea: (next) => {
      area = fitMask(next);
    },
    close: () => {
      ended = true;
      track.stop();
      video.srcObject = null;
    },
  };
}
