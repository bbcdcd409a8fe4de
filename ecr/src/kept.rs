//! Values kept as JSON, described once for both directions.
//!
//! Code derived for `Serialize` and `Deserialize` would do, but takes many times what
//! this takes of the bytes that a web page loads.

use std::slice::Iter;

use serde_json::Value;
use spola::JsonWriter;

use crate::error::EcrError;

/// What a snapshot can keep, and arguments can be.
pub(crate) trait Kept: Sized {
    /// Writes it.
    fn write(&self, out: &mut JsonWriter);

    /// Reads it. What it gives after damage does not matter.
    fn read(from: &Value, damage: &mut Damage) -> Self;
}

/// What stands in the place of a member that is missing.
pub(crate) static MISSING: Value = Value::Null;

/// What is wrong with a value that is being read: the first that was met.
#[derive(Debug, Default)]
pub(crate) struct Damage {
    /// What was come to last: a member's name.
    at: &'static str,
    reason: Option<String>,
}

impl Damage {
    /// Ends: what was read is good, unless there was damage.
    ///
    /// # Errors
    /// What is wrong.
    pub(crate) fn finish(self) -> Result<(), String> {
        self.reason.map_or(Ok(()), Err)
    }

    /// Reads a member of an object; one that is missing is null.
    pub(crate) fn member<T: Kept>(&mut self, object: &Value, name: &'static str) -> T {
        let member = self.come_to(object, name);
        T::read(member, self)
    }

    /// The same of one that older snapshots lack.
    pub(crate) fn later_member<T: Kept + Default>(
        &mut self,
        object: &Value,
        name: &'static str,
    ) -> T {
        match self.come_to(object, name) {
            Value::Null => T::default(),
            member => T::read(member, self),
        }
    }

    fn come_to<'v>(&mut self, object: &'v Value, name: &'static str) -> &'v Value {
        if !object.is_object() {
            self.unlike(object, "a map");
        }
        self.at = name;
        object.get(name).unwrap_or(&MISSING)
    }

    /// The items of an array.
    pub(crate) fn items<'v>(&mut self, from: &'v Value) -> &'v [Value] {
        match from {
            Value::Array(items) => items,
            _ => {
                self.unlike(from, "a sequence");
                &[]
            }
        }
    }

    /// Reads the next item of a tuple; one that is missing is null.
    pub(crate) fn item<T: Kept>(&mut self, items: &mut Iter<'_, Value>) -> T {
        T::read(items.next().unwrap_or(&MISSING), self)
    }

    /// A whole number, no larger than the most.
    pub(crate) fn number(&mut self, from: &Value, most: u64, kind: &str) -> u64 {
        match from.as_u64() {
            Some(number) if number <= most => number,
            _ => {
                self.unlike(from, kind);
                0
            }
        }
    }

    /// A text.
    pub(crate) fn text<'v>(&mut self, from: &'v Value) -> &'v str {
        from.as_str().unwrap_or_else(|| {
            self.unlike(from, "a string");
            ""
        })
    }

    /// A text that keeps a rule.
    pub(crate) fn text_by<'v>(
        &mut self,
        from: &'v Value,
        rule: fn(&str) -> Result<(), EcrError>,
    ) -> &'v str {
        let text = self.text(from);
        if let Err(error) = rule(text) {
            self.is_wrong(&error);
        }
        text
    }

    /// A variant's name, and what it holds.
    pub(crate) fn variant<'v>(&mut self, from: &'v Value) -> (&'v str, &'v Value) {
        match from {
            Value::String(name) => return (name, &MISSING),
            Value::Object(members) if members.len() == 1 => {
                if let Some((name, held)) = members.iter().next() {
                    return (name, held);
                }
            }
            _ => {}
        }
        self.unlike(from, "a variant's name, or an object of one");
        ("", &MISSING)
    }

    /// A word of a list: its place there.
    pub(crate) fn word(&mut self, from: &Value, words: &[&str]) -> usize {
        let (name, held) = self.variant(from);
        if !held.is_null() {
            self.unlike(held, "nothing");
        }
        let place = words.iter().position(|word| *word == name);
        place.unwrap_or_else(|| {
            self.unknown(name, words);
            0
        })
    }

    /// Takes down that a value is not of the kind that is expected.
    #[cold]
    pub(crate) fn unlike(&mut self, found: &Value, expected: &str) {
        let (what, shown) = match found {
            Value::Null => ("type: null", String::new()),
            Value::Bool(truth) => ("type: boolean", format!(" `{truth}`")),
            Value::Number(number) if number.is_u64() || number.is_i64() => {
                let what = match expected {
                    "u32" | "u64" => "value: integer",
                    _ => "type: integer",
                };
                (what, format!(" `{number}`"))
            }
            Value::Number(number) => ("type: floating point", format!(" `{number}`")),
            Value::String(_) => ("type: string", format!(" {found}")),
            Value::Array(_) => ("type: sequence", String::new()),
            Value::Object(_) => ("type: map", String::new()),
        };
        self.is_wrong(&format!("invalid {what}{shown}, expected {expected}"));
    }

    /// Takes down that no variant has this name.
    #[cold]
    pub(crate) fn unknown(&mut self, name: &str, known: &[&str]) {
        let (one_of, between) = match known.len() {
            0..=2 => ("", "` or `"),
            _ => ("one of ", "`, `"),
        };
        let known = known.join(between);
        self.is_wrong(&format!(
            "unknown variant `{name}`, expected {one_of}`{known}`"
        ));
    }

    /// Takes down what is wrong.
    #[cold]
    pub(crate) fn is_wrong(&mut self, reason: &dyn std::fmt::Display) {
        if self.reason.is_none() {
            self.reason = Some(match self.at {
                "" => reason.to_string(),
                at => format!("`{at}`: {reason}"),
            });
        }
    }
}

/// Structs by their members: as their fields are called, or `as` something else; those
/// that older snapshots lack are `later`. What is `skipped` is not kept, and begins as
/// its default.
macro_rules! kept {
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $name:literal) => { $name };
    (@read $object:ident, $damage:ident, $name:expr) => { $damage.member($object, $name) };
    (@read $object:ident, $damage:ident, $name:expr, later) => {
        $damage.later_member($object, $name)
    };
    ($($Type:ident {
        $($field:ident $(as $name:literal)? $(: $later:ident)?),+
        $(; skipped $($skipped:ident),+)?
    })+) => {$(
        impl $crate::kept::Kept for $Type {
            fn write(&self, out: &mut spola::JsonWriter) {
                out.begin_object();
                $($crate::kept::Kept::write(
                    &self.$field,
                    out.name($crate::kept::kept!(@name $field $($name)?)),
                );)+
                out.end_object();
            }

            fn read(from: &serde_json::Value, damage: &mut $crate::kept::Damage) -> Self {
                Self {
                    $($field: $crate::kept::kept!(
                        @read from, damage, $crate::kept::kept!(@name $field $($name)?) $(, $later)?
                    ),)+
                    $($($skipped: Default::default(),)+)?
                }
            }
        }
    )+};
}

/// Enums without contents, by the names of their variants; other names that are read
/// too stand behind them.
macro_rules! words {
    ($($Type:ident { $($Variant:ident: $name:literal $(| $other:literal)?),+ })+) => {$(
        impl $crate::kept::Kept for $Type {
            fn write(&self, out: &mut spola::JsonWriter) {
                out.text(match self {
                    $(Self::$Variant => $name,)+
                });
            }

            fn read(from: &serde_json::Value, damage: &mut $crate::kept::Damage) -> Self {
                const WORDS: &[&str] = &[$($($other,)? $name),+];
                const VARIANTS: &[$Type] = &[$(
                    $($crate::kept::words!(@twice $other $Type::$Variant),)?
                    $Type::$Variant
                ),+];
                VARIANTS[damage.word(from, WORDS)]
            }
        }
    )+};
    (@twice $other:literal $variant:expr) => { $variant };
}

/// Enums by the names of their variants; a variant that holds something is an object
/// that has it under the variant's name. What is read of an unknown one stands last.
macro_rules! variants {
    (@write $out:ident, $name:literal) => {
        $out.text($name)
    };
    (@write $out:ident, $name:literal, ($item:ident)) => {{
        $crate::kept::Kept::write($item, $out.begin_object().name($name));
        $out.end_object()
    }};
    (@write $out:ident, $name:literal, ($($item:ident),+)) => {{
        $out.begin_object().name($name).begin_array();
        $($crate::kept::Kept::write($item, $out);)+
        $out.end_array().end_object()
    }};
    (@write $out:ident, $name:literal, { $($member:ident),+ }) => {{
        $out.begin_object().name($name).begin_object();
        $($crate::kept::Kept::write($member, $out.name(stringify!($member)));)+
        $out.end_object().end_object()
    }};
    (@read $Variant:ident, $held:ident, $damage:ident) => {
        Self::$Variant
    };
    (@read $Variant:ident, $held:ident, $damage:ident, ($item:ident)) => {
        Self::$Variant($crate::kept::Kept::read($held, $damage))
    };
    (@read $Variant:ident, $held:ident, $damage:ident, ($($item:ident),+)) => {{
        let mut items = $damage.items($held).iter();
        $(let $item = $damage.item(&mut items);)+
        Self::$Variant($($item),+)
    }};
    (@read $Variant:ident, $held:ident, $damage:ident, { $($member:ident),+ }) => {
        Self::$Variant { $($member: $damage.member($held, stringify!($member))),+ }
    };
    ($Type:ident {
        $($Variant:ident $(($($item:ident),+))? $({ $($member:ident),+ })?: $name:literal),+;
        else $other:expr
    }) => {
        impl $crate::kept::Kept for $Type {
            fn write(&self, out: &mut spola::JsonWriter) {
                match self {
                    $(Self::$Variant $(($($item),+))? $({ $($member),+ })? => {
                        $crate::kept::variants!(
                            @write out, $name $(, ($($item),+))? $(, { $($member),+ })?
                        )
                    })+
                };
            }

            fn read(from: &serde_json::Value, damage: &mut $crate::kept::Damage) -> Self {
                let (name, held) = damage.variant(from);
                match name {
                    $($name => $crate::kept::variants!(
                        @read $Variant, held, damage $(, ($($item),+))? $(, { $($member),+ })?
                    ),)+
                    _ => {
                        damage.unknown(name, &[$($name),+]);
                        $other
                    }
                }
            }
        }
    };
}

/// Types that hold one value, and are kept as it.
macro_rules! newtypes {
    ($($Type:ident)+) => {$(
        impl $crate::kept::Kept for $Type {
            fn write(&self, out: &mut spola::JsonWriter) {
                self.0.write(out);
            }

            fn read(from: &serde_json::Value, damage: &mut $crate::kept::Damage) -> Self {
                Self($crate::kept::Kept::read(from, damage))
            }
        }
    )+};
}

pub(crate) use {kept, newtypes, variants, words};
