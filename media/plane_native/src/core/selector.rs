//! Which layer a slot forwards now, of those that are alive.

pub const ALIVE_MS: f64 = 1_500.0;
const BETTER_BY: f64 = 1.2;

/// One layer now, under the key by which the caller knows it.
#[derive(Debug, Clone, Copy)]
pub struct LayerState<K> {
    pub key: K,
    pub is_wanted: bool,
    pub bitrate_bps: f64,
    pub last_packet_ms: f64,
}

/// The layer to forward: the wanted one if alive, else that of the highest rate; `None`: nothing is alive.
///
/// The current one stays unless another is better by a fifth, so that equal layers do not alternate.
pub fn choose<K: Copy + PartialEq>(layers: &[LayerState<K>], current: Option<K>, now_ms: f64) -> Option<K> {
    let alive = || layers.iter().filter(|layer| now_ms - layer.last_packet_ms <= ALIVE_MS);
    if let Some(wanted) = alive().find(|layer| layer.is_wanted) {
        return Some(wanted.key);
    }
    let mut best: Option<&LayerState<K>> = None;
    for layer in alive() {
        if best.is_none_or(|known| layer.bitrate_bps > known.bitrate_bps) {
            best = Some(layer);
        }
    }
    let best = best?;
    match alive().find(|layer| Some(layer.key) == current) {
        Some(present) if best.bitrate_bps <= present.bitrate_bps * BETTER_BY => Some(present.key),
        _ => Some(best.key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers(wanted: char) -> Vec<LayerState<char>> {
        [('l', 100.0, 0.0), ('m', 110.0, 0.0), ('h', 500.0, -2_000.0)]
            .map(|(key, bitrate_bps, last_packet_ms)| LayerState {
                key,
                is_wanted: key == wanted,
                bitrate_bps,
                last_packet_ms,
            })
            .to_vec()
    }

    #[test]
    fn the_wanted_if_alive_else_the_best_else_the_present() {
        assert_eq!(choose(&layers('l'), None, 0.0), Some('l'));
        assert_eq!(choose(&layers('h'), None, 0.0), Some('m'));
        assert_eq!(choose(&layers('h'), Some('l'), 0.0), Some('l'));
        assert_eq!(choose(&layers('x'), Some('h'), 0.0), Some('m'));
        assert_eq!(choose(&layers('x'), Some('l'), -1_500.0), Some('h'));
        assert_eq!(choose(&layers('l'), Some('l'), 1_501.0), None);
    }
}
