//! What ships inside the program, so that it needs no repository beside it: packs, samples, the sample list; and the same
//! from files that the operator names.

use std::path::Path;

use bonafide_app::{ListFiles, PackText};
use bonafide_model::Timestamp;
use bonafide_policy::builtin;
use bonafide_screen::Format;
use bonafide_screen::ofac::Part;

use crate::place::{read_bytes, read_text};

/// The sample sign-ups, one a line.
pub(crate) const SIGN_UPS: &str = include_str!("../samples/sign-ups.jsonl");
/// What the invented provider sells.
pub(crate) const CATALOGUE: &str = include_str!("../samples/catalogue.toml");
/// The invented provider.
pub(crate) const PROVIDER: &str = include_str!("../samples/provider.toml");
/// Name of the sample list.
pub(crate) const SAMPLE_LIST: &str = "ofac-sample";

/// The files of OFAC's lists, by their published names, the main one first.
const PARTS: [[&str; 2]; 4] = [
    ["sdn.csv", "cons_prim.csv"],
    ["alt.csv", "cons_alt.csv"],
    ["add.csv", "cons_add.csv"],
    ["sdn_comments.csv", "cons_comments.csv"],
];

/// The sample list in the published format, with invented entries.
pub(crate) fn sample_list() -> Vec<(String, Vec<u8>)> {
    let files: [(&str, &[u8]); 3] = [
        ("sdn", include_bytes!("../../screen/samples/ofac/sdn.csv")),
        ("alt", include_bytes!("../../screen/samples/ofac/alt.csv")),
        ("add", include_bytes!("../../screen/samples/ofac/add.csv")),
    ];
    let owned = files.map(|(part, bytes)| (part.to_owned(), bytes.to_vec()));
    owned.into()
}

/// The shipped pack of that id.
pub(crate) fn pack(id: &str) -> Option<PackText> {
    let text = builtin::text(id)?;
    Some(PackText {
        name: format!("{id}.toml"),
        text: text.to_owned(),
        elected_by: None,
        active_since: None,
    })
}

/// A shipped pack by its id, or a pack from a file.
pub(crate) fn pack_or_file(name: &str) -> anyhow::Result<PackText> {
    if let Some(shipped) = pack(name) {
        return Ok(shipped);
    }
    let path = Path::new(name);
    if !path.exists() {
        let ids: Vec<&str> = builtin::PACKS.iter().map(|(id, _)| *id).collect();
        anyhow::bail!(
            "`{name}` is neither a file nor a shipped pack: the shipped packs are {}",
            ids.join(", ")
        );
    }
    Ok(PackText {
        name: name.to_owned(),
        text: read_text(path)?,
        elected_by: None,
        active_since: None,
    })
}

/// A list from a file in any format, from OFAC's main file with the others beside it, or from a directory of these.
pub(crate) fn list_from(path: &Path, now: Timestamp) -> anyhow::Result<ListFiles> {
    let mut parts = Vec::new();
    let mut add = |from: &Path| -> anyhow::Result<Option<Format>> {
        let bytes = read_bytes(from)?;
        let format = Format::detect(&bytes);
        parts.push((from.display().to_string(), bytes));
        Ok(format)
    };
    let whole = path.is_dir();
    let (folder, others) = if whole {
        (path, true)
    } else {
        let is_main = add(path)? == Some(Format::Ofac(Part::Sdn));
        (path.parent().unwrap_or(path), is_main)
    };
    for (at, names) in PARTS.iter().enumerate() {
        // A file that was named is the main one.
        let wanted = if at == 0 { whole } else { others };
        if !wanted {
            continue;
        }
        let mut files = names.iter().map(|name| folder.join(name));
        match files.find(|p| p.exists()) {
            Some(from) => {
                add(&from)?;
            }
            None if at == 0 => anyhow::bail!(
                "`{}` has no `sdn.csv`: name the file of the list itself",
                path.display()
            ),
            None => {}
        }
    }
    let name = path.file_stem().map(|n| n.to_string_lossy().into_owned());
    Ok(ListFiles {
        name: name
            .filter(|n| !n.is_empty())
            .unwrap_or_else(|| "list".to_owned()),
        published_on: None,
        loaded_at: now,
        parts,
    })
}
