// Plays every part of a recording through Media Source Extensions; gives what the browser makes of each.
async (base) => {
  const playPart = async (track, part) => {
    const text = await (await fetch(base + part.playlist)).text();
    const names = [/URI="([^"]+)"/.exec(text)[1], ...text.split("\n").filter((line) => line.endsWith(".m4s"))];
    const element = document.createElement(track.kind);
    element.muted = true;
    document.body.append(element);
    const source = new MediaSource();
    element.src = URL.createObjectURL(source);
    const once = (target, event) => new Promise((done) => target.addEventListener(event, done, { once: true }));
    await once(source, "sourceopen");
    const buffer = source.addSourceBuffer(`${track.kind}/mp4; codecs="${part.codec_string}"`);
    for (const name of names) {
      buffer.appendBuffer(await (await fetch(base + name)).arrayBuffer());
      await once(buffer, "updateend");
    }
    source.endOfStream();
    element.currentTime = buffer.buffered.start(0) + 5.5;
    await once(element, "seeked");
    const sought = element.currentTime;
    const moved = once(element, "timeupdate");
    await element.play();
    await moved;
    return {
      ranges: buffer.buffered.length,
      starts: buffer.buffered.start(0),
      ends: buffer.buffered.end(0),
      width: element.videoWidth ?? 0,
      sought,
      error: element.error?.message ?? null,
    };
  };
  const manifest = await (await fetch(base + "manifest.json")).json();
  const played = {};
  for (const track of manifest.tracks) {
    for (const part of track.parts) played[track.publication] = await playPart(track, part);
  }
  return played;
};
