//! Reading JSON strictly: what two readers could take in two ways is refused, and every refusal says where.
//!
//! Text that is no JSON, a name that stands twice in an object, a lone surrogate, U+0000, `null` (a field without a value
//! is left out), and nesting beyond any real request. Then the typed reading: unknown fields, missing ones, wrong types; a
//! list never stands for an object, although the library would allow it.
//!
//! Why twice: `serde` alone takes the last of two equal names, and positional lists for structs. RFC 8259 section 4 leaves
//! duplicate names to the reader; RFC 7493 (I-JSON) forbids them and lone surrogates, and so does this.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use bonafide_app::submission::FieldError;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Value};

use crate::problem::{Kind, Problem};

mod typed;

pub(crate) use typed::typed;

/// Levels of nesting; the deepest request there is has six.
pub(crate) const DEPTH_MAX: usize = 16;

/// Reads a body as a typed request.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    typed(value(bytes)?).map_err(|error| Problem::at(Kind::Invalid, error))
}

/// Reads JSON as the API reads a body, or says where and why not.
///
/// # Errors
/// For what the API would refuse, with the path of the field; the path is empty where the whole is wrong.
pub fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, FieldError> {
    typed(located(bytes).map_err(|(_, error)| error)?)
}

/// Reads a body as JSON.
fn value(bytes: &[u8]) -> Result<Value, Problem> {
    located(bytes).map_err(|(kind, error)| Problem::at(kind, error))
}

fn located(bytes: &[u8]) -> Result<Value, (Kind, FieldError)> {
    let place = Place::default();
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = Node(&place)
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    read.map_err(|error| {
        let (kind, message) = match place.fault.take() {
            Some(Fault::Malformed(message)) => (Kind::Malformed, message),
            Some(Fault::Invalid(message)) => (Kind::Invalid, message),
            None => (Kind::Malformed, format!("the body is not JSON: {error}")),
        };
        (kind, FieldError::new(place.path(), message))
    })
}

/// Where the reader is, and what it stumbled on there.
#[derive(Default)]
struct Place {
    steps: RefCell<Vec<Step>>,
    fault: Cell<Option<Fault>>,
}

enum Step {
    Name(String),
    Index(usize),
}

enum Fault {
    Malformed(String),
    Invalid(String),
}

impl Place {
    fn path(&self) -> String {
        let mut path = String::new();
        for step in self.steps.borrow().iter() {
            // Writing to a `String` cannot fail.
            let _ = match step {
                Step::Name(name) if path.is_empty() => write!(path, "{name}"),
                Step::Name(name) => write!(path, ".{name}"),
                Step::Index(index) => write!(path, "[{index}]"),
            };
        }
        path
    }

    fn within<T, E>(&self, step: Step, read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.steps.borrow_mut().push(step);
        let result = read();
        // After an error the path stays: it says where.
        if result.is_ok() {
            self.steps.borrow_mut().pop();
        }
        result
    }

    fn fail<E: de::Error>(&self, fault: Fault) -> E {
        self.fault.set(Some(fault));
        E::custom("refused")
    }

    fn enter<E: de::Error>(&self) -> Result<(), E> {
        if self.steps.borrow().len() >= DEPTH_MAX {
            return Err(self.fail(Fault::Malformed(format!(
                "nested deeper than {DEPTH_MAX} levels"
            ))));
        }
        Ok(())
    }

    fn text<E: de::Error>(&self, text: String) -> Result<String, E> {
        if text.contains('\0') {
            return Err(self.fail(Fault::Invalid(
                "the character U+0000 is in no name or value".to_owned(),
            )));
        }
        Ok(text)
    }
}

/// Reads one value at the place.
#[derive(Clone, Copy)]
struct Node<'a>(&'a Place);

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        self.visit_string(value.to_owned())
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Value, E> {
        self.0.text(value).map(Value::String)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Err(self.0.fail(Fault::Invalid(
            "`null` is no value: leave the field out".to_owned(),
        )))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        self.0.enter()?;
        let mut read = Vec::new();
        loop {
            let next = self
                .0
                .within(Step::Index(read.len()), || items.next_element_seed(self));
            match next? {
                Some(item) => read.push(item),
                None => return Ok(Value::Array(read)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        self.0.enter()?;
        let (mut read, mut names) = (Map::new(), BTreeSet::new());
        while let Some(name) = entries.next_key::<String>()? {
            let name = self.0.text(name)?;
            let duplicate = !names.insert(name.clone());
            let value = self.0.within(Step::Name(name.clone()), || {
                // Names that the library gives a meaning of its own when it reads a value again.
                if name.starts_with("$serde_json::private") {
                    return Err(self
                        .0
                        .fail(Fault::Invalid("this name is reserved".to_owned())));
                }
                if duplicate {
                    return Err(self.0.fail(Fault::Malformed(
                        "this name stands twice in one object".to_owned(),
                    )));
                }
                entries.next_value_seed(self)
            })?;
            read.insert(name, value);
        }
        Ok(Value::Object(read))
    }
}

#[cfg(test)]
mod tests;
