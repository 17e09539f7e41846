//! Requests for keyframes of one layer, coalesced.

const INTERVAL_MS: f64 = 500.0;

/// At most one request goes out each half second; what is asked within it goes out at its end, unless a keyframe
/// has begun since.
#[derive(Debug, Clone, Copy, Default)]
pub struct KeyframeRequests {
    sent_ms: Option<f64>,
    asked: bool,
}

impl KeyframeRequests {
    pub fn ask(&mut self) {
        self.asked = true;
    }

    pub fn keyframe_came(&mut self) {
        self.asked = false;
    }

    /// Whether to send one now; counts it as sent.
    pub fn due(&mut self, now_ms: f64) -> bool {
        let is_early = self.sent_ms.is_some_and(|sent| now_ms - sent < INTERVAL_MS);
        if !self.asked || is_early {
            return false;
        }
        self.asked = false;
        self.sent_ms = Some(now_ms);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_requests_become_one_and_a_late_one_waits() {
        let mut requests = KeyframeRequests::default();
        assert!(!requests.due(0.0));
        requests.ask();
        requests.ask();
        assert!(requests.due(0.0));
        assert!(!requests.due(0.0));
        requests.ask();
        assert!(!requests.due(499.0));
        assert!(requests.due(500.0));
        requests.ask();
        requests.keyframe_came();
        assert!(!requests.due(2_000.0));
    }
}
