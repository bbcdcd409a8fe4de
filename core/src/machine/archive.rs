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

    /// Reads what stands at the reader's place, which may be anywhere in it
    /// afterwards. What it gives after damage does not matter.
    fn read(from: &mut Reader<'_>) -> Self;
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

/// What stands in the place of a member that is missing.
static MISSING: Value = Value::Null;

/// A snapshot that is being read: it keeps the first damage that was met, and where.
pub(super) struct Reader<'s> {
    secrets: &'s Map<String, Value>,
    /// What is read next.
    here: &'s Value,
    /// The members that lead here, each with the object that it is in.
    path: Vec<(&'static str, &'s Value)>,
    /// Whether secrets may have been left out of what is read now.
    revealing: bool,
    damage: Option<String>,
}

impl<'s> Reader<'s> {
    /// Begins with the secrets that were left out.
    pub fn new(whole: &'s Value, secrets: &'s Map<String, Value>) -> Self {
        Self {
            secrets,
            here: whole,
            path: Vec::new(),
            revealing: false,
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
            for (name, _) in &self.path {
                damage.push_str(name);
                damage.push_str(": ");
            }
            self.damage = Some(damage + what + " is missing");
        }
    }

    /// Goes into a member, until [`Reader::leave`]; one that is missing is null.
    pub fn enter(&mut self, name: &'static str) {
        self.path.push((name, self.here));
        self.here = match self.here {
            Value::Object(members) => members.get(name).unwrap_or(&MISSING),
            _ => &MISSING,
        };
    }

    /// Goes out of a member.
    pub fn leave(&mut self) {
        if let Some((_, outer)) = self.path.pop() {
            self.here = outer;
        }
    }

    /// Begins or ends a part that may have held secrets.
    pub fn reveal(&mut self, revealing: bool) {
        // Without secrets nothing was hidden.
        self.revealing = revealing && !self.secrets.is_empty();
    }

    /// Goes to an item or a member that was given.
    pub fn go(&mut self, to: &'s Value) {
        self.here = to;
    }

    /// Whether there is nothing.
    pub fn is_null(&self) -> bool {
        self.here.is_null()
    }

    /// Whether there is an array.
    pub fn is_array(&self) -> bool {
        self.here.is_array()
    }

    /// Makes sure that there is an object.
    pub fn expect_object(&mut self) {
        if !self.here.is_object() {
            self.expected("an object");
        }
    }

    /// The members of an object, with their own names.
    pub fn members(&mut self) -> Vec<(String, &'s Value)> {
        let mut members = Vec::new();
        let Value::Object(given) = self.here else {
            self.expected("an object");
            return members;
        };
        for (name, member) in given {
            let own = match self.revealing {
                true => secrets::own_name(name),
                false => name,
            };
            members.push((own.to_owned(), member));
        }
        members
    }

    /// The items of an array.
    pub fn items(&mut self) -> &'s [Value] {
        match self.here {
            Value::Array(items) => items,
            _ => {
                self.expected("an array");
                &[]
            }
        }
    }

    /// The two items of a pair.
    pub fn pair(&mut self) -> [&'s Value; 2] {
        match self.here {
            Value::Array(items) if items.len() == 2 => [&items[0], &items[1]],
            _ => {
                self.expected("a pair");
                [&MISSING; 2]
            }
        }
    }

    /// A word, or an empty one.
    pub fn word(&self) -> &'s str {
        self.here.as_str().unwrap_or_default()
    }

    /// The name of a variant; goes to what it holds.
    pub fn variant(&mut self) -> &'s str {
        match self.here {
            Value::String(name) => return name,
            Value::Object(members) => {
                if let Some((name, held)) = members.iter().next() {
                    self.here = held;
                    return name;
                }
            }
            _ => {}
        }
        self.expected("a variant");
        ""
    }

    /// Any value.
    pub fn value(&self) -> Value {
        let mut value = self.here.clone();
        if self.revealing {
            secrets::reveal(&mut value, self.secrets);
        }
        value
    }

    /// A text.
    pub fn text(&mut self) -> String {
        match self.value() {
            Value::String(text) => text,
            _ => {
                self.expected("a text");
                String::new()
            }
        }
    }

    /// A whole number from 0, and not above the most.
    pub fn number(&mut self, most: u64) -> u64 {
        match self.here.as_u64() {
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
    (@read $from:ident $name:literal $(if some)?) => {{
        $from.enter($name);
        let read = $crate::machine::archive::Kept::read($from);
        $from.leave();
        read
    }};
    (@read $from:ident $name:literal secret) => {{
        $from.reveal(true);
        let read = kept!(@read $from $name);
        $from.reveal(false);
        read
    }};
    (@read $from:ident $name:literal by $module:ident) => {{
        $from.enter($name);
        let read = $module::read($from);
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

            fn read(from: &mut $crate::machine::archive::Reader<'_>) -> Self {
                from.expect_object();
                Self {
                    $($field: kept!(@read from $name $($kind $($of)?)?),)+
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

            fn read(from: &mut Reader<'_>) -> Self {
                from.number(u64::from(Self::MAX)) as Self
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

    fn read(from: &mut Reader<'_>) -> Self {
        let text = from.text();
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

    fn read(from: &mut Reader<'_>) -> Self {
        match from.here {
            Value::Bool(truth) => return *truth,
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

    fn read(from: &mut Reader<'_>) -> Self {
        from.text()
    }
}

impl Kept for Value {
    fn write(&self, out: &mut Writer<'_>) {
        out.value(self);
    }

    fn read(from: &mut Reader<'_>) -> Self {
        from.value()
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

    fn read(from: &mut Reader<'_>) -> Self {
        match from.value() {
            Value::Object(members) => members,
            _ => {
                from.expected("an object");
                Self::new()
            }
        }
    }
}

impl Kept for Duration {
    fn write(&self, out: &mut Writer<'_>) {
        out.json.begin_object().name("secs").number(self.as_secs());
        let nanos = u64::from(self.subsec_nanos());
        out.json.name("nanos").number(nanos).end_object();
    }

    fn read(from: &mut Reader<'_>) -> Self {
        from.expect_object();
        let mut number = |name, most| {
            from.enter(name);
            let number = from.number(most);
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

    fn read(from: &mut Reader<'_>) -> Self {
        (!from.is_null()).then(|| T::read(from))
    }
}

impl<T: Kept> Kept for Box<T> {
    fn write(&self, out: &mut Writer<'_>) {
        T::write(self, out);
    }

    fn read(from: &mut Reader<'_>) -> Self {
        Self::new(T::read(from))
    }
}

impl<T: Kept> Kept for Arc<T> {
    fn write(&self, out: &mut Writer<'_>) {
        T::write(self, out);
    }

    fn read(from: &mut Reader<'_>) -> Self {
        Self::new(T::read(from))
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

    fn read(from: &mut Reader<'_>) -> Self {
        let given = from.items();
        let mut items = Self::with_capacity(given.len());
        for item in given {
            from.go(item);
            items.push(T::read(from));
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

    fn read(from: &mut Reader<'_>) -> Self {
        let [first, second] = from.pair();
        from.go(first);
        let first = A::read(from);
        from.go(second);
        (first, B::read(from))
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

    fn read(from: &mut Reader<'_>) -> Self {
        let mut map = Self::new();
        if !from.is_null() {
            for (name, value) in from.members() {
                from.go(value);
                map.insert(K::read(name, from), T::read(from));
            }
        }
        map
    }
}
