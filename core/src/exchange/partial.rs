//! JSON text to a value with its wanted parts alone.

use serde_json::{Map, Value};

use super::parts::Parts;
use crate::json_reader::{DEEPEST, Reader};

/// Reads the wanted parts of a JSON text; the whole of it is checked.
///
/// `None` where the text is anything but plainly right: it is for
/// [`parse_json`](super::parse_json) to read it, or to say what is wrong.
pub(super) fn read(text: &str, parts: &Parts, max_depth: usize) -> Option<Value> {
    let mut reader = Reader::new(text, max_depth.min(DEEPEST));
    let value = wanted(&mut reader, parts)?;
    reader.end().map(|()| value)
}

/// Reads a value, as far as it is wanted. One that is neither object nor array
/// is read in any case.
fn wanted(reader: &mut Reader<'_>, parts: &Parts) -> Option<Value> {
    match reader.next()? {
        b'{' if !parts.is_whole() => object(reader, parts),
        b'[' if !parts.is_whole() => array(reader, parts),
        b'{' | b'[' => reader.value(),
        _ => reader.scalar(),
    }
}

fn object(reader: &mut Reader<'_>, parts: &Parts) -> Option<Value> {
    let mut members = Map::with_capacity(parts.named());
    let mut more = reader.opens(b'}')?;
    while more {
        let name = reader.name()?;
        reader.colon()?;
        let name = reader.text(&name)?;
        match parts.of_member(&name) {
            Some(parts) => {
                members.insert(name.into_owned(), wanted(reader, parts)?);
            }
            None => reader.skip()?,
        }
        more = reader.more(b'}')?;
    }
    Some(Value::Object(members))
}

fn array(reader: &mut Reader<'_>, parts: &Parts) -> Option<Value> {
    let mut items = Vec::new();
    let mut more = reader.opens(b']')?;
    for at in 0.. {
        if !more {
            break;
        }
        match parts.of_element(at) {
            Some(parts) => {
                let value = wanted(reader, parts)?;
                // Those before it that nobody looks at.
                items.resize(at, Value::Null);
                items.push(value);
            }
            None => reader.skip()?,
        }
        more = reader.more(b']')?;
    }
    Some(Value::Array(items))
}
