//! RTCP that the plane makes: RR, REMB and SDES to publishers, SR and SDES to subscribers (RFC 3550 6.4).

use super::layer::Layer;
use super::{Engine, LayerKey, PeerKey, SlotKey, random_u32};
use crate::wire::extensions::unix_ms_to_ntp;
use crate::wire::rtcp::{ReportBlock, Rtcp, SenderInfo};

const CNAME: &[u8] = b"scopecast";
/// What we tell publishers that we can take, until it is measured.
const RECEIVE_BPS: u64 = 8_000_000;
const REPORT_MS: f64 = 1_000.0;
const MAX_BLOCKS: usize = 31;
const SLOTS_A_COMPOUND: usize = 12;

impl Engine {
    /// A request to a publisher as a full compound, for those who know no reduced size (RFC 4585 3.1).
    pub(crate) fn send_feedback(&mut self, peer: PeerKey, packet: Rtcp) {
        let ssrc = self.peers[peer].rtcp_ssrc;
        let compound = [
            Rtcp::ReceiverReport { ssrc, blocks: Vec::new() },
            Rtcp::SourceDescription(vec![(ssrc, CNAME.to_vec())]),
            packet,
        ];
        self.send_rtcp(peer, &compound);
    }

    pub(crate) fn layers_of(&self, peer: PeerKey) -> Vec<LayerKey> {
        let tracks = self.peers[peer].tracks.iter();
        tracks.flat_map(|key| self.sendings[*key].layers.iter().map(|each| each.1)).collect()
    }

    /// What is due to a peer once a second, each compound short enough for one datagram.
    pub(crate) fn report(&mut self, peer: PeerKey, now_ms: f64) {
        // Spread, so that reports to a full room do not all fall into one turn (RFC 3550 6.2).
        let spread = 0.8 + 0.4 * f64::from(random_u32()) / f64::from(u32::MAX);
        self.peers[peer].report_due_ms = now_ms + REPORT_MS * spread;
        let slots = self.peers[peer].slots.clone();
        for key in &slots {
            let slot = &mut self.slots[*key];
            slot.rate.tick(slot.spec.shared.octets.get(), now_ms);
            slot.spec.shared.bitrate_bps.set(slot.rate.bitrate_bps.round() as u64);
        }
        self.report_reception(peer, now_ms);
        let wall_ms = self.axis.wall_ms(now_ms);
        let senders: Vec<SlotKey> = slots.into_iter().filter(|key| self.is_sending(*key)).collect();
        for part in senders.chunks(SLOTS_A_COMPOUND) {
            let mut compound: Vec<Rtcp> =
                part.iter().filter_map(|key| self.sender_report(*key, wall_ms)).collect();
            let names: Vec<(u32, Vec<u8>)> = compound
                .iter()
                .filter_map(|report| match report {
                    Rtcp::SenderReport { ssrc, .. } => Some((*ssrc, CNAME.to_vec())),
                    _ => None,
                })
                .collect();
            if !names.is_empty() {
                compound.push(Rtcp::SourceDescription(names));
                self.send_rtcp(peer, &compound);
            }
        }
    }

    fn is_sending(&self, key: SlotKey) -> bool {
        let slot = &self.slots[key];
        slot.layer.is_some() && slot.spec.shared.packets.get() > 0
    }

    fn report_reception(&mut self, peer: PeerKey, now_ms: f64) {
        let layers = self.layers_of(peer);
        if layers.is_empty() {
            return;
        }
        let (ssrc, wall_ms) = (self.peers[peer].rtcp_ssrc, self.axis.wall_ms(now_ms));
        let blocks =
            layers.iter().take(MAX_BLOCKS).map(|key| block(&mut self.layers[*key], wall_ms)).collect();
        let mut compound = vec![
            Rtcp::ReceiverReport { ssrc, blocks },
            Rtcp::SourceDescription(vec![(ssrc, CNAME.to_vec())]),
        ];
        // Who numbers its packets hears how they arrive instead.
        let is_numbered = |layer: &Layer| self.sendings[layer.sending].spec.extensions.transport_cc.is_some();
        let video = layers.iter().map(|key| &self.layers[*key]);
        let video = video.filter(|layer| layer.codec.is_video() && !is_numbered(layer));
        let ssrcs: Vec<u32> = video.map(|layer| layer.ssrc).collect();
        if !ssrcs.is_empty() {
            compound.push(Rtcp::Remb { sender: ssrc, bitrate_bps: RECEIVE_BPS, ssrcs });
        }
        self.send_rtcp(peer, &compound);
    }

    /// NTP is the server's wall clock, so that all flows to all browsers share one axis.
    fn sender_report(&self, key: SlotKey, wall_ms: f64) -> Option<Rtcp> {
        let (point, _) = self.slot_clock_point(key)?;
        let elapsed = ((wall_ms - point.capture_ms) * f64::from(point.clock_rate) / 1_000.0).round() as i64;
        let spec = &self.slots[key].spec;
        let info = SenderInfo {
            ntp: unix_ms_to_ntp(wall_ms),
            rtp_timestamp: point.rtp_timestamp.wrapping_add(elapsed as u32),
            packets: spec.shared.packets.get() as u32,
            octets: spec.shared.octets.get() as u32,
        };
        Some(Rtcp::SenderReport { ssrc: spec.ssrc, info, blocks: Vec::new() })
    }
}

fn block(layer: &mut Layer, wall_ms: f64) -> ReportBlock {
    let figures = layer.reception.report();
    let (last_sender_report, delay) = layer
        .last_report
        .map_or((0, 0), |(last, heard_ms)| (last, ((wall_ms - heard_ms) * 65.536).round().max(0.0) as u32));
    ReportBlock {
        ssrc: layer.ssrc,
        fraction_lost: figures.fraction_lost,
        cumulative_lost: figures.cumulative_lost,
        highest_sequence: figures.highest_sequence,
        jitter: figures.jitter,
        last_sender_report,
        delay,
    }
}
