//! Four hours of clocks that drift: `tests/media/core/clock_vectors`, whose README says how they are made.

use std::path::PathBuf;

use plane_native::core::clock::{ClockMap, SenderClock};
use serde_json::Value;

const WALL_MS: f64 = 1_790_000_000_000.0;
const WAY_MS: f64 = 4.0;
const HOUR_MS: f64 = 3_600_000.0;
const BUSY_AFTER_MS: f64 = 3_540_000.0;

fn vector(name: &str) -> Value {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/media/core/clock_vectors");
    serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

/// How long datagrams are on their way.
struct Chance(u32);

impl Chance {
    fn waits(&mut self, true_ms: f64) -> f64 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let most_ms = if true_ms % HOUR_MS > BUSY_AFTER_MS { 240.0 } else { 12.0 };
        WAY_MS + most_ms * (f64::from(self.0) / 4_294_967_296.0)
    }
}

/// By how much each frame's capture time is placed too late.
fn errors_ms(vector: &Value) -> Vec<f64> {
    let rate = number(&vector["rate"]);
    let began = vector["began"].as_u64().unwrap();
    let [rtp, wall] = ["rtp_ppm", "wall_ppm"].map(|key| 1.0 + number(&vector[key]) / 1e6);
    let mut chance = Chance(vector["seed"].as_u64().unwrap() as u32);
    let (mut sender, mut clock) = (SenderClock::default(), ClockMap::new(rate as u32));
    let frames = vector["frames"].as_u64().unwrap() as u32;
    (0..frames)
        .map(|frame| {
            let true_ms = f64::from(frame) * number(&vector["frame_ms"]);
            let timestamp = (began + (true_ms * rtp * rate / 1_000.0 + 0.5) as u64) as u32;
            let waited_ms = chance.waits(true_ms);
            if true_ms % number(&vector["report_ms"]) == 0.0 {
                let wall_ms = WALL_MS + number(&vector["wrong_by_ms"]) + true_ms * wall;
                clock.on_report(timestamp, wall_ms);
                sender.on_report(wall_ms, WALL_MS + true_ms + chance.waits(true_ms));
            }
            clock.on_packet(timestamp, WALL_MS + true_ms + waited_ms, sender.offset_ms());
            clock.at(timestamp, sender.offset_ms()).unwrap() - WALL_MS - true_ms
        })
        .collect()
}

#[test]
fn capture_time_is_that_of_the_vectors_and_true_to_20_ms_in_four_hours() {
    for name in ["fast.json", "slow.json"] {
        let vector = vector(name);
        let found = errors_ms(&vector);
        for check in vector["checks"].as_array().unwrap() {
            let frame = check[0].as_u64().unwrap() as usize;
            let off = (found[frame] - number(&check[1])).abs();
            assert!(off <= number(&vector["tolerance_ms"]), "{name}, frame {frame}: {}", found[frame]);
        }
        let settled = found.iter().skip((10_000.0 / number(&vector["frame_ms"])) as usize);
        let most_ms = settled.map(|error_ms| error_ms.abs()).fold(0.0, f64::max);
        assert!(most_ms <= number(&vector["most_ms"]), "{name}: {most_ms}");
    }
}
