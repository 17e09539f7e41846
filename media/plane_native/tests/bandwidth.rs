//! The lines that both estimators are held to: `tests/media/core/bandwidth_vectors`, whose README says what they hold.

use std::path::PathBuf;

use plane_native::core::bandwidth::estimator::{Estimator, Told};
use plane_native::core::bandwidth::log::SendLog;
use serde_json::Value;

fn vectors() -> Vec<(String, Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/media/core/bandwidth_vectors");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|kind| kind == "json"));
    files
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap())
        })
        .collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn rows(value: &Value) -> impl Iterator<Item = &Vec<Value>> {
    value.as_array().unwrap().iter().map(|row| row.as_array().unwrap())
}

/// What was sent, up to a moment, and the probes among it.
struct Sending<'a> {
    sent: Box<dyn Iterator<Item = &'a Vec<Value>> + 'a>,
    next: Option<&'a Vec<Value>>,
    probes: Vec<&'a Vec<Value>>,
    log: SendLog,
}

impl<'a> Sending<'a> {
    fn of(vector: &'a Value) -> Self {
        let mut sent = rows(&vector["sent"]);
        let next = sent.next();
        let probes = rows(&vector["probes"]).collect();
        Self { sent: Box::new(sent), next, probes, log: SendLog::default() }
    }

    fn until(&mut self, at_ms: f64, estimator: &mut Estimator) {
        while let Some(row) = self.next.filter(|row| number(&row[0]) < at_ms) {
            let name = &row[2];
            if let Some(probe) = self.probes.iter().find(|probe| &probe[1] == name) {
                estimator.probe_began(number(&probe[3]), number(&probe[0]));
            }
            assert_eq!(u64::from(self.log.next_number()), name.as_u64().unwrap());
            let bytes = number(&row[1]) as usize;
            self.log.sent(bytes, estimator.probe_number(), number(&row[0]));
            if let Some(probe) = estimator.sending_probe() {
                probe.left(bytes);
                if self.probes.iter().any(|known| &known[2] == name) {
                    probe.end();
                }
            }
            self.next = self.sent.next();
        }
    }
}

/// (ms, estimate) after each feedback.
fn replay(vector: &Value) -> Vec<(f64, f64)> {
    let mut estimator = Estimator::default();
    estimator.goal_bps = number(&vector["goal_bps"]);
    let mut sending = Sending::of(vector);
    rows(&vector["feedbacks"])
        .map(|feedback| {
            let (at_ms, base) = (number(&feedback[0]), feedback[1].as_u64().unwrap() as u16);
            sending.until(at_ms, &mut estimator);
            let told: Vec<Told> = (base..)
                .zip(feedback[2].as_array().unwrap())
                .filter_map(|(name, arrived)| {
                    Some(Told { sent: *sending.log.find(name)?, arrived_ms: arrived.as_f64() })
                })
                .collect();
            estimator.on_feedback(&told, at_ms, number(&vector["rtt_ms"]));
            (at_ms, estimator.bitrate_bps().unwrap())
        })
        .collect()
}

#[test]
fn the_estimates_are_those_of_the_vectors() {
    let vectors = vectors();
    assert!(vectors.len() >= 3);
    for (name, vector) in vectors {
        let estimates = replay(&vector);
        for check in rows(&vector["checks"]) {
            let (from_ms, to_ms, expected) = (number(&check[0]), number(&check[1]), number(&check[2]));
            let found: Vec<f64> = estimates
                .iter()
                .filter(|(at_ms, _)| (from_ms..to_ms).contains(at_ms))
                .map(|(_, bps)| *bps)
                .collect();
            let mean = found.iter().sum::<f64>() / found.len() as f64;
            let off = (mean / expected - 1.0).abs();
            assert!(off <= number(&vector["tolerance"]), "{name} from {from_ms} ms: {mean} for {expected}");
            println!("{name} {from_ms}: {mean:.0} {expected}");
        }
    }
}
