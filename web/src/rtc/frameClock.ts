/** Tells for every frame that a video element shows when it was captured. */
export interface FrameFacts {
  /** RTP time of the frame, null where the browser does not tell. */
  readonly rtpTimestamp: number | null;
  /** When it went to the screen, page clock. */
  readonly shownMs: number;
  readonly width: number;
  readonly height: number;
}

/** Calls back once a frame; gives the way to stop. */
export function watchFrames(video: HTMLVideoElement, act: (facts: FrameFacts) => void): () => void {
  let handle = 0;
  let stopped = false;
  const step: VideoFrameRequestCallback = (_now, meta) => {
    if (stopped) return;
    handle = video.requestVideoFrameCallback(step);
    act({
      rtpTimestamp: meta.rtpTimestamp ?? null,
      shownMs: meta.expectedDisplayTime,
      width: meta.width,
      height: meta.height,
    });
  };
  handle = video.requestVideoFrameCallback(step);
  return () => {
    stopped = true;
    video.cancelVideoFrameCallback(handle);
  };
}
