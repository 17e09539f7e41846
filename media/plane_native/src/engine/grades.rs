//! What arrives of each layer inside one flow: counted, and told as the grades that a subscriber may be given.

use super::shared::GradeFigures;
use crate::codec::place::{HIGHEST, Place};
use crate::core::stats::RateMeter;

const SIDE: usize = HIGHEST as usize + 1;

#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    packets: u64,
    octets: u64,
    rate: RateMeter,
}

/// By spatial and temporal layer; nothing is kept of a flow without such.
#[derive(Debug, Default)]
pub struct Grades {
    cells: Option<Box<[[Cell; SIDE]; SIDE]>>,
}

impl Grades {
    pub fn arrived(&mut self, place: Option<Place>, octets: usize) {
        let Some(place) = place else { return };
        let cell =
            &mut self.cells.get_or_insert_default()[usize::from(place.spatial)][usize::from(place.temporal)];
        cell.packets += 1;
        cell.octets += octets as u64;
    }

    /// The highest spatial layer that ever came.
    #[must_use]
    pub fn highest_spatial(&self) -> u8 {
        let Some(cells) = &self.cells else { return 0 };
        let came = |row: &[Cell; SIDE]| row.iter().any(|cell| cell.packets > 0);
        cells.iter().rposition(came).unwrap_or(0) as u8
    }

    fn highest_temporal(&self) -> u8 {
        let Some(cells) = &self.cells else { return 0 };
        let came = |column: &usize| cells.iter().any(|row| row[*column].packets > 0);
        (0..SIDE).rfind(came).unwrap_or(0) as u8
    }

    /// Measures; to be called about once a second.
    pub fn tick(&mut self, now_ms: f64) {
        for cell in self.cells.iter_mut().flat_map(|cells| cells.as_flattened_mut()) {
            cell.rate.tick(cell.octets, now_ms);
        }
    }

    /// The grades, each with all of the one before it: slower pictures first, then larger ones at full speed.
    ///
    /// None where the flow has but one layer.
    #[must_use]
    pub fn figures(&self) -> Vec<GradeFigures> {
        let (spatial, temporal) = (self.highest_spatial(), self.highest_temporal());
        if (spatial, temporal) == (0, 0) {
            return Vec::new();
        }
        let slower = (0..temporal).map(|each| (0, each));
        slower.chain((0..=spatial).map(|each| (each, temporal))).map(|(s, t)| self.figure(s, t)).collect()
    }

    fn figure(&self, spatial: u8, temporal: u8) -> GradeFigures {
        let (rows, columns) = (usize::from(spatial) + 1, usize::from(temporal) + 1);
        let cells = self.cells.iter().flat_map(|cells| &cells[..rows]);
        let bitrate_bps: f64 = cells.flat_map(|row| &row[..columns]).map(|cell| cell.rate.bitrate_bps).sum();
        let own = self.cells.iter().flat_map(|cells| &cells[usize::from(spatial)][..columns]);
        // Of a slower grade the packets of its own time count, or it would never be seen to fall silent.
        let own = own.enumerate().filter(|(column, _)| spatial > 0 || *column == usize::from(temporal));
        let packets = own.map(|(_, cell)| cell.packets).sum();
        GradeFigures { spatial, temporal, packets, bitrate_bps: bitrate_bps.round() as u64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(spatial: u8, temporal: u8) -> Option<Place> {
        Some(Place { spatial, temporal, ..Place::default() })
    }

    #[test]
    fn each_grade_costs_what_all_of_it_does() {
        let mut grades = Grades::default();
        grades.tick(0.0);
        for (spatial, temporal, octets) in [(0, 0, 100), (0, 1, 50), (1, 0, 300), (1, 1, 200), (1, 1, 200)] {
            grades.arrived(place(spatial, temporal), octets);
        }
        grades.tick(0.0);
        grades.arrived(place(0, 0), 125_000);
        grades.tick(1_000.0);

        let told: Vec<_> =
            grades.figures().iter().map(|each| (each.spatial, each.temporal, each.packets)).collect();

        assert_eq!(told, [(0, 0, 2), (0, 1, 1), (1, 1, 3)]);
        assert!(grades.figures().iter().all(|each| each.bitrate_bps == 1_000_000));
    }

    #[test]
    fn a_flow_of_one_layer_has_no_grades() {
        let mut grades = Grades::default();
        grades.arrived(None, 100);
        grades.arrived(place(0, 0), 100);
        assert!(grades.figures().is_empty());
        assert_eq!(grades.highest_spatial(), 0);
    }
}
