//! One parser (environment variable `PARSER`), or all in turn, against inputs that libFuzzer makes by coverage.

#![no_main]

mod parsers;

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

static ASKED: OnceLock<Vec<&str>> = OnceLock::new();

fn asked() -> Vec<&'static str> {
    let named = std::env::var("PARSER").unwrap_or_default();
    let found: Vec<_> = parsers::PARSERS.into_iter().filter(|parser| *parser == named).collect();
    if found.is_empty() { parsers::PARSERS.to_vec() } else { found }
}

fuzz_target!(|data: &[u8]| {
    for parser in ASKED.get_or_init(asked) {
        let _ = parsers::describe(parser, data);
    }
});
