//! The names of an identity: each alias in each script that it is documented in.

use crate::draft::Drafts;
use crate::xml::Element;
use crate::{Entry, Quality};

use super::tables::Tables;

/// Adds the names of an identity to its entry.
pub(super) fn read(
    identity: &Element,
    tables: &Tables,
    entry: &mut Entry,
    drafts: &mut Drafts,
    line: usize,
) {
    for alias in identity.all("Alias") {
        let quality = if alias.is("Primary") && identity.is("Primary") {
            Quality::Primary
        } else if alias.is("LowQuality") {
            Quality::Weak
        } else {
            Quality::Strong
        };
        for (at, documented) in alias.all("DocumentedName").enumerate() {
            // The first is in Latin letters; the others are the same name in other scripts.
            let quality = match quality {
                Quality::Primary if at > 0 => Quality::Strong,
                quality => quality,
            };
            let name = name(documented, identity, tables);
            drafts.name(entry, &name, quality, line);
        }
    }
}

/// `LAST, First Middle`, as OFAC's other files write it; other names as they stand.
fn name(documented: &Element, identity: &Element, tables: &Tables) -> String {
    let mut last = Vec::new();
    let mut others = Vec::new();
    for value in documented.within("NamePartValue") {
        match part(value.attribute("NamePartGroupID"), identity, tables) {
            "Last Name" | "Maiden Name" => last.push(value.text()),
            _ => others.push(value.text()),
        }
    }
    match (last.is_empty(), others.is_empty()) {
        (false, false) => format!("{}, {}", last.join(" "), others.join(" ")),
        (false, true) => last.join(" "),
        _ => others.join(" "),
    }
}

/// What a part of a name is, by the identity's table of groups.
fn part<'t>(group: &str, identity: &Element, tables: &'t Tables) -> &'t str {
    let groups = identity.within("NamePartGroup");
    let found = groups.iter().find(|g| g.attribute("ID") == group);
    found.map_or("", |g| {
        tables.value("NamePartType", g.attribute("NamePartTypeID"))
    })
}
