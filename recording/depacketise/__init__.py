"""RTP packets into encoded frames: pure, one file a codec."""
