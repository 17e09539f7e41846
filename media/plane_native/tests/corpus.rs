//! Every seed, each of its truncations and each of its single-byte changes, given to every parser: none panics, and what
//! each makes of them is what `corpus/outcomes.txt` says, as it is in the Python plane.
//!
//! `UPDATE_OUTCOMES=1 cargo test --test corpus` writes that file anew; `DESCRIBE=parser:line` prints one seed's outcomes.

#[path = "../fuzz/parsers.rs"]
mod parsers;

use std::fmt::Write;
use std::path::Path;

use parsers::{OWN, PARSERS, describe};

const SEEDS: &str = "tests/corpus";
const OUTCOMES: &str = "tests/corpus/outcomes.txt";

fn seeds() -> Vec<Vec<u8>> {
    let mut files: Vec<_> = std::fs::read_dir(SEEDS).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "hex"));
    files.sort();
    let texts = files.iter().map(|path| std::fs::read_to_string(path).unwrap());
    let lines: Vec<String> =
        texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    lines
        .iter()
        .filter(|line| !line.starts_with('#'))
        .map(|line| bytes(line))
        .filter(|seed| !seed.is_empty())
        .collect()
}

fn bytes(line: &str) -> Vec<u8> {
    let digits: Vec<u8> = line.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pairs = digits.chunks_exact(2).map(|pair| std::str::from_utf8(pair).unwrap());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

/// The seed, what is left of it when it is cut, and itself with one byte changed.
fn variants(seed: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let cut = (0..=seed.len()).map(|size| seed[..size].to_vec());
    let changed = (0..seed.len()).flat_map(move |place| {
        let byte = seed[place];
        [0, 1, 0x0F, 0x7F, 0x80, 0xFF, byte ^ 0x10, byte.wrapping_add(1)].map(|value| {
            let mut changed = seed.to_vec();
            changed[place] = value;
            changed
        })
    });
    cut.chain(changed)
}

fn outcome(parser: &str, seed: &[u8]) -> u32 {
    let mut all = crc32fast::Hasher::new();
    for variant in variants(seed) {
        all.update(describe(parser, &variant).as_bytes());
        all.update(b"\n");
    }
    all.finalize()
}

#[test]
fn every_parser_makes_of_the_corpus_what_it_always_did() {
    let seeds = seeds();
    assert!(seeds.len() > 40, "{}", seeds.len());
    let mut told = String::from(
        "# parser, then a CRC-32 for each seed in the order of the files; see tests/corpus.rs\n",
    );
    for parser in PARSERS {
        let _ = write!(told, "{parser}");
        for seed in &seeds {
            let _ = write!(told, " {:08x}", outcome(parser, seed));
        }
        told.push('\n');
    }
    if std::env::var_os("UPDATE_OUTCOMES").is_some() {
        std::fs::write(OUTCOMES, &told).unwrap();
    }
    assert_eq!(std::fs::read_to_string(Path::new(OUTCOMES)).unwrap(), told);
    assert!(OWN.iter().all(|own| PARSERS.contains(own)));
}

#[test]
fn each_parser_takes_some_seed_and_refuses_another() {
    for parser in PARSERS.iter().filter(|parser| **parser != "demux") {
        let said: Vec<String> = seeds().iter().map(|seed| describe(parser, seed)).collect();
        assert!(said.iter().any(|each| each.contains('!')), "{parser}");
        assert!(said.iter().any(|each| !each.starts_with('!') && !each.starts_with("0 !")), "{parser}");
    }
}

#[test]
fn one_seed_is_described_on_demand() {
    let Ok(asked) = std::env::var("DESCRIBE") else { return };
    let (parser, number) = asked.split_once(':').expect("parser:number");
    for variant in variants(&seeds()[number.parse::<usize>().unwrap()]) {
        println!("{}", describe(parser, &variant));
    }
}
