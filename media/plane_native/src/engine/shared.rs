//! Figures that Python reads while the engine writes them: atomics with one writer, no locks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::{ArcSwap, ArcSwapOption};

use super::Name;

/// A number with one writer.
#[derive(Debug, Default)]
pub struct Figure(AtomicU64);

impl Figure {
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    pub fn add(&self, value: u64) {
        self.set(self.get() + value);
    }

    #[must_use]
    pub fn get_f64(&self) -> f64 {
        f64::from_bits(self.get())
    }

    pub fn set_f64(&self, value: f64) {
        self.set(value.to_bits());
    }
}

/// What arrives of a flow up to one spatial and one temporal layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GradeFigures {
    pub spatial: u8,
    pub temporal: u8,
    /// Of its own highest layer alone.
    pub packets: u64,
    pub bitrate_bps: u64,
}

/// What arrives of one layer.
#[derive(Debug)]
pub struct LayerShared {
    pub rid: Name,
    pub ssrc: u32,
    pub packets: Figure,
    pub octets: Figure,
    pub lost: Figure,
    pub bitrate_bps: Figure,
    pub keyframes: Figure,
    pub grades: ArcSwap<Vec<GradeFigures>>,
}

impl LayerShared {
    #[must_use]
    pub fn new(rid: Name, ssrc: u32) -> Self {
        Self {
            rid,
            ssrc,
            packets: Figure::default(),
            octets: Figure::default(),
            lost: Figure::default(),
            bitrate_bps: Figure::default(),
            keyframes: Figure::default(),
            grades: ArcSwap::default(),
        }
    }
}

/// One peer's sending of one publication.
#[derive(Debug, Default)]
pub struct TrackShared {
    pub layers: ArcSwap<Vec<Arc<LayerShared>>>,
    pub nacks_sent: Figure,
    pub plis_sent: Figure,
}

/// What leaves on one slot.
#[derive(Debug, Default)]
pub struct SlotShared {
    pub packets: Figure,
    pub octets: Figure,
    pub retransmitted: Figure,
    /// f64, 0..1.
    pub fraction_lost: Figure,
    /// f64 ms, below zero while unknown.
    pub rtt_ms: Figure,
    pub bitrate_bps: Figure,
    pub layer: ArcSwapOption<Box<str>>,
    /// f64 ms, 0 while there are none.
    pub glimpse_every_ms: Figure,
}
