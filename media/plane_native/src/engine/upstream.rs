//! What we tell publishers of how their packets arrive, so that they send as much as their line carries.

use super::{Engine, PeerKey};
use crate::wire::Malformed;
use crate::wire::bytes::be16;
use crate::wire::extensions::find;
use crate::wire::rtcp::Rtcp;
use crate::wire::rtp::RtpHeader;
use crate::wire::twcc::TransportFeedback;

/// Numbers in one feedback: with all of them in the longest form it fits a datagram.
const MAX_NUMBERS: i64 = 400;

impl Engine {
    /// Notes the transport-wide number of a packet that passed SRTP, whatever it carries.
    pub(crate) fn note_arrival(
        &mut self,
        key: PeerKey,
        data: &[u8],
        header: &RtpHeader,
        now_ms: f64,
    ) -> Result<(), Malformed> {
        let peer = &mut self.peers[key];
        if peer.transport_cc_in.is_none() {
            return Ok(());
        }
        let value = find(data, header, peer.transport_cc_in)?;
        let Some(sequence) = value.and_then(|value| be16(value, 0)) else { return Ok(()) };
        let was_due = peer.arrivals.due_ms().is_some();
        peer.arrivals.arrived(sequence, data.len(), now_ms);
        peer.told_ssrc = header.ssrc;
        if !was_due {
            self.telling.push(key);
        }
        Ok(())
    }

    /// Sends the feedback that is due.
    pub(crate) fn tell_arrivals(&mut self, now_ms: f64) {
        let mut waiting = std::mem::take(&mut self.telling);
        waiting.retain(|key| {
            self.tell_arrivals_to(*key, now_ms);
            self.peers.get(*key).is_some_and(|peer| peer.arrivals.due_ms().is_some())
        });
        self.telling = waiting;
    }

    fn tell_arrivals_to(&mut self, key: PeerKey, now_ms: f64) {
        while let Some(peer) = self.peers.get_mut(key)
            && peer.arrivals.due_ms().is_some_and(|due| now_ms >= due)
        {
            let (sender, media) = (peer.rtcp_ssrc, peer.told_ssrc);
            let Some(window) = peer.arrivals.take(MAX_NUMBERS, now_ms) else { return };
            let made = TransportFeedback::since(window.base, sender, media, window.number, &window.arrivals);
            if let Some((feedback, _)) = made {
                // By itself: who stamps its packets knows reduced sizes (RFC 5506).
                self.send_rtcp(key, &[Rtcp::TransportFeedback(feedback)]);
            }
        }
    }

    /// When feedback is to be sent next.
    pub(crate) fn arrivals_due_ms(&self) -> Option<f64> {
        let due = self.telling.iter().filter_map(|key| self.peers.get(*key)?.arrivals.due_ms());
        due.min_by(f64::total_cmp)
    }
}
