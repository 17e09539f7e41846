//! The dependency descriptor header extension (AOM, RTP Payload Format for AV1 1.0, appendix A).
//!
//! A descriptor that carries the template structure begins a coded sequence; later ones refer to a template
//! of it by number. Everything is bounded: at most 64 templates, 32 decode targets and 4 spatial layers.

use crate::wire::Malformed;
use crate::wire::bytes::{BitReader, be16};

pub const MAX_TEMPLATES: usize = 64;
const MANDATORY_BYTES: usize = 3;
const FRAME_NUMBER_AT: usize = 1;
const CUT_OFF: Malformed = Malformed("dependency descriptor cut off");

/// The layer of one frame template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    pub spatial: u8,
    pub temporal: u8,
}

/// The templates of a coded sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Structure {
    pub first_template: u8,
    pub decode_targets: u8,
    pub templates: Vec<Template>,
    /// Width and height of each spatial layer, where told.
    pub resolutions: Vec<(u16, u16)>,
}

impl Structure {
    /// The layer of a frame that names this template.
    #[must_use]
    pub fn template(&self, number: u8) -> Option<Template> {
        let place = (usize::from(number) + MAX_TEMPLATES - usize::from(self.first_template)) % MAX_TEMPLATES;
        self.templates.get(place).copied()
    }
}

/// What every packet says, and the structure where it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    pub begins_frame: bool,
    pub ends_frame: bool,
    pub template: u8,
    pub frame_number: u16,
    pub structure: Option<Structure>,
}

impl Descriptor {
    /// The descriptor in an extension's value.
    pub fn parse(value: &[u8]) -> Result<Self, Malformed> {
        let first = *value.first().ok_or(CUT_OFF)?;
        let frame_number = be16(value, FRAME_NUMBER_AT).ok_or(CUT_OFF)?;
        let mut descriptor = Self {
            begins_frame: first & 0x80 != 0,
            ends_frame: first & 0x40 != 0,
            template: first & 0x3F,
            frame_number,
            structure: None,
        };
        if value.len() > MANDATORY_BYTES {
            let mut bits = BitReader::new(&value[MANDATORY_BYTES..]);
            let has_structure = bits.flag().ok_or(CUT_OFF)?;
            bits.take(4).ok_or(CUT_OFF)?; // active decode targets, custom dtis, fdiffs and chains: present?
            if has_structure {
                descriptor.structure = Some(parse_structure(&mut bits)?);
            }
        }
        Ok(descriptor)
    }

    /// Whether a decoder may begin with the frame that begins here.
    #[must_use]
    pub fn begins_sequence(&self) -> bool {
        self.begins_frame && self.structure.is_some()
    }
}

/// Adds to the frame number of a descriptor, which a switch of source must continue.
pub fn patch_frame_number(value: &mut [u8], delta: u16) {
    if let Some(number) = be16(value, FRAME_NUMBER_AT) {
        let moved = number.wrapping_add(delta).to_be_bytes();
        value[FRAME_NUMBER_AT..MANDATORY_BYTES].copy_from_slice(&moved);
    }
}

fn parse_structure(bits: &mut BitReader<'_>) -> Result<Structure, Malformed> {
    let first_template = bits.take(6).ok_or(CUT_OFF)? as u8;
    let decode_targets = bits.take(5).ok_or(CUT_OFF)? as u8 + 1;
    let templates = parse_layers(bits)?;
    for _ in 0..templates.len() * usize::from(decode_targets) {
        bits.take(2).ok_or(CUT_OFF)?; // decode target indications
    }
    for _ in &templates {
        while bits.flag().ok_or(CUT_OFF)? {
            bits.take(4).ok_or(CUT_OFF)?; // frame differences
        }
    }
    skip_chains(bits, decode_targets, templates.len())?;
    let mut resolutions = Vec::new();
    if bits.flag().ok_or(CUT_OFF)? {
        let layers = templates.iter().map(|each| each.spatial).max().unwrap_or(0);
        for _ in 0..=layers {
            let width = bits.take(16).ok_or(CUT_OFF)? as u16;
            let height = bits.take(16).ok_or(CUT_OFF)? as u16;
            resolutions.push((width, height));
        }
    }
    Ok(Structure { first_template, decode_targets, templates, resolutions })
}

fn parse_layers(bits: &mut BitReader<'_>) -> Result<Vec<Template>, Malformed> {
    let (mut spatial, mut temporal) = (0, 0);
    let mut templates = Vec::new();
    loop {
        if templates.len() == MAX_TEMPLATES || spatial > 3 || temporal > 7 {
            return Err(Malformed("dependency descriptor with too many templates"));
        }
        templates.push(Template { spatial, temporal });
        match bits.take(2).ok_or(CUT_OFF)? {
            0 => {}
            1 => temporal += 1,
            2 => {
                temporal = 0;
                spatial += 1;
            }
            _ => return Ok(templates),
        }
    }
}

fn skip_chains(bits: &mut BitReader<'_>, decode_targets: u8, templates: usize) -> Result<(), Malformed> {
    let chains = bits.non_symmetric(u32::from(decode_targets) + 1).ok_or(CUT_OFF)?;
    if chains == 0 {
        return Ok(());
    }
    for _ in 0..decode_targets {
        bits.non_symmetric(chains).ok_or(CUT_OFF)?;
    }
    for _ in 0..templates * chains as usize {
        bits.take(4).ok_or(CUT_OFF)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(fields: &[(u32, u32)]) -> Vec<u8> {
        let bits: Vec<u8> = fields
            .iter()
            .flat_map(|&(value, width)| (0..width).rev().map(move |bit| (value >> bit & 1) as u8))
            .collect();
        bits.chunks(8)
            .map(|each| each.iter().enumerate().map(|(place, bit)| bit << (7 - place)).sum())
            .collect()
    }

    /// Two spatial layers of two temporal ones each, one chain, resolutions told.
    fn structure() -> Vec<u8> {
        let mut fields = vec![(1, 1), (1, 1), (60, 6), (0x1234, 16)];
        fields.extend([(1, 1), (0, 4), (60, 6), (1, 5)]);
        fields.extend([(1, 2), (2, 2), (1, 2), (3, 2)]);
        fields.extend(std::iter::repeat_n((2, 2), 8));
        fields.extend([(0, 1), (1, 1), (3, 4), (0, 1), (0, 1), (0, 1)]);
        fields.extend([(2, 2), (1, 4), (2, 4), (3, 4), (4, 4)]);
        fields.extend([(1, 1), (639, 16), (359, 16), (1279, 16), (719, 16)]);
        packed(&fields)
    }

    #[test]
    fn a_structure_tells_the_layer_of_each_template() {
        let descriptor = Descriptor::parse(&structure()).unwrap();

        assert!(descriptor.begins_sequence());
        assert_eq!(descriptor.frame_number, 0x1234);
        let structure = descriptor.structure.unwrap();
        let layers: Vec<_> = (60..64).map(|number| structure.template(number).unwrap()).collect();
        let told: Vec<_> = layers.iter().map(|each| (each.spatial, each.temporal)).collect();
        assert_eq!(told, [(0, 0), (0, 1), (1, 0), (1, 1)]);
        assert_eq!(structure.template(0), None);
        assert_eq!(structure.resolutions, [(639, 359), (1279, 719)]);
        assert_eq!(structure.decode_targets, 2);
    }

    #[test]
    fn short_descriptors_name_a_template_only() {
        let mut value = [0x85, 0xFF, 0xFF];
        let descriptor = Descriptor::parse(&value).unwrap();
        assert_eq!((descriptor.template, descriptor.begins_frame, descriptor.ends_frame), (5, true, false));
        assert!(!descriptor.begins_sequence());

        patch_frame_number(&mut value, 2);

        assert_eq!(value, [0x85, 0x00, 0x01]);
    }

    #[test]
    fn what_is_cut_off_or_endless_is_malformed() {
        let whole = structure();
        for size in (0..3).chain(4..whole.len()) {
            assert!(Descriptor::parse(&whole[..size]).is_err(), "{size}");
        }
        let mut endless = vec![0x80, 0, 0, 0x80];
        endless.extend([0; 100]);
        assert!(Descriptor::parse(&endless).is_err());
    }
}
