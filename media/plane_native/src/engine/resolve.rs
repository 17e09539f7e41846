//! Which layer an SSRC carries: by MID and RID on its packets, then as declared, then by payload type.

use super::sending::Sending;
use super::{Engine, LayerKey, PeerKey, SendingKey};
use crate::wire::Malformed;
use crate::wire::extensions::{decode_name, find};
use crate::wire::rtp::RtpHeader;

impl Engine {
    /// (layer, whether this is its retransmission flow), remembered in the flow; `None` if it cannot be told.
    ///
    /// A retransmission flow is known once its media flow is: before that there is nothing to repair.
    pub(crate) fn resolve(
        &mut self,
        peer: PeerKey,
        data: &[u8],
        header: &RtpHeader,
        now_ms: f64,
    ) -> Result<Option<(LayerKey, bool)>, Malformed> {
        let Some(key) = self.sending_of(peer, data, header)? else { return Ok(None) };
        let sending = &self.sendings[key];
        let remembered = self.peers[peer].flows.get(&header.ssrc).and_then(|flow| flow.rid.clone());
        let mid = sending.spec.mid.clone();
        let is_rtx = sending.spec.rtx_payload_type == Some(header.payload_type);
        let layer = if is_rtx {
            self.repaired(sending, remembered.as_deref(), data, header)?
        } else if sending.spec.takes(header.payload_type) {
            let rid = rid_of(sending, remembered.as_deref(), data, header)?.to_owned();
            self.layer_for(key, &rid, header.ssrc, now_ms)
        } else {
            None
        };
        if let Some(flow) = self.peers[peer].flows.get_mut(&header.ssrc) {
            flow.mid = Some(mid);
            if let Some(known) = layer.and_then(|layer| self.layers.get(layer)) {
                flow.layer = layer;
                flow.is_rtx = is_rtx;
                flow.rid = Some(known.rid.clone());
            }
        }
        Ok(layer.map(|layer| (layer, is_rtx)))
    }

    fn sending_of(
        &self,
        peer: PeerKey,
        data: &[u8],
        header: &RtpHeader,
    ) -> Result<Option<SendingKey>, Malformed> {
        let tracks = &self.peers[peer].tracks;
        for key in tracks {
            let spec = &self.sendings[*key].spec;
            if find(data, header, spec.extensions.mid)?.is_some_and(|mid| *mid == *spec.mid) {
                return Ok(Some(*key));
            }
        }
        let said = self.peers[peer].flows.get(&header.ssrc).and_then(|flow| flow.mid.as_ref());
        if let Some(key) = tracks.iter().find(|key| said == Some(&self.sendings[**key].spec.mid)) {
            return Ok(Some(*key));
        }
        let declares = |key: &&SendingKey| {
            let spec = &self.sendings[**key].spec;
            spec.ssrcs.contains(&header.ssrc) || spec.rtx_ssrcs.iter().any(|(_, rtx)| *rtx == header.ssrc)
        };
        if let Some(key) = tracks.iter().find(declares) {
            return Ok(Some(*key));
        }
        let takes = |key: &&SendingKey| {
            let spec = &self.sendings[**key].spec;
            spec.takes(header.payload_type) || Some(header.payload_type) == spec.rtx_payload_type
        };
        let mut candidates = tracks.iter().filter(takes);
        let only = candidates.next().copied();
        Ok(if candidates.next().is_some() { None } else { only })
    }

    fn repaired(
        &self,
        sending: &Sending,
        remembered: Option<&str>,
        data: &[u8],
        header: &RtpHeader,
    ) -> Result<Option<LayerKey>, Malformed> {
        let value = find(data, header, sending.spec.extensions.repaired_rid)?;
        if let Some(rid) = value.map(decode_name).transpose()?.or(remembered) {
            return Ok(sending.layer(rid));
        }
        let declared = sending.spec.rtx_ssrcs.iter().find(|(_, rtx)| *rtx == header.ssrc);
        if let Some((ssrc, _)) = declared {
            let carries = |key: &LayerKey| self.layers[*key].ssrc == *ssrc;
            return Ok(sending.layers.iter().map(|each| each.1).find(carries));
        }
        Ok(if let [(_, only)] = sending.layers[..] { Some(only) } else { None })
    }
}

/// The layer's name; nothing where the track has one layer.
fn rid_of<'a>(
    sending: &Sending,
    remembered: Option<&'a str>,
    data: &'a [u8],
    header: &RtpHeader,
) -> Result<&'a str, Malformed> {
    if sending.spec.rids.is_empty() {
        return Ok("");
    }
    let value = find(data, header, sending.spec.extensions.rid)?;
    let rid = value.map(decode_name).transpose()?.or(remembered);
    let rid = rid.ok_or(Malformed("a layer without its name"))?;
    if sending.spec.rids.iter().any(|known| &**known == rid) {
        Ok(rid)
    } else {
        Err(Malformed("a layer that was not offered"))
    }
}
