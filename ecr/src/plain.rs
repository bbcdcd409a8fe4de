//! How plain values, lists, maps and the engine's own are kept.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Map, Value};
use spola::machine::{Failure, Outcome, OutcomeKind, Resend, RunOptions};
use spola::{JsonWriter, VecMap};

use crate::digest::Digest;
use crate::kept::{Damage, Kept, kept, words};

kept! {
    Outcome { outcome, outputs, failure }
    Failure { code, step_id as "stepId", message }
    Resend { sent: later, renewed: later, server_time as "serverTime" }
}

words! {
    OutcomeKind { Succeeded: "succeeded", Failed: "failed", Interrupted: "interrupted" }
}

impl Kept for RunOptions {
    fn write(&self, out: &mut JsonWriter) {
        out.raw(&self.to_json());
    }

    fn read(from: &Value, damage: &mut Damage) -> Self {
        Self::from_value(from.clone()).unwrap_or_else(|reason| {
            damage.is_wrong(&reason);
            Self::default()
        })
    }
}

/// Whole numbers, from 0.
macro_rules! numbers {
    ($($Type:ident as $kind:literal)+) => {$(
        impl Kept for $Type {
            fn write(&self, out: &mut JsonWriter) {
                out.number(*self as u64);
            }

            fn read(from: &Value, damage: &mut Damage) -> Self {
                damage.number(from, Self::MAX as u64, $kind) as Self
            }
        }
    )+};
}

numbers! { u32 as "u32" u64 as "u64" usize as "u64" }

impl Kept for bool {
    fn write(&self, out: &mut JsonWriter) {
        out.truth(*self);
    }

    fn read(from: &Value, damage: &mut Damage) -> Self {
        from.as_bool().unwrap_or_else(|| {
            damage.unlike(from, "a boolean");
            false
        })
    }
}

impl Kept for String {
    fn write(&self, out: &mut JsonWriter) {
        out.text(self);
    }

    fn read(from: &Value, damage: &mut Damage) -> Self {
        damage.text(from).to_owned()
    }
}

impl Kept for Cow<'static, str> {
    fn write(&self, out: &mut JsonWriter) {
        out.text(self);
    }

    fn read(from: &Value, damage: &mut Damage) -> Self {
        String::read(from, damage).into()
    }
}

impl Kept for Value {
    fn write(&self, out: &mut JsonWriter) {
        out.value(self);
    }

    fn read(from: &Value, _: &mut Damage) -> Self {
        from.clone()
    }
}

impl Kept for Map<String, Value> {
    fn write(&self, out: &mut JsonWriter) {
        out.members(self);
    }

    fn read(from: &Value, damage: &mut Damage) -> Self {
        match from {
            Value::Object(members) => members.clone(),
            _ => {
                damage.unlike(from, "a map");
                Self::new()
            }
        }
    }
}

impl Kept for Duration {
    fn write(&self, out: &mut JsonWriter) {
        out.begin_object().name("secs").number(self.as_secs());
        out.name("nanos").number(self.subsec_nanos().into());
        out.end_object();
    }

    fn read(from: &Value, damage: &mut Damage) -> Self {
        let secs = damage.member(from, "secs");
        let nanos: u32 = damage.member(from, "nanos");
        Self::new(secs, nanos.min(999_999_999))
    }
}

impl<T: Kept> Kept for Option<T> {
    fn write(&self, out: &mut JsonWriter) {
        match self {
            Some(value) => value.write(out),
            None => drop(out.null()),
        }
    }

    fn read(from: &Value, damage: &mut Damage) -> Self {
        (!from.is_null()).then(|| T::read(from, damage))
    }
}

impl<T: Kept> Kept for Box<T> {
    fn write(&self, out: &mut JsonWriter) {
        T::write(self, out);
    }

    fn read(from: &Value, damage: &mut Damage) -> Self {
        Self::new(T::read(from, damage))
    }
}

fn write_list<'t, T: Kept + 't>(items: impl IntoIterator<Item = &'t T>, out: &mut JsonWriter) {
    out.begin_array();
    for item in items {
        item.write(out);
    }
    out.end_array();
}

impl<T: Kept> Kept for Vec<T> {
    fn write(&self, out: &mut JsonWriter) {
        write_list(self, out);
    }

    fn read(from: &Value, damage: &mut Damage) -> Self {
        let items = damage.items(from);
        let mut read = Self::with_capacity(items.len());
        for item in items {
            read.push(T::read(item, damage));
        }
        read
    }
}

impl<T: Kept> Kept for VecDeque<T> {
    fn write(&self, out: &mut JsonWriter) {
        write_list(self, out);
    }

    fn read(from: &Value, damage: &mut Damage) -> Self {
        Vec::read(from, damage).into()
    }
}

impl<A: Kept, B: Kept> Kept for (A, B) {
    fn write(&self, out: &mut JsonWriter) {
        out.begin_array();
        self.0.write(out);
        self.1.write(out);
        out.end_array();
    }

    fn read(from: &Value, damage: &mut Damage) -> Self {
        let mut items = damage.items(from).iter();
        (damage.item(&mut items), damage.item(&mut items))
    }
}

/// What the name of a member can stand for.
trait Key: Ord {
    fn to_name(&self) -> Cow<'_, str>;
    fn of_name(name: &str, damage: &mut Damage) -> Self;
}

impl Key for String {
    fn to_name(&self) -> Cow<'_, str> {
        self.into()
    }

    fn of_name(name: &str, _: &mut Damage) -> Self {
        name.into()
    }
}

impl Key for Digest {
    fn to_name(&self) -> Cow<'_, str> {
        self.as_str().into()
    }

    fn of_name(name: &str, damage: &mut Damage) -> Self {
        Self::read(&name.into(), damage)
    }
}

impl Key for u64 {
    fn to_name(&self) -> Cow<'_, str> {
        self.to_string().into()
    }

    fn of_name(name: &str, damage: &mut Damage) -> Self {
        name.parse().unwrap_or_else(|_| {
            damage.unlike(&name.into(), "u64");
            0
        })
    }
}

impl<K: Key, T: Kept> Kept for VecMap<K, T> {
    fn write(&self, out: &mut JsonWriter) {
        out.begin_object();
        for (key, value) in self {
            value.write(out.name(&key.to_name()));
        }
        out.end_object();
    }

    fn read(from: &Value, damage: &mut Damage) -> Self {
        let Value::Object(members) = from else {
            damage.unlike(from, "a map");
            return Self::new();
        };
        let mut read = Self::new();
        for (name, value) in members {
            read.insert(K::of_name(name, damage), T::read(value, damage));
        }
        read
    }
}
