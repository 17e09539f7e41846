//! RTCP that peers send: reports of what they send, how our slots arrive, and what they miss.

use super::{Engine, PeerKey, SlotKey};
use crate::wire::extensions::{ntp_to_unix_ms, unix_ms_to_ntp};
use crate::wire::rtcp::{ReportBlock, Rtcp, SenderInfo};

const MAX_RTT_MS: f64 = 10_000.0;

impl Engine {
    /// Does what the packets of one compound say; what names no slot or layer of this peer is ignored.
    pub(crate) fn feedback(&mut self, peer: PeerKey, packets: &[Rtcp], now_ms: f64) {
        for packet in packets {
            match packet {
                Rtcp::SenderReport { ssrc, info, blocks } => {
                    self.on_sender_report(peer, *ssrc, info, now_ms);
                    self.on_blocks(peer, blocks, now_ms);
                }
                Rtcp::ReceiverReport { blocks, .. } => self.on_blocks(peer, blocks, now_ms),
                Rtcp::Nack { media, lost, .. } => {
                    if let Some(slot) = self.slot_by_ssrc(peer, *media) {
                        self.resend(slot, lost, now_ms);
                    }
                }
                Rtcp::Pli { media, .. } => self.on_refresh(peer, *media, now_ms),
                Rtcp::Fir { requests, .. } => {
                    requests.iter().for_each(|(ssrc, _)| self.on_refresh(peer, *ssrc, now_ms));
                }
                Rtcp::TransportFeedback(told) => self.on_transport_feedback(peer, told, now_ms),
                Rtcp::Remb { bitrate_bps, .. } => self.on_receiver_estimate(peer, *bitrate_bps, now_ms),
                Rtcp::SourceDescription(_) | Rtcp::Bye(_) | Rtcp::Unknown { .. } => {}
            }
        }
    }

    pub(crate) fn slot_by_ssrc(&self, peer: PeerKey, ssrc: u32) -> Option<SlotKey> {
        self.peers[peer].slots.iter().copied().find(|key| self.slots[*key].spec.ssrc == ssrc)
    }

    fn on_sender_report(&mut self, key: PeerKey, ssrc: u32, info: &SenderInfo, now_ms: f64) {
        let peer = &mut self.peers[key];
        let flow = peer.flows.get(&ssrc).filter(|flow| !flow.is_rtx);
        let Some(layer_key) = flow.and_then(|flow| flow.layer) else { return };
        let Some(layer) = self.layers.get_mut(layer_key).filter(|layer| layer.ssrc == ssrc) else { return };
        let wall_ms = self.axis.wall_ms(now_ms);
        let sender_ms = ntp_to_unix_ms(info.ntp);
        layer.last_report = Some(((info.ntp >> 16) as u32, wall_ms));
        layer.clock.on_report(info.rtp_timestamp, sender_ms);
        peer.sender_clock.on_report(sender_ms, wall_ms);
        self.tell_clock(layer_key, now_ms);
    }

    fn on_blocks(&mut self, key: PeerKey, blocks: &[ReportBlock], now_ms: f64) {
        let wall_ms = self.axis.wall_ms(now_ms);
        for block in blocks {
            let Some(slot) = self.slot_by_ssrc(key, block.ssrc) else { continue };
            let shared = &self.slots[slot].spec.shared;
            shared.fraction_lost.set_f64(f64::from(block.fraction_lost) / 256.0);
            if block.last_sender_report == 0 {
                continue;
            }
            let now = (unix_ms_to_ntp(wall_ms) >> 16) as u32;
            let ticks = now.wrapping_sub(block.last_sender_report).wrapping_sub(block.delay);
            let rtt_ms = f64::from(ticks) * 1_000.0 / 65_536.0;
            if rtt_ms < MAX_RTT_MS {
                shared.rtt_ms.set_f64(rtt_ms);
                self.peers[key].rtt_ms = Some(rtt_ms);
            }
        }
        self.on_loss(key, blocks, now_ms);
    }

    fn on_refresh(&mut self, peer: PeerKey, ssrc: u32, now_ms: f64) {
        let Some(slot) = self.slot_by_ssrc(peer, ssrc) else { return };
        let slot = &self.slots[slot];
        // Who gets keyframes alone has the next one soon: it is not asked for at everybody's cost.
        if let Some(layer) = slot.target.or(slot.layer.filter(|_| slot.pace.is_none())) {
            self.ask_keyframe(layer, now_ms);
        }
    }
}
