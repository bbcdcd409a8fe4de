//! Made-up values: the same ones in every run.

use serde_json::{Map, Value, json};

/// Numbers without end from a seed (xorshift).
pub struct Maker(u64);

impl Maker {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 16) % end.max(1) as u64).unwrap_or_default()
    }

    pub fn pick<'v, T>(&mut self, from: &'v [T]) -> Option<&'v T> {
        from.get(self.below(from.len()))
    }

    /// A tree whose names and leaves are taken from what is given.
    pub fn tree(&mut self, names: &[String], leaves: &[Value], depth: usize) -> Value {
        match self.below(if depth == 0 { 2 } else { 8 }) {
            0 | 1 => self.pick(leaves).cloned().unwrap_or(Value::Null),
            2..5 => {
                let items = 0..self.below(6);
                items.map(|_| self.tree(names, leaves, depth - 1)).collect()
            }
            _ => {
                let mut members = Map::new();
                for _ in 0..self.below(5) {
                    let name = self.pick(names).cloned().unwrap_or_default();
                    members.insert(name, self.tree(names, leaves, depth - 1));
                }
                Value::Object(members)
            }
        }
    }

    /// A value with one thing in it changed.
    pub fn changed(&mut self, value: &Value, names: &[String], leaves: &[Value]) -> Value {
        let mut value = value.clone();
        let count = count(&value);
        let mut at = self.below(count);
        let place = nth(&mut value, &mut at).expect("fewer places than nodes");
        *place = match (std::mem::take(place), self.below(6)) {
            (Value::Array(mut items), 0) => {
                items.push(self.tree(names, leaves, 1));
                Value::Array(items)
            }
            (Value::Array(mut items), 1) => {
                items.remove_last_of(self);
                Value::Array(items)
            }
            (Value::Array(mut items), 2) => {
                if let Some(item) = self.pick(&items).cloned() {
                    items.push(item);
                }
                Value::Array(items)
            }
            (Value::Object(mut members), 0 | 1) => {
                let name = self.pick(names).cloned().unwrap_or_default();
                members.insert(name, self.tree(names, leaves, 1));
                Value::Object(members)
            }
            (Value::Object(mut members), 2) => {
                let names: Vec<String> = members.keys().cloned().collect();
                if let Some(name) = self.pick(&names) {
                    members.shift_remove(name);
                }
                Value::Object(members)
            }
            (Value::String(text), 0) => format!("{text}a").into(),
            (Value::String(text), 1) => text.chars().skip(1).collect::<String>().into(),
            (Value::Number(number), 0..3) => {
                let near = [1.0, -1.0, 0.5, 1e-9, 1e300];
                let step = self.pick(&near).copied().unwrap_or_default();
                json!(number.as_f64().unwrap_or_default() + step)
            }
            (_, 3) => self.tree(names, leaves, 2),
            (value, 4) => json!([value]),
            _ => self.pick(leaves).cloned().unwrap_or(Value::Null),
        };
        value
    }
}

trait RemoveOne {
    fn remove_last_of(&mut self, maker: &mut Maker);
}

impl RemoveOne for Vec<Value> {
    fn remove_last_of(&mut self, maker: &mut Maker) {
        if !self.is_empty() {
            self.remove(maker.below(self.len()));
        }
    }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

fn nth<'v>(value: &'v mut Value, left: &mut usize) -> Option<&'v mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, left)),
        Value::Object(members) => members.values_mut().find_map(|member| nth(member, left)),
        _ => None,
    }
}

/// Every name of a member and every leaf in a value.
pub fn material(value: &Value, names: &mut Vec<String>, leaves: &mut Vec<Value>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| material(item, names, leaves)),
        Value::Object(members) => {
            for (name, member) in members {
                names.push(name.clone());
                material(member, names, leaves);
            }
        }
        leaf => leaves.push(leaf.clone()),
    }
}
