//! One peer's sending of one publication: its layers, and which of them to forward.

use super::spec::TrackSpec;
use super::{Engine, LayerKey, Name, PeerKey, SendingKey};
use crate::core::selector::{LayerState, choose};
use crate::engine::layer::Layer;

const SSRC_TAKEOVER_MS: f64 = 500.0;

/// Layers by rid. `is_live` while it is the sending that counts for the publication.
pub struct Sending {
    pub peer: PeerKey,
    pub spec: TrackSpec,
    pub order: u64,
    pub layers: Vec<(Name, LayerKey)>,
    pub is_live: bool,
    pub was_tapped: bool,
}

impl Sending {
    #[must_use]
    pub fn layer(&self, rid: &str) -> Option<LayerKey> {
        self.layers.iter().find(|(known, _)| &**known == rid).map(|(_, key)| *key)
    }
}

impl Engine {
    /// The layer that this SSRC carries; `None` while another SSRC still sends it.
    ///
    /// A layer's SSRC may change (an encoder that began anew); it is believed once the old one is silent.
    pub(crate) fn layer_for(
        &mut self,
        sending: SendingKey,
        rid: &str,
        ssrc: u32,
        now_ms: f64,
    ) -> Option<LayerKey> {
        let known = self.sendings.get(sending)?.layer(rid);
        if let Some(key) = known {
            let layer = &self.layers[key];
            if layer.ssrc == ssrc {
                return known;
            }
            if now_ms - layer.last_packet_ms < SSRC_TAKEOVER_MS {
                return None;
            }
        }
        let owner = self.sendings.get_mut(sending)?;
        let rid: Name =
            owner.spec.rids.iter().find(|each| &***each == rid).cloned().unwrap_or_else(|| rid.into());
        let layer = Layer::new(sending, rid.clone(), ssrc, owner.spec.codec, owner.spec.clock_rate);
        let key = self.layers.insert(layer);
        match owner.layers.iter_mut().find(|(each, _)| *each == rid) {
            Some(place) => place.1 = key,
            None => owner.layers.push((rid, key)),
        }
        self.publish_layers(sending);
        if let Some(old) = known {
            self.clear_layer(old);
            self.layers.remove(old);
            self.lossy.remove(&old);
        }
        Some(key)
    }

    pub(crate) fn publish_layers(&self, sending: SendingKey) {
        let Some(owner) = self.sendings.get(sending) else { return };
        let layers = owner.layers.iter().filter_map(|(_, key)| self.layers.get(*key));
        owner
            .spec
            .shared
            .layers
            .store(std::sync::Arc::new(layers.map(|layer| layer.shared.clone()).collect()));
    }

    /// The layer to forward to one who wants this; `None` before anything came.
    ///
    /// While all are silent (a still picture, a muted voice) the current one stays.
    pub(crate) fn choose_layer(
        &self,
        sending: SendingKey,
        wanted: Option<&str>,
        current: Option<LayerKey>,
        now_ms: f64,
    ) -> Option<LayerKey> {
        let owner = self.sendings.get(sending)?;
        let states: Vec<LayerState<LayerKey>> = owner
            .layers
            .iter()
            .map(|(rid, key)| {
                let layer = &self.layers[*key];
                let measured = layer.rate.bitrate_bps;
                LayerState {
                    key: *key,
                    is_wanted: wanted == Some(rid),
                    bitrate_bps: if measured > 0.0 { measured } else { layer.reception.octets as f64 },
                    last_packet_ms: layer.last_packet_ms,
                }
            })
            .collect();
        let is_known = |key: &LayerKey| states.iter().any(|state| state.key == *key);
        choose(&states, current, now_ms)
            .or_else(|| current.filter(is_known))
            .or_else(|| states.first().map(|state| state.key))
    }
}
