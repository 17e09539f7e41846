//! The dependency descriptor header extension (AOM, RTP Payload Format for AV1 1.0, appendix A).
//!
//! A descriptor that carries the template structure begins a coded sequence; later ones refer to a template
//! of it by number. Everything is bounded: at most 64 templates, 32 decode targets and 4 spatial layers.

use std::sync::Arc;

use crate::wire::Malformed;
use crate::wire::bytes::{BitReader, be16};

pub const MAX_TEMPLATES: usize = 64;
const MANDATORY_BYTES: usize = 3;
const FRAME_NUMBER_AT: usize = 1;
const CUT_OFF: Malformed = Malformed("dependency descriptor cut off");
const NOT_PRESENT: u8 = 0;
const SWITCH: u8 = 2;

/// What a frame is to each decode target, two bits each, the first target's lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Indications(u64);

impl Indications {
    fn of(self, target: usize) -> u8 {
        (self.0 >> (2 * target)) as u8 & 3
    }

    fn read(bits: &mut BitReader<'_>, targets: u8) -> Option<Self> {
        let mut all = 0;
        for target in 0..u32::from(targets) {
            all |= u64::from(bits.take(2)?) << (2 * target);
        }
        Some(Self(all))
    }

    /// Whether one who decodes the target gets the frame.
    #[must_use]
    pub fn is_present(self, target: usize) -> bool {
        self.of(target) != NOT_PRESENT
    }

    /// Whether one may begin to decode the target with the frame.
    #[must_use]
    pub fn may_switch(self, target: usize) -> bool {
        self.of(target) == SWITCH
    }
}

/// The layer of one frame template, and what its frames rest on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pub spatial: u8,
    pub temporal: u8,
    pub indications: Indications,
    /// For each chain, how many frames before this one its last lies; 0: the chain begins anew.
    pub chain_diffs: Box<[u8]>,
}

/// The templates of a coded sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Structure {
    pub first_template: u8,
    pub decode_targets: u8,
    pub templates: Vec<Template>,
    /// The chain that protects each decode target; empty where there are no chains.
    pub protected_by: Vec<u8>,
    /// Width and height of each spatial layer, where told.
    pub resolutions: Vec<(u16, u16)>,
}

impl Structure {
    /// The layer of a frame that names this template.
    #[must_use]
    pub fn template(&self, number: u8) -> Option<&Template> {
        let place = (usize::from(number) + MAX_TEMPLATES - usize::from(self.first_template)) % MAX_TEMPLATES;
        self.templates.get(place)
    }

    /// The decode target of everything up to this spatial and temporal layer; `None`: there is no such one.
    #[must_use]
    pub fn target(&self, spatial: u8, temporal: u8) -> Option<usize> {
        (0..usize::from(self.decode_targets)).find(|target| self.layer_of(*target) == (spatial, temporal))
    }

    /// The highest spatial and temporal layer of a decode target.
    fn layer_of(&self, target: usize) -> (u8, u8) {
        let present = self.templates.iter().filter(|each| each.indications.is_present(target));
        present.fold((0, 0), |(spatial, temporal), each| {
            (spatial.max(each.spatial), temporal.max(each.temporal))
        })
    }

    /// (highest spatial, highest temporal) layer of any template.
    #[must_use]
    pub fn highest(&self) -> (u8, u8) {
        self.templates.iter().fold((0, 0), |(spatial, temporal), each| {
            (spatial.max(each.spatial), temporal.max(each.temporal))
        })
    }

    fn chains(&self) -> usize {
        self.templates.first().map_or(0, |each| each.chain_diffs.len())
    }
}

/// One frame's place in the structure that its descriptor refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub structure: Arc<Structure>,
    pub spatial: u8,
    pub temporal: u8,
    pub indications: Indications,
    pub chain_diffs: Box<[u8]>,
}

impl Frame {
    /// How far back the frame lies on which the decode target's chain rests; 0: it begins anew, `None`: unprotected.
    #[must_use]
    pub fn chain_diff(&self, target: usize) -> Option<u8> {
        let chain = self.structure.protected_by.get(target)?;
        self.chain_diffs.get(usize::from(*chain)).copied()
    }
}

/// What every packet says, the structure where it is there, and the frame where its structure is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    pub begins_frame: bool,
    pub ends_frame: bool,
    pub template: u8,
    pub frame_number: u16,
    pub structure: Option<Arc<Structure>>,
    /// Which decode targets the sender still makes, where it says so.
    pub active: Option<u32>,
    pub frame: Option<Frame>,
}

#[derive(Clone, Copy, Default)]
struct Customs {
    indications: bool,
    frame_diffs: bool,
    chains: bool,
}

impl Descriptor {
    /// The descriptor in an extension's value; `known` is the structure that came before it.
    pub fn parse(value: &[u8], known: Option<&Arc<Structure>>) -> Result<Self, Malformed> {
        let first = *value.first().ok_or(CUT_OFF)?;
        let frame_number = be16(value, FRAME_NUMBER_AT).ok_or(CUT_OFF)?;
        let mut descriptor = Self {
            begins_frame: first & 0x80 != 0,
            ends_frame: first & 0x40 != 0,
            template: first & 0x3F,
            frame_number,
            structure: None,
            active: None,
            frame: None,
        };
        let mut bits = BitReader::new(&value[MANDATORY_BYTES..]);
        let mut customs = Customs::default();
        if value.len() > MANDATORY_BYTES {
            customs = descriptor.parse_extended(&mut bits, known)?;
        }
        if let Some(structure) = descriptor.structure.as_ref().or(known).cloned() {
            descriptor.frame = descriptor.parse_frame(&mut bits, structure, customs)?;
        }
        Ok(descriptor)
    }

    fn parse_extended(
        &mut self,
        bits: &mut BitReader<'_>,
        known: Option<&Arc<Structure>>,
    ) -> Result<Customs, Malformed> {
        let mut flag = || bits.flag().ok_or(CUT_OFF);
        let (has_structure, has_active) = (flag()?, flag()?);
        let customs = Customs { indications: flag()?, frame_diffs: flag()?, chains: flag()? };
        if has_structure {
            self.structure = Some(Arc::new(parse_structure(bits)?));
        }
        let targets = self.structure.as_ref().or(known).map(|each| u32::from(each.decode_targets));
        if let (true, Some(targets)) = (has_active, targets) {
            self.active = Some(bits.take(targets).ok_or(CUT_OFF)?);
        }
        Ok(customs)
    }

    /// `None` where the template belongs to another structure.
    fn parse_frame(
        &self,
        bits: &mut BitReader<'_>,
        structure: Arc<Structure>,
        customs: Customs,
    ) -> Result<Option<Frame>, Malformed> {
        let Some(template) = structure.template(self.template) else { return Ok(None) };
        let (spatial, temporal) = (template.spatial, template.temporal);
        let (mut indications, mut chain_diffs) = (template.indications, template.chain_diffs.clone());
        if customs.indications {
            indications = Indications::read(bits, structure.decode_targets).ok_or(CUT_OFF)?;
        }
        if customs.frame_diffs {
            loop {
                match bits.take(2).ok_or(CUT_OFF)? {
                    0 => break,
                    size => bits.take(4 * size).ok_or(CUT_OFF)?,
                };
            }
        }
        if customs.chains {
            let diffs = (0..structure.chains()).map(|_| bits.take(8).map(|diff| diff as u8));
            chain_diffs = diffs.collect::<Option<_>>().ok_or(CUT_OFF)?;
        }
        Ok(Some(Frame { structure, spatial, temporal, indications, chain_diffs }))
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
    let mut templates = parse_layers(bits)?;
    for template in &mut templates {
        template.indications = Indications::read(bits, decode_targets).ok_or(CUT_OFF)?;
    }
    for _ in &templates {
        while bits.flag().ok_or(CUT_OFF)? {
            bits.take(4).ok_or(CUT_OFF)?; // frame differences
        }
    }
    let protected_by = parse_chains(bits, decode_targets, &mut templates)?;
    let mut resolutions = Vec::new();
    if bits.flag().ok_or(CUT_OFF)? {
        let layers = templates.iter().map(|each| each.spatial).max().unwrap_or(0);
        for _ in 0..=layers {
            let width = bits.take(16).ok_or(CUT_OFF)? as u16;
            let height = bits.take(16).ok_or(CUT_OFF)? as u16;
            resolutions.push((width, height));
        }
    }
    Ok(Structure { first_template, decode_targets, templates, protected_by, resolutions })
}

fn parse_layers(bits: &mut BitReader<'_>) -> Result<Vec<Template>, Malformed> {
    let (mut spatial, mut temporal) = (0, 0);
    let mut templates = Vec::new();
    loop {
        if templates.len() == MAX_TEMPLATES || spatial > 3 || temporal > 7 {
            return Err(Malformed("dependency descriptor with too many templates"));
        }
        let indications = Indications::default();
        templates.push(Template { spatial, temporal, indications, chain_diffs: Box::default() });
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

/// The chain of each decode target; the templates learn how far each chain's last frame lies behind theirs.
fn parse_chains(
    bits: &mut BitReader<'_>,
    decode_targets: u8,
    templates: &mut [Template],
) -> Result<Vec<u8>, Malformed> {
    let chains = bits.non_symmetric(u32::from(decode_targets) + 1).ok_or(CUT_OFF)?;
    if chains == 0 {
        return Ok(Vec::new());
    }
    let protected_by = (0..decode_targets).map(|_| bits.non_symmetric(chains).map(|chain| chain as u8));
    let protected_by = protected_by.collect::<Option<_>>().ok_or(CUT_OFF)?;
    for template in templates {
        let diffs = (0..chains).map(|_| bits.take(4).map(|diff| diff as u8));
        template.chain_diffs = diffs.collect::<Option<_>>().ok_or(CUT_OFF)?;
    }
    Ok(protected_by)
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
        let descriptor = Descriptor::parse(&structure(), None).unwrap();

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
    fn a_frame_is_known_by_the_structure_before_it() {
        let known = Descriptor::parse(&structure(), None).unwrap().structure.unwrap();
        assert_eq!((known.target(1, 1), known.target(0, 1), known.highest()), (Some(0), None, (1, 1)));

        let named = Descriptor::parse(&[0x80 | 62, 0, 9], Some(&known)).unwrap().frame.unwrap();
        let unknown = Descriptor::parse(&[0x80 | 20, 0, 9], Some(&known)).unwrap();
        // Indications and chains of the frame's own: the second target is not there, one chain of 200.
        let fields = [(1, 1), (1, 1), (61, 6), (7, 16), (0, 1), (0, 1), (1, 1), (1, 1), (1, 1)];
        let own = [(2, 2), (0, 2), (1, 2), (9, 4), (2, 2), (77, 8), (0, 2), (200, 8)];
        let value = packed(&[fields.as_slice(), &own].concat());
        let custom = Descriptor::parse(&value, Some(&known)).unwrap().frame.unwrap();

        assert_eq!((named.spatial, named.temporal, named.chain_diff(0)), (1, 0, Some(3)));
        assert!(named.indications.may_switch(1) && unknown.frame.is_none());
        assert_eq!((custom.spatial, custom.temporal, custom.chain_diff(0)), (0, 1, Some(200)));
        assert!(custom.indications.is_present(0) && !custom.indications.is_present(1));
        assert!(Descriptor::parse(&value[..value.len() - 1], Some(&known)).is_err());
    }

    #[test]
    fn targets_that_are_no_longer_made_are_told() {
        let known = Descriptor::parse(&structure(), None).unwrap().structure.unwrap();
        let value = packed(&[(1, 1), (1, 1), (60, 6), (7, 16), (0, 1), (1, 1), (0, 3), (0b10, 2)]);

        assert_eq!(Descriptor::parse(&value, Some(&known)).unwrap().active, Some(0b10));
    }

    #[test]
    fn short_descriptors_name_a_template_only() {
        let mut value = [0x85, 0xFF, 0xFF];
        let descriptor = Descriptor::parse(&value, None).unwrap();
        assert_eq!((descriptor.template, descriptor.begins_frame, descriptor.ends_frame), (5, true, false));
        assert!(!descriptor.begins_sequence());

        patch_frame_number(&mut value, 2);

        assert_eq!(value, [0x85, 0x00, 0x01]);
    }

    #[test]
    fn what_is_cut_off_or_endless_is_malformed() {
        let whole = structure();
        for size in (0..3).chain(4..whole.len()) {
            assert!(Descriptor::parse(&whole[..size], None).is_err(), "{size}");
        }
        let mut endless = vec![0x80, 0, 0, 0x80];
        endless.extend([0; 100]);
        assert!(Descriptor::parse(&endless, None).is_err());
    }
}
