//! A document as headings, paragraphs, lists and tables, from which both forms are written.
//!
//! One content, two writers: the HTML and the Markdown of the programme cannot say different things. Text stays plain
//! here; each writer escapes for its own form.

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Inline {
    /// Plain text.
    Text(String),
    /// A name of the machine: an attribute, a rule, a digest.
    Code(String),
}

/// A line of text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Line(pub(super) Vec<Inline>);

impl Line {
    /// Plain text.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self(vec![Inline::Text(text.into())])
    }

    /// A name of the machine.
    pub(super) fn code(name: impl Into<String>) -> Self {
        Self(vec![Inline::Code(name.into())])
    }

    /// Text in which names of the machine stand between backticks.
    pub(super) fn marked(text: &str) -> Self {
        let pieces = text.split('`').enumerate();
        Self(
            pieces
                .map(|(at, piece)| {
                    if at % 2 == 1 {
                        Inline::Code(piece.to_owned())
                    } else {
                        Inline::Text(piece.to_owned())
                    }
                })
                .filter(|piece| !matches!(piece, Inline::Text(text) if text.is_empty()))
                .collect(),
        )
    }

    /// This line and then text.
    pub(super) fn and(mut self, text: impl Into<String>) -> Self {
        self.0.push(Inline::Text(text.into()));
        self
    }

    /// This line and then, between brackets, on what it rests.
    pub(super) fn resting_on(self, citations: &str) -> Self {
        self.and(format!(" ({citations})"))
    }

    /// This line and then a name of the machine.
    pub(super) fn and_code(mut self, name: impl Into<String>) -> Self {
        self.0.push(Inline::Code(name.into()));
        self
    }
}

impl From<&str> for Line {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Line {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

/// A table. The first cell of each row heads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) caption: String,
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<Vec<Line>>,
}

/// What stands below a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    /// A heading inside a section.
    Heading(String),
    /// A paragraph.
    Paragraph(Line),
    /// Items in no order.
    List(Vec<Line>),
    /// A table.
    Table(Table),
}

/// A numbered section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) blocks: Vec<Block>,
}

impl Section {
    pub(super) fn new(title: &'static str) -> Self {
        Self {
            title,
            blocks: Vec::new(),
        }
    }

    pub(super) fn heading(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Heading(text.into()));
    }

    pub(super) fn paragraph(&mut self, line: impl Into<Line>) {
        self.blocks.push(Block::Paragraph(line.into()));
    }

    pub(super) fn list(&mut self, items: Vec<Line>) {
        if !items.is_empty() {
            self.blocks.push(Block::List(items));
        }
    }

    /// A table, or the sentence that says there is nothing.
    pub(super) fn table(
        &mut self,
        caption: impl Into<String>,
        columns: &[&'static str],
        rows: Vec<Vec<Line>>,
        nothing: &str,
    ) {
        if rows.is_empty() {
            self.paragraph(nothing);
            return;
        }
        self.blocks.push(Block::Table(Table {
            caption: caption.into(),
            columns: columns.to_vec(),
            rows,
        }));
    }
}

/// A whole document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Document {
    pub(super) title: String,
    pub(super) lead: Vec<Line>,
    pub(super) sections: Vec<Section>,
}
