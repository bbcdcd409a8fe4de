//! What a snapshot is written with and read with.
//!
//! Code derived for `Serialize` and `Deserialize` would do, but takes ten times what
//! this takes of the bytes that a web page loads.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::secrets::{self, Hidden};
use crate::json_writer::{JsonWriter, hexadecimal};
use crate::vec_map::VecMap;

/// What a snapshot can hold.
pub(super) trait Kept: Sized {
    /// Writes it.
    fn write(&self, out: &mut Writer<'_>);

    /// Reads it from what was written. What it gives after damage does not matter.
    fn read(given: Value, from: &mut Reader<'_>) -> Self;
}

/// A snapshot in the making.
#[derive(Default)]
pub(super) struct Writer<'s> {
    /// Its text.
    pub json: JsonWriter,
    hidden: Option<Hidden<'s>>,
    /// Whether what is written now may hold secrets.
    hiding: bool,
}

impl<'s> Writer<'s> {
    /// Begins a snapshot that leaves these secrets out.
    pub fn new(secrets: &'s Map<String, Value>) -> Self {
        Self {
            hidden: (!secrets.is_empty()).then(|| Hidden::new(secrets)),
            ..Self::default()
        }
    }

    /// Begins or ends a part that comes from inputs and answers. All else is the
    /// machine's own, and stays as it is even if it looks like a secret.
    pub fn hide(&mut self, hiding: bool) {
        self.hiding = hiding;
    }

    /// Writes a text, or a mark where it holds a secret.
    pub fn text(&mut self, text: &str) {
        match &self.hidden {
            Some(hidden) if self.hiding => hidden.write_text(text, &mut self.json),
            _ => drop(self.json.text(text)),
        }
    }

    /// Names the member that follows.
    pub fn name(&mut self, name: &str) {
        match &self.hidden {
            Some(_) if self.hiding => secrets::write_name(name, &mut self.json),
            _ => drop(self.json.name(name)),
        }
    }

    /// Writes a value, or a mark where it is or holds a secret.
    pub fn value(&mut self, value: &Value) {
        match &self.hidden {
            Some(hidden) if self.hiding => hidden.write(value, &mut self.json),
            _ => drop(self.json.value(value)),
        }
    }
}

/// A snapshot that is being read: it keeps the first damage that was met, and where.
pub(super) struct Reader<'s> {
    secrets: &'s Map<String, Value>,
    path: Vec<&'static str>,
    damage: Option<String>,
}

impl<'s> Reader<'s> {
    /// Begins with the secrets that were left out.
    pub fn new(secrets: &'s Map<String, Value>) -> Self {
        Self {
            secrets,
            path: Vec::new(),
            damage: None,
        }
    }

    /// What was read, unless there was damage.
    ///
    /// # Errors
    /// The names that lead to the damage, and what is wrong.
    pub fn finish<T>(self, read: T) -> Result<T, String> {
        self.damage.map_or(Ok(read), Err)
    }

    /// Takes down that something else was expected here.
    #[cold]
    pub fn expected(&mut self, what: &str) {
        if self.damage.is_none() {
            let mut damage = String::new();
            for name in &self.path {
                damage.push_str(name);
                damage.push_str(": ");
            }
            self.damage = Some(damage + what + " is missing");
        }
    }

    /// Goes into a member; one that is missing is null.
    pub fn enter(&mut self, members: &mut Map<String, Value>, name: &'static str) -> Value {
        self.path.push(name);
        members.get_mut(name).map(Value::take).unwrap_or_default()
    }

    /// The same for a member that may hold secrets.
    pub fn reveal(&mut self, members: &mut Map<String, Value>, name: &'static str) -> Value {
        let mut member = self.enter(members, name);
        // Without secrets nothing was hidden.
        if !self.secrets.is_empty() {
            secrets::reveal(&mut member, self.secrets);
        }
        member
    }

    /// Goes out of a member.
    pub fn leave(&mut self) {
        self.path.pop();
    }

    /// The members of an object.
    pub fn object(&mut self, given: Value) -> Map<String, Value> {
        match given {
            Value::Object(members) => members,
            _ => {
                self.expected("an object");
                Map::new()
            }
        }
    }

    /// The items of an array.
    pub fn array(&mut self, given: Value) -> Vec<Value> {
        match given {
            Value::Array(items) => items,
            _ => {
                self.expected("an array");
                Vec::new()
            }
        }
    }

    /// The two items of a pair.
    pub fn pair(&mut self, given: Value) -> [Value; 2] {
        match given {
            Value::Array(items) if items.len() == 2 => items.try_into().unwrap_or_default(),
            _ => {
                self.expected("a pair");
                Default::default()
            }
        }
    }

    /// The name of a variant, and what it holds.
    pub fn variant(&mut self, given: Value) -> (String, Value) {
        match given {
            Value::String(name) => return (name, Value::Null),
            Value::Object(members) => {
                if let Some(variant) = members.into_iter().next() {
                    return variant;
                }
            }
            _ => {}
        }
        self.expected("a variant");
        Default::default()
    }

    /// A text.
    pub fn text(&mut self, given: Value) -> String {
        match given {
            Value::String(text) => text,
            _ => {
                self.expected("a text");
                String::new()
            }
        }
    }

    /// A whole number from 0, and not above the most.
    pub fn number(&mut self, given: &Value, most: u64) -> u64 {
        match given.as_u64() {
            Some(number) if number <= most => number,
            _ => {
                self.expected("a number");
                0
            }
        }
    }
}

/// Structs by their members, each with its name in a snapshot:
///
/// * `secret`: it comes from inputs and answers, so that it may hold secrets;
/// * `if some`: where it is none, it is left out;
/// * `by module`: how it is written and read differs from others of its type.
macro_rules! kept {
    (@write $value:expr, $out:ident, $name:literal) => {
        $out.json.name($name);
        $crate::machine::archive::Kept::write(&$value, $out);
    };
    (@write $value:expr, $out:ident, $name:literal secret) => {
        $out.json.name($name);
        $out.hide(true);
        $crate::machine::archive::Kept::write(&$value, $out);
        $out.hide(false);
    };
    (@write $value:expr, $out:ident, $name:literal if some) => {
        if $value.is_some() {
            kept!(@write $value, $out, $name);
        }
    };
    (@write $value:expr, $out:ident, $name:literal by $module:ident) => {
        $out.json.name($name);
        $module::write(&$value, $out);
    };
    (@read $from:ident $members:ident $name:literal) => {{
        let given = $from.enter(&mut $members, $name);
        let read = $crate::machine::archive::Kept::read(given, $from);
        $from.leave();
        read
    }};
    (@read $from:ident $members:ident $name:literal secret) => {{
        let given = $from.reveal(&mut $members, $name);
        let read = $crate::machine::archive::Kept::read(given, $from);
        $from.leave();
        read
    }};
    (@read $from:ident $members:ident $name:literal if some) => {
        kept!(@read $from $members $name)
    };
    (@read $from:ident $members:ident $name:literal by $module:ident) => {{
        let given = $from.enter(&mut $members, $name);
        let read = $module::read(given, $from);
        $from.leave();
        read
    }};
    ($Type:ident {
        $($field:ident: $name:literal $($kind:ident $($of:ident)?)?,)+
        $(; $unkept:ident: $default:expr)?
    }) => {
        impl $crate::machine::archive::Kept for $Type {
            fn write(&self, out: &mut $crate::machine::archive::Writer<'_>) {
                out.json.begin_object();
                $(kept!(@write self.$field, out, $name $($kind $($of)?)?);)+
                out.json.end_object();
            }

            fn read(
                given: serde_json::Value,
                from: &mut $crate::machine::archive::Reader<'_>,
            ) -> Self {
                let mut members = from.object(given);
                Self {
                    $($field: kept!(@read from members $name $($kind $($of)?)?),)+
                    $($unkept: $default,)?
                }
            }
        }
    };
}

pub(super) use kept;

/// Whole numbers, from 0.
macro_rules! numbers {
    ($($Type:ty)+) => {
        $(impl Kept for $Type {
            fn write(&self, out: &mut Writer<'_>) {
                out.json.number(u64::from(*self));
            }

            fn read(given: Value, from: &mut Reader<'_>) -> Self {
                from.number(&given, u64::from(Self::MAX)) as Self
            }
        })+
    };
}

numbers! { u8 u16 u32 u64 }

/// 128 bits do not fit a JSON number that every host can read.
impl Kept for u128 {
    fn write(&self, out: &mut Writer<'_>) {
        out.json.text(&hexadecimal(&self.to_be_bytes()));
    }

    fn read(given: Value, from: &mut Reader<'_>) -> Self {
        let text = from.text(given);
        Self::from_str_radix(&text, 16).unwrap_or_else(|_| {
            from.expected("a hexadecimal number");
            0
        })
    }
}

/// One that is missing is no.
impl Kept for bool {
    fn write(&self, out: &mut Writer<'_>) {
        out.json.truth(*self);
    }

    fn read(given: Value, from: &mut Reader<'_>) -> Self {
        match given {
            Value::Bool(truth) => return truth,
            Value::Null => {}
            _ => from.expected("a truth"),
        }
        false
    }
}

impl Kept for String {
    fn write(&self, out: &mut Writer<'_>) {
        out.text(self);
    }

    fn read(given: Value, from: &mut Reader<'_>) -> Self {
        from.text(given)
    }
}

impl Kept for Value {
    fn write(&self, out: &mut Writer<'_>) {
        out.value(self);
    }

    fn read(given: Value, _: &mut Reader<'_>) -> Self {
        given
    }
}

impl Kept for Map<String, Value> {
    fn write(&self, out: &mut Writer<'_>) {
        out.json.begin_object();
        for (name, value) in self {
            out.name(name);
            out.value(value);
        }
        out.json.end_object();
    }

    fn read(given: Value, from: &mut Reader<'_>) -> Self {
        from.object(given)
    }
}

impl Kept for Duration {
    fn write(&self, out: &mut Writer<'_>) {
        out.json.begin_object().name("secs").number(self.as_secs());
        let nanos = u64::from(self.subsec_nanos());
        out.json.name("nanos").number(nanos).end_object();
    }

    fn read(given: Value, from: &mut Reader<'_>) -> Self {
        let mut members = from.object(given);
        let mut number = |name, most| {
            let given = from.enter(&mut members, name);
            let number = from.number(&given, most);
            from.leave();
            number
        };
        let nanos = number("nanos", 999_999_999);
        Self::new(number("secs", u64::MAX), nanos as u32)
    }
}

impl<T: Kept> Kept for Option<T> {
    fn write(&self, out: &mut Writer<'_>) {
        match self {
            Some(value) => value.write(out),
            None => drop(out.json.null()),
        }
    }

    fn read(given: Value, from: &mut Reader<'_>) -> Self {
        match given {
            Value::Null => None,
            given => Some(T::read(given, from)),
        }
    }
}

impl<T: Kept> Kept for Box<T> {
    fn write(&self, out: &mut Writer<'_>) {
        T::write(self, out);
    }

    fn read(given: Value, from: &mut Reader<'_>) -> Self {
        Self::new(T::read(given, from))
    }
}

impl<T: Kept> Kept for Arc<T> {
    fn write(&self, out: &mut Writer<'_>) {
        T::write(self, out);
    }

    fn read(given: Value, from: &mut Reader<'_>) -> Self {
        Self::new(T::read(given, from))
    }
}

impl<T: Kept> Kept for Vec<T> {
    fn write(&self, out: &mut Writer<'_>) {
        out.json.begin_array();
        for item in self {
            item.write(out);
        }
        out.json.end_array();
    }

    fn read(given: Value, from: &mut Reader<'_>) -> Self {
        let given = from.array(given);
        let mut items = Self::with_capacity(given.len());
        for item in given {
            items.push(T::read(item, from));
        }
        items
    }
}

impl<A: Kept, B: Kept> Kept for (A, B) {
    fn write(&self, out: &mut Writer<'_>) {
        out.json.begin_array();
        self.0.write(out);
        self.1.write(out);
        out.json.end_array();
    }

    fn read(given: Value, from: &mut Reader<'_>) -> Self {
        let [first, second] = from.pair(given);
        (A::read(first, from), B::read(second, from))
    }
}

/// What the name of a member can stand for.
pub(super) trait Key: Ord {
    fn write(&self, out: &mut Writer<'_>);
    fn read(name: String, from: &mut Reader<'_>) -> Self;
}

impl Key for String {
    fn write(&self, out: &mut Writer<'_>) {
        out.name(self);
    }

    fn read(name: String, _: &mut Reader<'_>) -> Self {
        name
    }
}

impl Key for u32 {
    fn write(&self, out: &mut Writer<'_>) {
        out.json.name(&self.to_string());
    }

    fn read(name: String, from: &mut Reader<'_>) -> Self {
        name.parse().unwrap_or_else(|_| {
            from.expected("a number");
            0
        })
    }
}

/// One that is missing is empty.
impl<K: Key, T: Kept> Kept for VecMap<K, T> {
    fn write(&self, out: &mut Writer<'_>) {
        out.json.begin_object();
        for (key, value) in self {
            key.write(out);
            value.write(out);
        }
        out.json.end_object();
    }

    fn read(given: Value, from: &mut Reader<'_>) -> Self {
        let mut map = Self::new();
        if !given.is_null() {
            for (name, value) in from.object(given) {
                map.insert(K::read(name, from), T::read(value, from));
            }
        }
        map
    }
}
