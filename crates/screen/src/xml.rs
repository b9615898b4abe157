//! XML lists, one record at a time.
//!
//! A list is a long row of records (`sdnEntry`, `INDIVIDUAL`, `sanctionEntity`, …) within a root. Each record is read into
//! a small tree, handed over and forgotten, so that memory does not grow with the file. Names are taken without their
//! namespace, which authorities change from version to version.
//!
//! Refuses: a document type declaration, and with it every entity that a file could define (expansion bombs, external
//! files); entities other than the five of XML and character numbers; elements nested deeper, or larger, than any list
//! has them. Source: "Extensible Markup Language (XML) 1.0", W3C, and "Billion laughs" (CWE-776), CWE-611.

use std::io::BufRead;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::input::{Input, is_over_budget, start};
use crate::report::ListError;

/// Largest record in bytes. The largest published have under a quarter of a megabyte.
const MAX_RECORD_BYTES: usize = 8 * 1024 * 1024;

/// Largest single tag or text in bytes.
const MAX_PIECE_BYTES: usize = 1024 * 1024;

/// Deepest nesting. The deepest published list has 12 levels.
const MAX_DEPTH: usize = 64;

/// What each child of an element costs at least, in bytes, so that millions of empty ones count too.
const ELEMENT_BYTES: usize = 64;

/// An element with what is in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    /// Its name without namespace.
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// The text directly within, without white space around it.
    pub(crate) fn text(&self) -> &str {
        self.text.trim()
    }

    /// An attribute; empty where absent.
    pub(crate) fn attribute(&self, name: &str) -> &str {
        let found = self.attributes.iter().find(|(n, _)| n == name);
        found.map_or("", |(_, value)| value.trim())
    }

    /// Whether a flag is set.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.attribute(name).eq_ignore_ascii_case("true")
    }

    /// The children of that name.
    pub(crate) fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first child of that name.
    pub(crate) fn child<'s>(&'s self, name: &'s str) -> Option<&'s Self> {
        self.all(name).next()
    }

    /// The text of the first child of that name; empty where there is none.
    pub(crate) fn value<'s>(&'s self, name: &'s str) -> &'s str {
        self.child(name).map_or("", Self::text)
    }

    /// The children of the children, whatever their names.
    pub(crate) fn grandchildren(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().flat_map(|child| &child.children)
    }

    /// All elements of that name at any depth within, in the order of the file.
    pub(crate) fn within<'s>(&'s self, name: &str) -> Vec<&'s Self> {
        let mut found = Vec::new();
        // Bounded: nothing is nested deeper than MAX_DEPTH.
        fn walk<'s>(element: &'s Element, name: &str, found: &mut Vec<&'s Element>) {
            for child in &element.children {
                if child.name == name {
                    found.push(child);
                }
                walk(child, name, found);
            }
        }
        walk(self, name, &mut found);
        found
    }
}

/// What a file should be.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// The file by the authority's name.
    pub(crate) file: &'static str,
    /// What it should be, for the error.
    pub(crate) expected: &'static str,
    /// The name of the root.
    pub(crate) root: &'static str,
    /// The names of the records, which are found at any depth but within one another. The root, without its content,
    /// comes first as a record of its own.
    pub(crate) records: &'static [&'static str],
}

/// Calls `take` with each record and the line on which it ends.
pub(crate) fn each(
    shape: Shape,
    source: &mut dyn BufRead,
    mut take: impl FnMut(Element, usize),
) -> Result<(), ListError> {
    let mut reader = Reader::from_reader(Input::new(source));
    let config = reader.config_mut();
    config.expand_empty_elements = true;
    let mut document = Document {
        shape,
        open: Vec::new(),
        outside: 0,
        record_bytes: 0,
        root: Root::Before,
    };
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        reader.get_mut().budget(MAX_PIECE_BYTES);
        let event = reader.read_event_into(&mut buffer);
        let line = reader.get_ref().line();
        match event {
            Ok(Event::Eof) => return document.end(line),
            Ok(event) => {
                if let Some(record) = document.event(event, line)? {
                    take(record, line);
                }
            }
            Err(error) => return Err(document.refuse(&error, line)),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Root {
    Before,
    Within,
    After,
}

struct Document {
    shape: Shape,
    /// The record that is being read, from itself down to the element that is open.
    open: Vec<Element>,
    /// How many elements are open outside of a record.
    outside: usize,
    record_bytes: usize,
    root: Root,
}

impl Document {
    /// Takes an event; gives back a record that it completes.
    fn event(&mut self, event: Event<'_>, line: usize) -> Result<Option<Element>, ListError> {
        match event {
            Event::Start(tag) => return self.start(&tag, line),
            Event::End(_) => return Ok(self.end_of_element()),
            Event::Text(text) => self.text(&text.xml10_content(), line)?,
            Event::CData(text) => self.text(&text.xml10_content(), line)?,
            Event::GeneralRef(reference) => {
                let name = reference.xml10_content();
                let c = match &*name {
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "amp" => Some('&'),
                    "apos" => Some('\''),
                    "quot" => Some('"'),
                    _ => reference.resolve_char_ref().ok().flatten(),
                };
                let Some(c) = c else {
                    let why = format!(
                        "has the entity `&{};`, which XML does not define",
                        start(&name)
                    );
                    return Err(self.malformed(line, why));
                };
                self.text(c.encode_utf8(&mut [0; 4]), line)?;
            }
            Event::DocType(_) => {
                let why = "has a document type declaration, which no authority publishes and with which a file can fill \
                           all memory or read other files";
                return Err(self.malformed(line, why.to_owned()));
            }
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Eof => {}
        }
        Ok(None)
    }

    fn start(&mut self, tag: &BytesStart<'_>, line: usize) -> Result<Option<Element>, ListError> {
        let name = tag.local_name().into_inner();
        if self.root != Root::Within {
            if self.root == Root::After || name != self.shape.root {
                return Err(self.not_this(&format!(
                    "line {line}: the element `{}` and not `{}`",
                    start(name),
                    self.shape.root
                )));
            }
            self.root = Root::Within;
            self.outside = 1;
            return Ok(Some(self.element(tag, line)?));
        }
        if self.open.len() + self.outside >= MAX_DEPTH {
            let why = format!("nests elements deeper than {MAX_DEPTH}");
            return Err(self.malformed(line, why));
        }
        if self.open.is_empty() {
            if !self.shape.records.contains(&name) {
                self.outside += 1;
                return Ok(None);
            }
            self.record_bytes = 0;
        }
        let element = self.element(tag, line)?;
        self.open.push(element);
        Ok(None)
    }

    fn element(&mut self, tag: &BytesStart<'_>, line: usize) -> Result<Element, ListError> {
        self.spend(ELEMENT_BYTES + tag.len(), line)?;
        let mut element = Element {
            name: tag.local_name().into_inner().to_owned(),
            ..Element::default()
        };
        // Without the check for doubles, which takes the square of their number; the first of two counts.
        for attribute in tag.attributes().with_checks(false) {
            let read = attribute.map_err(quick_xml::Error::from).and_then(|a| {
                Ok((
                    a.key.local_name().into_inner().to_owned(),
                    a.normalized_value(XmlVersion::Implicit1_0)?.into_owned(),
                ))
            });
            match read {
                Ok(attribute) => element.attributes.push(attribute),
                Err(error) => return Err(self.refuse(&error, line)),
            }
        }
        Ok(element)
    }

    fn text(&mut self, text: &str, line: usize) -> Result<(), ListError> {
        if self.root == Root::Before && !text.trim().is_empty() {
            return Err(self.not_this(&format!("line {line}: `{}`", start(text.trim()))));
        }
        if self.open.is_empty() {
            return Ok(());
        }
        self.spend(text.len(), line)?;
        if let Some(element) = self.open.last_mut() {
            element.text.push_str(text);
        }
        Ok(())
    }

    fn end_of_element(&mut self) -> Option<Element> {
        let Some(element) = self.open.pop() else {
            self.outside = self.outside.saturating_sub(1);
            if self.outside == 0 {
                self.root = Root::After;
            }
            return None;
        };
        match self.open.last_mut() {
            Some(parent) => {
                parent.children.push(element);
                None
            }
            None => Some(element),
        }
    }

    fn spend(&mut self, bytes: usize, line: usize) -> Result<(), ListError> {
        self.record_bytes += bytes;
        if self.record_bytes > MAX_RECORD_BYTES {
            let why = format!("is in an entry longer than {MAX_RECORD_BYTES} bytes");
            return Err(self.malformed(line, why));
        }
        Ok(())
    }

    fn end(&self, line: usize) -> Result<(), ListError> {
        match self.root {
            Root::After => Ok(()),
            Root::Within => Err(ListError::Torn {
                file: self.shape.file,
                line,
            }),
            Root::Before => Err(ListError::Empty {
                file: self.shape.file,
                expected: self.shape.expected,
            }),
        }
    }

    fn refuse(&self, error: &quick_xml::Error, line: usize) -> ListError {
        match error {
            quick_xml::Error::Io(error) if is_over_budget(error) => {
                let why = format!("has a tag or text longer than {MAX_PIECE_BYTES} bytes");
                self.malformed(line, why)
            }
            quick_xml::Error::Syntax(_) if self.root == Root::Within => ListError::Torn {
                file: self.shape.file,
                line,
            },
            _ if self.root == Root::Before => self.not_this(&format!("line {line}: {error}")),
            _ => self.malformed(line, format!("is not well-formed XML: {error}")),
        }
    }

    fn malformed(&self, line: usize, why: String) -> ListError {
        ListError::Malformed {
            file: self.shape.file,
            line,
            why,
            expected: self.shape.expected,
        }
    }

    fn not_this(&self, found: &str) -> ListError {
        ListError::NotThisList {
            file: self.shape.file,
            expected: self.shape.expected,
            found: found.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape {
        file: "list.xml",
        expected: "a list",
        root: "list",
        records: &["entry"],
    };

    fn read(text: &str) -> Result<Vec<(Element, usize)>, ListError> {
        let mut found = Vec::new();
        each(SHAPE, &mut text.as_bytes(), |e, line| found.push((e, line)))?;
        Ok(found)
    }

    #[test]
    fn records_come_with_their_attributes_text_and_lines() {
        let text = "<?xml version=\"1.0\"?>\n<n:list xmlns:n='u' day=\"1&#65;\">\n<x><entry a='1 &amp; 2'>A &lt;b&gt; &#x42;\
                    <![CDATA[<c>]]><n:k>v</n:k><k/></entry></x>\n<!-- c -->\n<entry/></n:list>\n";
        let found = read(text).unwrap();
        assert_eq!(found.len(), 3);
        assert_eq!(found[0].0.attribute("day"), "1A");
        let (entry, line) = &found[1];
        assert_eq!(*line, 3);
        assert_eq!(entry.attribute("a"), "1 & 2");
        assert_eq!(entry.text(), "A <b> B<c>");
        assert_eq!((entry.value("k"), entry.all("k").count()), ("v", 2));
        assert_eq!(entry.within("k").len(), 2);
        assert_eq!(found[2].1, 5);
    }

    #[test]
    fn declarations_entities_and_bombs_are_refused() {
        let bomb = "<?xml version=\"1.0\"?>\n<!DOCTYPE list [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;\">]>\n<list><entry>&b;</entry></list>";
        let external = "<!DOCTYPE list SYSTEM \"file:///etc/passwd\"><list/>";
        for text in [bomb, external] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains("document type declaration"), "{error}");
            assert!(error.contains("`list.xml` line"), "{error}");
        }
        let error = read("<list>\n<entry>&b;</entry></list>").unwrap_err();
        assert!(
            matches!(&error, ListError::Malformed { line: 2, why, .. } if why.contains("`&b;`")),
            "{error}"
        );
        assert!(read("<list><entry a='&b;'/></list>").is_err());
    }

    #[test]
    fn what_is_deep_or_large_is_refused() {
        let deep = format!("<list>{}", "<entry>".repeat(100));
        assert!(
            read(&deep)
                .unwrap_err()
                .to_string()
                .contains("deeper than 64")
        );
        let outside = format!("<list>{}", "<x>".repeat(100));
        assert!(
            read(&outside)
                .unwrap_err()
                .to_string()
                .contains("deeper than 64")
        );
        let long = format!("<list><entry>{}</entry></list>", "a".repeat(2 << 20));
        assert!(
            read(&long)
                .unwrap_err()
                .to_string()
                .contains("tag or text longer")
        );
        let wide = format!("<list><entry>{}</entry></list>", "<k/>".repeat(200_000));
        assert!(
            read(&wide)
                .unwrap_err()
                .to_string()
                .contains("entry longer")
        );
    }

    #[test]
    fn what_is_cut_short_or_something_else_is_refused() {
        for cut in [
            "<list><entry>",
            "<list><entry/>",
            "<list><entry a='",
            "<list",
        ] {
            let error = read(cut).unwrap_err();
            let torn = matches!(error, ListError::Torn { line: 1, .. });
            assert!(
                torn || matches!(error, ListError::NotThisList { .. }),
                "{cut} {error}"
            );
        }
        for empty in ["", "\n\n", "<?xml version='1.0'?>\n"] {
            assert!(
                matches!(read(empty), Err(ListError::Empty { .. })),
                "{empty}"
            );
        }
        for other in ["<html><body/></html>", "PK\u{3}", "<list/><list/>"] {
            assert!(
                matches!(read(other), Err(ListError::NotThisList { .. })),
                "{other}"
            );
        }
        assert!(read("<list><entry></list>").is_err());
    }
}
