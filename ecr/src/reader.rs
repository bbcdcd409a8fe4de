//! JSON values into arguments and what snapshots hold.
//!
//! What `serde_json::from_value` does, for a third less of the bytes that a web page
//! loads: a struct is read from an object only, never from an array of its members.

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, Expected, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Map, Value};

/// Reads a value.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
    T::deserialize(Reader(value))
}

struct Reader(Value);

/// A value of a kind that is not wanted.
#[cold]
fn mismatch(value: &Value, wanted: &dyn Expected) -> Error {
    let found = match value {
        Value::Null => Unexpected::Unit,
        Value::Bool(truth) => Unexpected::Bool(*truth),
        Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(whole), _, _) => Unexpected::Unsigned(whole),
            (_, Some(whole), _) => Unexpected::Signed(whole),
            (_, _, Some(real)) => Unexpected::Float(real),
            _ => Unexpected::Other("number"),
        },
        Value::String(text) => Unexpected::Str(text),
        Value::Array(_) => Unexpected::Seq,
        Value::Object(_) => Unexpected::Map,
    };
    Error::invalid_type(found, wanted)
}

/// Methods that take one kind of value, and refuse all others.
macro_rules! only {
    ($($method:ident($($more:ident: $Type:ty),*) $kind:pat => |$visitor:ident| $read:expr;)*) => {$(
        fn $method<V: Visitor<'de>>(self, $($more: $Type,)* $visitor: V) -> Result<V::Value, Error> {
            $(let _ = $more;)*
            match self.0 {
                $kind => $read,
                other => Err(mismatch(&other, &$visitor)),
            }
        }
    )*};
}

/// Numbers know themselves how they are read.
macro_rules! numbers {
    ($($method:ident)*) => {
        only! { $($method() Value::Number(number) => |visitor| number.deserialize_any(visitor);)* }
    };
}

impl<'de> Deserializer<'de> for Reader {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(truth) => visitor.visit_bool(truth),
            Value::Number(number) => number.deserialize_any(visitor),
            Value::String(text) => visitor.visit_string(text),
            Value::Array(items) => sequence(items, visitor),
            Value::Object(members) => visitor.visit_map(Members::of(members)),
        }
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_f32 deserialize_f64
    }

    only! {
        deserialize_bool() Value::Bool(truth) => |visitor| visitor.visit_bool(truth);
        deserialize_str() Value::String(text) => |visitor| visitor.visit_string(text);
        deserialize_string() Value::String(text) => |visitor| visitor.visit_string(text);
        deserialize_unit() Value::Null => |visitor| visitor.visit_unit();
        deserialize_seq() Value::Array(items) => |visitor| sequence(items, visitor);
        deserialize_tuple(_length: usize) Value::Array(items) => |visitor| sequence(items, visitor);
        deserialize_map() Value::Object(members) => |visitor| visitor.visit_map(Members::of(members));
        deserialize_struct(_name: &'static str, _fields: &'static [&'static str])
            Value::Object(members) => |visitor| visitor.visit_map(Members::of(members));
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let (variant, content) = match self.0 {
            Value::String(variant) => (variant, None),
            Value::Object(members) if members.len() == 1 => {
                let mut members = members.into_iter();
                let (variant, content) = members.next().unwrap_or_default();
                (variant, Some(content))
            }
            other => return Err(mismatch(&other, &"a variant's name, or an object of one")),
        };
        visitor.visit_enum(Variant { variant, content })
    }

    forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit_struct tuple_struct identifier ignored_any
    }
}

fn sequence<'de, V: Visitor<'de>>(items: Vec<Value>, visitor: V) -> Result<V::Value, Error> {
    let length = items.len();
    let mut items = Items(items.into_iter());
    let read = visitor.visit_seq(&mut items)?;
    match items.0.len() {
        0 => Ok(read),
        _ => Err(Error::invalid_length(length, &"fewer elements")),
    }
}

struct Items(std::vec::IntoIter<Value>);

impl<'de> SeqAccess<'de> for Items {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        match self.0.next() {
            Some(item) => seed.deserialize(Reader(item)).map(Some),
            None => Ok(None),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Members {
    rest: serde_json::map::IntoIter,
    value: Value,
}

impl Members {
    fn of(members: Map<String, Value>) -> Self {
        Self {
            rest: members.into_iter(),
            value: Value::Null,
        }
    }
}

impl<'de> MapAccess<'de> for Members {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some((name, value)) = self.rest.next() else {
            return Ok(None);
        };
        self.value = value;
        seed.deserialize(Name(name)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(Reader(self.value.take()))
    }
}

/// A member's name: a field's, or a key that may be a number.
struct Name(String);

impl<'de> Deserializer<'de> for Name {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_string(self.0)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(&self.0)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.parse() {
            Ok(number) => visitor.visit_u64(number),
            Err(_) => Err(Error::invalid_type(Unexpected::Str(&self.0), &visitor)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map struct enum ignored_any
    }
}

struct Variant {
    variant: String,
    /// None where the name stands alone.
    content: Option<Value>,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = Error;
    type Variant = Content;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Content), Error> {
        let variant = seed.deserialize(Name(self.variant))?;
        Ok((variant, Content(self.content)))
    }
}

struct Content(Option<Value>);

impl<'de> VariantAccess<'de> for Content {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match self.0 {
            None | Some(Value::Null) => Ok(()),
            Some(other) => Err(mismatch(&other, &"nothing")),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(Reader(self.0.unwrap_or_default()))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        Reader(self.0.unwrap_or_default()).deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        Reader(self.0.unwrap_or_default()).deserialize_struct("", fields, visitor)
    }
}
