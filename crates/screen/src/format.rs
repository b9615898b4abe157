//! Which format a file is in, told by its content and never by its name; and one way to read them all.

use std::fmt;
use std::io::BufRead;

use crate::input::{Input, decode};
use crate::ofac::{self, Files, Part};
use crate::report::ListError;
use crate::{List, LoadReport, Source, bis, csl, eu, ftm, own, table, uk, un};

/// How much of a file's beginning is looked at. Headers and roots stand in the first few kilobytes; a first line of
/// FollowTheMoney may be long, and is told by how it begins.
pub const HEAD_BYTES: usize = 64 * 1024;

/// A format that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// One of OFAC's CSV files, which make a list together.
    Ofac(Part),
    /// OFAC's `sdn.xml`.
    OfacXml,
    /// OFAC's `sdn_advanced.xml`.
    OfacAdvanced,
    /// The US Consolidated Screening List in CSV.
    CslCsv,
    /// The US Consolidated Screening List in JSON.
    CslJson,
    /// The denied persons list of the US Bureau of Industry and Security.
    Bis,
    /// The UN Security Council's consolidated list.
    Un,
    /// The UK sanctions list in CSV.
    UkCsv,
    /// The UK sanctions list in XML.
    UkXml,
    /// The EU's consolidated list in CSV.
    EuCsv,
    /// The EU's consolidated list in XML.
    EuXml,
    /// FollowTheMoney objects.
    FollowTheMoney,
    /// The operator's own CSV, with what parts its values.
    Own(u8),
}

impl Format {
    /// The format of a file that begins so; nothing where it is none that can be read.
    #[must_use]
    pub fn detect(bytes: &[u8]) -> Option<Self> {
        let head = utf_8_head(bytes);
        let text = decode(&head);
        let text = text.trim_start_matches(['\u{FEFF}', ' ', '\t', '\r', '\n']);
        match text.chars().next()? {
            '<' => of_root(root(text)?),
            '{' | '[' => Some(of_json(text)),
            _ => of_columns(&head),
        }
    }

    /// Reads a list that is one file.
    ///
    /// # Errors
    /// If it is not this format, is cut short, or is beyond a bound.
    pub fn read(
        self,
        source: &mut dyn BufRead,
        about: Source,
    ) -> Result<(List, LoadReport), ListError> {
        match self {
            Self::Ofac(_) => {
                let mut bytes = Vec::new();
                let mut input = Input::new(source);
                std::io::Read::read_to_end(&mut input, &mut bytes).map_err(|error| {
                    ListError::Unreadable {
                        file: "sdn.csv",
                        line: input.line(),
                        why: error.to_string(),
                    }
                })?;
                let files = Files {
                    sdn: &bytes,
                    alt: None,
                    add: None,
                    comments: None,
                };
                ofac::read(files, about)
            }
            Self::OfacXml => ofac::xml::read(source, about),
            Self::OfacAdvanced => ofac::advanced::read(source, about),
            Self::CslCsv => csl::read_csv(source, about),
            Self::CslJson => csl::read_json(source, about),
            Self::Bis => bis::read(source, about),
            Self::Un => un::read(source, about),
            Self::UkCsv => uk::read_csv(source, about),
            Self::UkXml => uk::read_xml(source, about),
            Self::EuCsv => eu::read_csv(source, about),
            Self::EuXml => eu::read_xml(source, about),
            Self::FollowTheMoney => ftm::read(source, about),
            Self::Own(delimiter) => own::read(source, delimiter, about),
        }
    }

    /// The name under which a file of this format is kept beside the others of its list.
    #[must_use]
    pub fn part(self) -> &'static str {
        match self {
            Self::Ofac(Part::Sdn) => "sdn",
            Self::Ofac(Part::Alt) => "alt",
            Self::Ofac(Part::Add) => "add",
            Self::Ofac(Part::Comments) => "comments",
            _ => "list",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ofac(Part::Sdn) => "OFAC entries (CSV)",
            Self::Ofac(Part::Alt) => "OFAC aliases (CSV)",
            Self::Ofac(Part::Add) => "OFAC addresses (CSV)",
            Self::Ofac(Part::Comments) => "OFAC comments (CSV)",
            Self::OfacXml => "OFAC list (XML)",
            Self::OfacAdvanced => "OFAC list (advanced XML)",
            Self::CslCsv => "US Consolidated Screening List (CSV)",
            Self::CslJson => "US Consolidated Screening List (JSON)",
            Self::Bis => "BIS denied persons (tab separated)",
            Self::Un => "UN consolidated list (XML)",
            Self::UkCsv => "UK sanctions list (CSV)",
            Self::UkXml => "UK sanctions list (XML)",
            Self::EuCsv => "EU consolidated list (CSV)",
            Self::EuXml => "EU consolidated list (XML)",
            Self::FollowTheMoney => "FollowTheMoney (JSON lines)",
            Self::Own(_) => "list of one's own (CSV)",
        })
    }
}

/// The beginning of a file in UTF-8.
fn utf_8_head(bytes: &[u8]) -> Vec<u8> {
    let mut source = bytes.get(..HEAD_BYTES).unwrap_or(bytes);
    let mut head = Vec::new();
    // Reading from memory does not fail.
    let _ = std::io::Read::read_to_end(&mut Input::new(&mut source), &mut head);
    head
}

fn of_root(root: &str) -> Option<Format> {
    match root {
        ofac::xml::ROOT => Some(Format::OfacXml),
        ofac::advanced::ROOT => Some(Format::OfacAdvanced),
        un::ROOT => Some(Format::Un),
        uk::ROOT => Some(Format::UkXml),
        eu::ROOT => Some(Format::EuXml),
        _ => None,
    }
}

/// The name of the first element, without its namespace; declarations and comments are passed over.
fn root(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        let (_, after) = rest.split_once('<')?;
        rest = match after.chars().next()? {
            '?' => after.split_once("?>")?.1,
            '!' if after.starts_with("!--") => after.split_once("-->")?.1,
            '!' => after.split_once('>')?.1,
            _ => {
                let end = after.find(|c: char| c.is_whitespace() || c == '>' || c == '/');
                let name = after.get(..end.unwrap_or(after.len()))?;
                return Some(name.rsplit(':').next().unwrap_or(name));
            }
        };
    }
}

/// An object with `results` is the US list; anything else is taken for FollowTheMoney, whose reader says what is wrong.
fn of_json(text: &str) -> Format {
    let first_line = text.lines().next().unwrap_or_default();
    let is_ftm = ["\"schema\"", "\"properties\"", "\"op\""]
        .iter()
        .any(|key| first_line.contains(key));
    let has_results = ["\"results\"", "\"sources_used\"", "\"total\""]
        .iter()
        .any(|key| text.contains(key));
    if text.starts_with('{') && has_results && !is_ftm {
        Format::CslJson
    } else {
        Format::FollowTheMoney
    }
}

fn of_columns(head: &[u8]) -> Option<Format> {
    let known = [
        (csl::CSV, Format::CslCsv),
        (uk::CSV, Format::UkCsv),
        (eu::CSV, Format::EuCsv),
        (bis::SHAPE, Format::Bis),
    ];
    let found = known.iter().find(|(shape, _)| table::fits(*shape, head));
    if let Some((_, format)) = found {
        return Some(*format);
    }
    if let Some(part) = ofac::part_of(head) {
        return Some(Format::Ofac(part));
    }
    let delimiters = [b',', b';', b'\t'];
    let own = delimiters.into_iter().find(|delimiter| {
        let shape = table::Shape {
            delimiter: *delimiter,
            ..own::SHAPE
        };
        table::fits(shape, head)
    });
    own.map(Format::Own)
}

/// A file of a list, by the name it has with the caller.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// Its path or other name, for messages.
    pub name: &'a str,
    /// What is in it.
    pub bytes: &'a [u8],
}

/// Why files are not a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilesError {
    /// No file.
    #[error("no file; give the files of one list")]
    None,
    /// A file in no format that can be read.
    #[error(
        "`{file}` is no list in a format that can be read{hint}; these can: OFAC (CSV, XML, advanced XML), US Consolidated \
         Screening List (CSV, JSON), BIS denied persons, UN (XML), UK and EU (CSV, XML), FollowTheMoney (JSON lines), CSV with \
         a header that has the column `name`"
    )]
    Unknown {
        /// The file.
        file: String,
        /// What it seems to be, where that can be told.
        hint: &'static str,
    },
    /// Files of different lists.
    #[error("`{first}` is {first_is} and `{second}` is {second_is}; give the files of one list")]
    Mixed {
        /// A file.
        first: String,
        /// What it is.
        first_is: Format,
        /// Another file.
        second: String,
        /// What that is.
        second_is: Format,
    },
    /// OFAC's further files without its entries.
    #[error("`{file}` is {is}, and the file of entries (`sdn.csv`) is missing; give both")]
    NoEntries {
        /// The file.
        file: String,
        /// What it is.
        is: Format,
    },
    /// A file was refused.
    #[error("`{file}`: {why}")]
    Refused {
        /// The file.
        file: String,
        /// Why.
        why: ListError,
    },
}

/// Reads the files of one list: one file, or OFAC's `sdn.csv` with any of its further files, in any order.
///
/// # Errors
/// If a file is in no known format or not what it should be, or if they are not of one list.
pub fn read(files: &[File<'_>], about: Source) -> Result<(Format, List, LoadReport), FilesError> {
    let mut told = Vec::new();
    for file in files {
        told.push((*file, detect(*file)?));
    }
    let (first, format) = *told.first().ok_or(FilesError::None)?;
    let refused = |file: File<'_>, why| FilesError::Refused {
        file: file.name.to_owned(),
        why,
    };
    if !matches!(format, Format::Ofac(_)) {
        if let Some((second, second_is)) = told.get(1) {
            return Err(mixed(first, format, *second, *second_is));
        }
        let (list, report) = format
            .read(&mut &*first.bytes, about)
            .map_err(|why| refused(first, why))?;
        return Ok((format, list, report));
    }
    let mut parts: [Option<File<'_>>; 4] = [None; 4];
    for (file, is) in &told {
        let slot = match is {
            Format::Ofac(Part::Sdn) => 0,
            Format::Ofac(Part::Alt) => 1,
            Format::Ofac(Part::Add) => 2,
            Format::Ofac(Part::Comments) => 3,
            _ => return Err(mixed(first, format, *file, *is)),
        };
        if let Some(place) = parts.get_mut(slot)
            && let Some(taken) = place.replace(*file)
        {
            return Err(mixed(taken, *is, *file, *is));
        }
    }
    let [sdn, alt, add, comments] = parts;
    let Some(sdn) = sdn else {
        return Err(FilesError::NoEntries {
            file: first.name.to_owned(),
            is: format,
        });
    };
    let files = Files {
        sdn: sdn.bytes,
        alt: alt.map(|f| f.bytes),
        add: add.map(|f| f.bytes),
        comments: comments.map(|f| f.bytes),
    };
    let (list, report) = ofac::read(files, about).map_err(|why| {
        let of = [Some(sdn), alt, add, comments];
        let names = ["sdn.csv", "alt.csv", "add.csv", "sdn_comments.csv"];
        let at = names.iter().position(|name| why.file() == *name);
        let file = at.and_then(|at| of.get(at).copied().flatten());
        refused(file.unwrap_or(sdn), why)
    })?;
    Ok((Format::Ofac(Part::Sdn), list, report))
}

/// The format of a file.
///
/// # Errors
/// If it is none that can be read.
pub fn detect(file: File<'_>) -> Result<Format, FilesError> {
    Format::detect(file.bytes).ok_or_else(|| FilesError::Unknown {
        file: file.name.to_owned(),
        hint: match file.bytes {
            [] => ": it is empty",
            [0x1f, 0x8b, ..] | [b'P', b'K', ..] => ": it is compressed, unpack it first",
            bytes
                if decode(bytes.get(..512).unwrap_or(bytes))
                    .to_lowercase()
                    .contains("<html") =>
            {
                ": it is a web page, look at it for what the site says"
            }
            _ => "",
        },
    })
}

fn mixed(first: File<'_>, first_is: Format, second: File<'_>, second_is: Format) -> FilesError {
    FilesError::Mixed {
        first: first.name.to_owned(),
        first_is,
        second: second.name.to_owned(),
        second_is,
    }
}
