"""What one slot forwards: the layer it has, the one it waits for, and when it may cross over."""


class LayerSelector:
    """Crosses to the target layer only at a keyframe of it (DESIGN 3); until then the current one goes on."""

    __slots__ = ("current", "target")

    def __init__(self) -> None:
        self.current: str | None = None
        self.target: str | None = None

    @property
    def waiting(self) -> bool:
        """Whether a keyframe of the target is wanted."""
        return self.target is not None and self.target != self.current

    def aim(self, rid: str | None) -> bool:
        """Sets the target; true if a keyframe of it must now be waited for."""
        self.target = rid
        return self.waiting

    def crosses(self, rid: str, *, begins_keyframe: bool) -> bool:
        """Whether a packet of this layer is where the slot crosses over to it; it is current from then on."""
        if rid != self.target or rid == self.current or not begins_keyframe:
            return False
        self.current = rid
        return True

    def reset(self) -> None:
        """Nothing flows: the next packet must be a keyframe of the target."""
        self.current = None
