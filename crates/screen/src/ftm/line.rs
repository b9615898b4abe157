//! One line as an object: borrowed where the text allows it, so that what is not wanted costs nothing.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// One object.
pub(super) struct Object<'a> {
    pub(super) id: Cow<'a, str>,
    pub(super) schema: Cow<'a, str>,
    pub(super) caption: Cow<'a, str>,
    pub(super) properties: Vec<(Cow<'a, str>, Vec<Cow<'a, str>>)>,
    /// Whether it is a line of a file of changes.
    pub(super) is_change: bool,
}

impl Object<'_> {
    /// The values of a property.
    pub(super) fn all<'s>(&'s self, property: &'static str) -> impl Iterator<Item = &'s str> {
        let of = self
            .properties
            .iter()
            .filter(move |(name, _)| name == property);
        of.flat_map(|(_, values)| values).map(|value| &**value)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `id`, `schema` and `properties`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
        let (mut id, mut schema, mut caption) = (None, None, None);
        let mut properties = None;
        let mut is_change = false;
        while let Some(key) = map.next_key_seed(Text)? {
            match &*key {
                "id" => id = map.next_value_seed(Values)?.into_iter().next(),
                "schema" => schema = map.next_value_seed(Values)?.into_iter().next(),
                "caption" => caption = map.next_value_seed(Values)?.into_iter().next(),
                "properties" => properties = Some(map.next_value_seed(Properties)?),
                "op" => {
                    is_change = true;
                    map.next_value::<IgnoredAny>()?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let missing = |what: &'static str| {
            move || <A::Error as de::Error>::custom(format!("an object without `{what}`"))
        };
        if is_change {
            id = id.or(Some(Cow::Borrowed("")));
            schema = schema.or(Some(Cow::Borrowed("")));
            properties = properties.or(Some(Vec::new()));
        }
        Ok(Object {
            id: id.ok_or_else(missing("id"))?,
            schema: schema.ok_or_else(missing("schema"))?,
            caption: caption.unwrap_or_default(),
            properties: properties.ok_or_else(missing("properties"))?,
            is_change,
        })
    }
}

struct Properties;

impl<'de> DeserializeSeed<'de> for Properties {
    type Value = Vec<(Cow<'de, str>, Vec<Cow<'de, str>>)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Properties {
    type Value = Vec<(Cow<'de, str>, Vec<Cow<'de, str>>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`properties`, an object of lists of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut properties = Vec::new();
        while let Some(key) = map.next_key_seed(Text)? {
            properties.push((key, map.next_value_seed(Values)?));
        }
        Ok(properties)
    }
}

/// A text.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// A list of texts; a single text, number or boolean is a list of one, and what is none of these holds no text.
struct Values;

impl<'de> DeserializeSeed<'de> for Values {
    type Value = Vec<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Values {
    type Value = Vec<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a list of texts")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(vec![Cow::Borrowed(text)])
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(vec![Cow::Owned(text.to_owned())])
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(vec![Cow::Owned(number.to_string())])
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(vec![Cow::Owned(number.to_string())])
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(vec![Cow::Owned(number.to_string())])
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(vec![Cow::Owned(value.to_string())])
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(more) = seq.next_element_seed(Self)? {
            values.extend(more);
        }
        Ok(values)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        // A nested object: its own `id`, where the publisher put whole objects in place of references.
        let mut id = Vec::new();
        while let Some(key) = map.next_key_seed(Text)? {
            if key == "id" {
                id = map.next_value_seed(Self)?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(id)
    }
}
