//! What a snapshot is written with and read with.
//!
//! Code derived for `Serialize` and `Deserialize` would do, but takes ten times what
//! this takes of the bytes that a web page loads.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::secrets::{self, Hidden};
use crate::json_writer::{JsonWriter, hexadecimal};
use crate::text;
use crate::vec_map::VecMap;

/// What a snapshot can hold.
pub(super) trait Kept: Default {
    /// Writes it.
    fn write(&self, out: &mut Writer<'_>);

    /// Reads it from what the reader has come to, into what is new. What it gives
    /// after damage does not matter.
    fn read(&mut self, from: &mut Reader<'_>);
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

    /// Writes a text, with marks for the secrets that it holds.
    pub fn text(&mut self, text: &str) {
        match &self.hidden {
            Some(hidden) if self.hiding => hidden.write_text(text, &mut self.json),
            _ => drop(self.json.text(text)),
        }
    }

    /// Writes a value, with marks for the secrets in it.
    pub fn value(&mut self, value: &Value) {
        match &self.hidden {
            Some(hidden) if self.hiding => hidden.write(value, &mut self.json),
            _ => drop(self.json.value(value)),
        }
    }
}

/// What stands in the place of a member that is missing.
static MISSING: Value = Value::Null;

/// A snapshot that is being read. It goes from value to value, and keeps the first
/// damage that was met, and where.
pub(super) struct Reader<'s> {
    secrets: &'s Map<String, Value>,
    /// What it has come to.
    here: &'s Value,
    /// The objects that it went into, each with the name of the member it is at.
    open: Vec<(&'s Value, &'static str)>,
    /// Whether secrets may have been left out of what is read now.
    revealing: bool,
    damage: Option<String>,
}

impl<'s> Reader<'s> {
    /// Begins at a value, with the secrets that were left out.
    pub fn new(whole: &'s Value, secrets: &'s Map<String, Value>) -> Self {
        Self {
            secrets,
            here: whole,
            open: Vec::new(),
            revealing: false,
            damage: None,
        }
    }

    /// Ends: what was read is good, unless there was damage.
    ///
    /// # Errors
    /// The names that lead to the damage, and what is wrong.
    pub fn finish(self) -> Result<(), String> {
        self.damage.map_or(Ok(()), Err)
    }

    /// Takes down that something else was expected here.
    #[cold]
    pub fn expected(&mut self, what: &str) {
        if self.damage.is_none() {
            let mut damage = String::new();
            for (_, name) in &self.open {
                damage.push_str(name);
                damage.push_str(": ");
            }
            self.damage = Some(damage + what + " is missing");
        }
    }

    /// Begins or ends a part that may have held secrets.
    pub fn reveal(&mut self, revealing: bool) {
        // Without secrets nothing was hidden.
        self.revealing = revealing && !self.secrets.is_empty();
    }

    /// Goes into an object: its members follow, in any order.
    pub fn open(&mut self) {
        self.members();
        self.open.push((self.here, ""));
    }

    /// Comes to a member of the object that was opened last; one that is missing
    /// is null.
    pub fn member(&mut self, name: &'static str) {
        self.here = &MISSING;
        if let Some((object, at)) = self.open.last_mut() {
            *at = name;
            self.here = object.get(name).unwrap_or(&MISSING);
        }
    }

    /// Goes out of the object that was opened last.
    #[inline(never)]
    pub fn close(&mut self) {
        self.open.pop();
    }

    /// Comes to an item or member that was given.
    pub fn come_to(&mut self, value: &'s Value) {
        self.here = value;
    }

    /// Whether there is nothing.
    pub fn is_null(&self) -> bool {
        self.here.is_null()
    }

    /// The members of an object.
    pub fn members(&mut self) -> Option<&'s Map<String, Value>> {
        let members = self.here.as_object();
        if members.is_none() {
            self.expected("an object");
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
        match self.here.as_array().map(Vec::as_slice) {
            Some([first, second]) => [first, second],
            _ => {
                self.expected("a pair");
                [&MISSING; 2]
            }
        }
    }

    /// The name of a variant; comes to what it holds.
    pub fn variant(&mut self) -> &'s str {
        if let Value::Object(members) = self.here
            && let Some((name, held)) = members.iter().next()
        {
            self.here = held;
            return name;
        }
        self.word()
    }

    /// A word of the machine's own.
    pub fn word(&mut self) -> &'s str {
        self.here.as_str().unwrap_or_else(|| {
            self.expected("a word");
            ""
        })
    }

    /// Which of these words there is.
    pub fn one_of(&mut self, words: &[&str]) -> usize {
        let word = self.here.as_str();
        let at = words.iter().position(|known| Some(*known) == word);
        at.unwrap_or_else(|| {
            self.expected("a known word");
            0
        })
    }

    /// Any value.
    pub fn value(&self) -> Value {
        let mut value = self.here.clone();
        if self.revealing {
            secrets::reveal(&mut value, self.secrets);
        }
        value
    }

    /// A text, if there is one.
    pub fn maybe_text(&self) -> Option<String> {
        match self.value() {
            Value::String(text) => Some(text),
            _ => None,
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
    (@read $value:expr, $from:ident, $name:literal) => {
        $from.member($name);
        $crate::machine::archive::Kept::read(&mut $value, $from);
    };
    (@read $value:expr, $from:ident, $name:literal secret) => {
        $from.reveal(true);
        kept!(@read $value, $from, $name);
        $from.reveal(false);
    };
    (@read $value:expr, $from:ident, $name:literal if some) => {
        kept!(@read $value, $from, $name);
    };
    (@read $value:expr, $from:ident, $name:literal by $module:ident) => {
        $from.member($name);
        $module::read(&mut $value, $from);
    };
    ($Type:ident {
        $($field:ident: $name:literal $($kind:ident $($of:ident)?)?,)+
    }) => {
        impl $crate::machine::archive::Kept for $Type {
            #[inline(never)]
            fn write(&self, out: &mut $crate::machine::archive::Writer<'_>) {
                out.json.begin_object();
                $(kept!(@write self.$field, out, $name $($kind $($of)?)?);)+
                out.json.end_object();
            }

            #[inline(never)]
            fn read(&mut self, from: &mut $crate::machine::archive::Reader<'_>) {
                from.open();
                $(kept!(@read self.$field, from, $name $($kind $($of)?)?);)+
                from.close();
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

            fn read(&mut self, from: &mut Reader<'_>) {
                *self = from.number(u64::from(Self::MAX)) as Self;
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

    fn read(&mut self, from: &mut Reader<'_>) {
        for digit in from.word().chars() {
            match digit.to_digit(16) {
                Some(digit) => *self = *self << 4 | Self::from(digit),
                None => from.expected("a hexadecimal number"),
            }
        }
    }
}

/// One that is missing is no.
impl Kept for bool {
    fn write(&self, out: &mut Writer<'_>) {
        out.json.truth(*self);
    }

    fn read(&mut self, from: &mut Reader<'_>) {
        match from.value() {
            Value::Bool(truth) => *self = truth,
            Value::Null => {}
            _ => from.expected("a truth"),
        }
    }
}

impl Kept for String {
    fn write(&self, out: &mut Writer<'_>) {
        out.text(self);
    }

    fn read(&mut self, from: &mut Reader<'_>) {
        match from.maybe_text() {
            Some(text) => *self = text,
            None => from.expected("a text"),
        }
    }
}

impl Kept for Value {
    fn write(&self, out: &mut Writer<'_>) {
        out.value(self);
    }

    fn read(&mut self, from: &mut Reader<'_>) {
        *self = from.value();
    }
}

impl Kept for Map<String, Value> {
    fn write(&self, out: &mut Writer<'_>) {
        out.json.begin_object();
        for (name, value) in self {
            out.json.name(name);
            out.value(value);
        }
        out.json.end_object();
    }

    fn read(&mut self, from: &mut Reader<'_>) {
        match from.value() {
            Value::Object(members) => *self = members,
            _ => from.expected("an object"),
        }
    }
}

impl Kept for Duration {
    fn write(&self, out: &mut Writer<'_>) {
        out.json.begin_object().name("secs").number(self.as_secs());
        let nanos = u64::from(self.subsec_nanos());
        out.json.name("nanos").number(nanos).end_object();
    }

    fn read(&mut self, from: &mut Reader<'_>) {
        from.open();
        from.member("nanos");
        let nanos = from.number(999_999_999);
        from.member("secs");
        let secs = from.number(u64::MAX);
        from.close();
        *self = Self::new(secs, nanos as u32);
    }
}

impl<T: Kept> Kept for Option<T> {
    fn write(&self, out: &mut Writer<'_>) {
        match self {
            Some(value) => value.write(out),
            None => drop(out.json.null()),
        }
    }

    fn read(&mut self, from: &mut Reader<'_>) {
        if !from.is_null() {
            self.get_or_insert_default().read(from);
        }
    }
}

impl<T: Kept> Kept for Box<T> {
    fn write(&self, out: &mut Writer<'_>) {
        T::write(self, out);
    }

    fn read(&mut self, from: &mut Reader<'_>) {
        T::read(self, from);
    }
}

impl<T: Kept> Kept for Arc<T> {
    fn write(&self, out: &mut Writer<'_>) {
        T::write(self, out);
    }

    fn read(&mut self, from: &mut Reader<'_>) {
        if let Some(own) = Self::get_mut(self) {
            own.read(from);
        }
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

    fn read(&mut self, from: &mut Reader<'_>) {
        for item in from.items() {
            from.come_to(item);
            let mut item = T::default();
            item.read(from);
            self.push(item);
        }
    }
}

impl<A: Kept, B: Kept> Kept for (A, B) {
    fn write(&self, out: &mut Writer<'_>) {
        out.json.begin_array();
        self.0.write(out);
        self.1.write(out);
        out.json.end_array();
    }

    fn read(&mut self, from: &mut Reader<'_>) {
        let [first, second] = from.pair();
        from.come_to(first);
        self.0.read(from);
        from.come_to(second);
        self.1.read(from);
    }
}

/// What the name of a member can stand for.
pub(super) trait Key: Ord {
    fn write_name(&self, out: &mut Writer<'_>);
    fn of_name(name: &str, from: &mut Reader<'_>) -> Self;
}

impl Key for String {
    fn write_name(&self, out: &mut Writer<'_>) {
        out.json.name(self);
    }

    fn of_name(name: &str, _: &mut Reader<'_>) -> Self {
        name.into()
    }
}

impl Key for u32 {
    fn write_name(&self, out: &mut Writer<'_>) {
        out.json.name(&self.to_string());
    }

    fn of_name(name: &str, from: &mut Reader<'_>) -> Self {
        let number = text::whole(name).and_then(|number| Self::try_from(number).ok());
        number.unwrap_or_else(|| {
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
            key.write_name(out);
            value.write(out);
        }
        out.json.end_object();
    }

    fn read(&mut self, from: &mut Reader<'_>) {
        if from.is_null() {
            return;
        }
        for (name, value) in from.members().into_iter().flatten() {
            from.come_to(value);
            let mut value = T::default();
            value.read(from);
            self.insert(K::of_name(name, from), value);
        }
    }
}
