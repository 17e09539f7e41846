//! Whole keyframes alone, one after the other: what a line shows that carries nothing more of a picture.

/// For glimpses' sake no keyframe is asked for sooner after the last one, however many viewers get them.
const EVERY_MS: f64 = 1_250.0;
const ASK_AGAIN_MS: f64 = 1_000.0;
/// A keyframe that came longer ago is not begun with any more.
pub const FRESH_MS: f64 = 1_500.0;
/// What a glimpse lacks is waited for so long.
pub const GIVEN_UP_MS: f64 = 500.0;
/// Part of its rate that is left to it while packets wait long on the line: voices go first.
const CROWDED_SHARE: f64 = 0.25;
const SLACK_MS: f64 = 20.0;

/// When the next packet of one viewer's glimpses may leave: evenly, at so many bit/s.
#[derive(Debug, Clone, Copy)]
pub struct GlimpsePace {
    pub bitrate_bps: f64,
    /// How far apart the last ones began.
    pub every_ms: Option<f64>,
    began_ms: Option<f64>,
    due_ms: f64,
}

impl GlimpsePace {
    #[must_use]
    pub fn new(bitrate_bps: f64) -> Self {
        Self { bitrate_bps, every_ms: None, began_ms: None, due_ms: f64::NEG_INFINITY }
    }

    /// Another rate for what goes on, or a beginning.
    #[must_use]
    pub fn at(bitrate_bps: f64, before: Option<Self>) -> Self {
        Self { bitrate_bps, ..before.unwrap_or_else(|| Self::new(bitrate_bps)) }
    }

    /// A glimpse begins.
    pub fn began(&mut self, now_ms: f64) {
        if let Some(began_ms) = self.began_ms {
            let apart_ms = now_ms - began_ms;
            self.every_ms =
                Some(self.every_ms.map_or(apart_ms, |every_ms| f64::midpoint(every_ms, apart_ms)));
        }
        self.began_ms = Some(now_ms);
    }

    #[must_use]
    pub fn is_due(&self, now_ms: f64) -> bool {
        now_ms >= self.due_ms
    }

    /// A packet left; a turn that came late is made up for, a long rest is not.
    pub fn sent(&mut self, octets: usize, now_ms: f64, is_crowded: bool) {
        let rate = self.bitrate_bps * if is_crowded { CROWDED_SHARE } else { 1.0 };
        self.due_ms = self.due_ms.max(now_ms - SLACK_MS) + octets as f64 * 8_000.0 / rate.max(1.0);
    }
}

/// When the publisher of a layer is asked for a keyframe because viewers get nothing else.
#[derive(Debug, Clone, Copy, Default)]
pub struct GlimpseRequests {
    asked_ms: Option<f64>,
}

impl GlimpseRequests {
    /// Whether to ask now, the last keyframe being so old (`None`: there was none); counts it as asked.
    pub fn due(&mut self, keyframe_age_ms: Option<f64>, now_ms: f64) -> bool {
        let is_soon = keyframe_age_ms.is_some_and(|age_ms| age_ms < EVERY_MS);
        if is_soon || self.asked_ms.is_some_and(|asked_ms| now_ms - asked_ms < ASK_AGAIN_MS) {
            return false;
        }
        self.asked_ms = Some(now_ms);
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn glimpses_of_many_viewers_are_one_request_in_a_second_and_a_quarter() {
        let mut requests = GlimpseRequests::default();
        assert!(requests.due(None, 0.0));
        assert!(!requests.due(None, 999.0));
        assert!(requests.due(None, 1_000.0));
        assert!(!requests.due(Some(1_249.0), 5_000.0));
        assert!(requests.due(Some(1_250.0), 5_000.0));
        assert!(!requests.due(Some(1_250.0), 5_000.0));
    }

    #[test]
    fn it_tells_how_far_apart_they_begin() {
        let mut pace = GlimpsePace::new(400_000.0);
        pace.began(1_000.0);
        assert_eq!(pace.every_ms, None);
        pace.began(3_000.0);
        assert_eq!(pace.every_ms, Some(2_000.0));
        pace.began(4_000.0);
        assert_eq!(pace.every_ms, Some(1_500.0));
    }

    proptest! {
        #[test]
        fn it_never_sends_more_than_its_rate_and_a_crowded_line_gets_a_quarter(
            bitrate_bps in 20_000.0..2_000_000.0f64,
            turn_ms in 1.0..40.0f64,
            octets in 200usize..1_400,
            is_crowded: bool,
        ) {
            let mut pace = GlimpsePace::new(bitrate_bps);
            let (mut now_ms, mut sent) = (10_000.0, 0usize);
            while now_ms < 20_000.0 {
                while pace.is_due(now_ms) {
                    pace.sent(octets, now_ms, is_crowded);
                    sent += octets;
                }
                now_ms += turn_ms;
            }
            let rate = bitrate_bps * if is_crowded { CROWDED_SHARE } else { 1.0 };
            let most = rate * (10_000.0 + SLACK_MS) / 8_000.0 + octets as f64;
            prop_assert!(sent as f64 <= most + 1.0);
            if turn_ms < SLACK_MS {
                prop_assert!(sent as f64 >= rate * 9_900.0 / 8_000.0 - octets as f64);
            }
        }
    }
}
