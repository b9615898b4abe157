//! The shim's counterpart: compiles it, and after a kill takes back what was written and never synced.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles the shim into a folder.
pub(crate) fn compile_shim(into: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/shim.c");
    let shim = into.join("shim.so");
    let status = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&shim)
        .arg(source)
        .arg("-ldl")
        .status()
        .expect("a C compiler; run `cargo xtask test`");
    assert!(status.success(), "the shim compiles");
    shim
}

struct Note {
    kind: u8,
    offset: u64,
    size: u64,
    old: Vec<u8>,
}

/// Undoes every write and truncation after the last sync of its file, newest first: a power cut. Gives how many.
pub(crate) fn drop_unsynced(undo: &Path) -> usize {
    let mut by_path: BTreeMap<String, Vec<Note>> = BTreeMap::new();
    for (path, note) in read_notes(undo) {
        let notes = by_path.entry(path).or_default();
        if note.kind == b'S' {
            notes.clear()
        } else {
            notes.push(note)
        }
    }
    let mut undone = 0;
    for (path, notes) in by_path {
        let Ok(file) = OpenOptions::new().write(true).open(&path) else {
            continue;
        };
        for note in notes.iter().rev() {
            if note.kind == b'T' {
                file.set_len(note.size).unwrap();
            }
            file.write_all_at(&note.old, note.offset).unwrap();
            file.set_len(note.size).unwrap();
            undone += 1;
        }
        if let Some(database) = path.strip_suffix("-wal") {
            // Shared memory does not outlive a power cut.
            fs::remove_file(format!("{database}-shm")).ok();
        }
    }
    undone
}

fn read_notes(undo: &Path) -> Vec<(String, Note)> {
    let mut bytes = Vec::new();
    File::open(undo)
        .map(|mut f| f.read_to_end(&mut bytes).unwrap())
        .unwrap_or(0);
    let (mut at, mut notes) = (0, Vec::new());
    // A record that the kill cut off belongs to a write that did not happen.
    while let Some(head) = bytes.get(at..at + 25) {
        let u32_at = |i: usize| u32::from_ne_bytes(head[i..i + 4].try_into().unwrap()) as usize;
        let u64_at = |i: usize| u64::from_ne_bytes(head[i..i + 8].try_into().unwrap());
        let (path_length, length) = (u32_at(1), u32_at(21));
        let Some(body) = bytes.get(at + 25..at + 25 + path_length + length) else {
            break;
        };
        let path = String::from_utf8(body[..path_length].to_vec()).unwrap();
        let old = body[path_length..].to_vec();
        notes.push((
            path,
            Note {
                kind: head[0],
                offset: u64_at(5),
                size: u64_at(13),
                old,
            },
        ));
        at += 25 + path_length + length;
    }
    notes
}
