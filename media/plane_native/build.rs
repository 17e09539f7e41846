//! Marks the extension with what it was built from; `fresh.py` reads the same files in the same order.

use std::fs;
use std::path::{Path, PathBuf};

/// What passes between Rust and Python: whichever of these changes, an older extension no longer fits.
const SEAM: [&str; 3] = ["../plane.py", "_core.pyi", "plane.py"];

fn main() {
    let seam: Vec<PathBuf> = SEAM.iter().map(PathBuf::from).collect();
    let mut sources = vec![PathBuf::from("Cargo.lock"), PathBuf::from("Cargo.toml")];
    collect(Path::new("src"), &mut sources);
    sources.sort();
    for path in seam.iter().chain([&PathBuf::from("src"), &PathBuf::from("Cargo.lock")]) {
        println!("cargo:rerun-if-changed={}", path.display());
    }
    println!("cargo:rustc-env=PLANE_SEAM={}", mark(&seam));
    println!("cargo:rustc-env=PLANE_SOURCES={}", mark(&sources));
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("src can be read") {
        let path = entry.expect("an entry of src").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

fn mark(files: &[PathBuf]) -> String {
    let mut hasher = crc32fast::Hasher::new();
    for path in files {
        hasher.update(&fs::read(path).expect("a file of the plane"));
    }
    format!("{:08x}", hasher.finalize())
}
