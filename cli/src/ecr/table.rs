//! Lists for people: columns of text.

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A member as text; nothing for none.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// `1 image`, `2 images`.
pub fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

/// A time as services give it, in Unix seconds, as people read it.
pub fn date(value: &Value) -> String {
    let seconds = value.as_f64().unwrap_or_default() as i64;
    let time = OffsetDateTime::from_unix_timestamp(seconds).ok();
    let shown = time.filter(|_| value.is_number());
    let shown = shown.and_then(|time| time.format(&Rfc3339).ok());
    shown.unwrap_or_default()
}

/// Rows under a head, each column as wide as it has to be; nothing where there is
/// no row.
pub fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> Option<String> {
    if rows.is_empty() {
        return None;
    }
    let mut widths = head.map(str::len);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: Vec<&str>| {
        let cells = cells.iter().zip(widths);
        let padded = cells.map(|(cell, width)| format!("{cell:width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut lines = vec![line(head.to_vec())];
    lines.extend(
        rows.iter()
            .map(|row| line(row.iter().map(String::as_str).collect())),
    );
    Some(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::{date, table};
    use serde_json::{Value, json};

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let row = |a: &str, b: &str| [a.to_owned(), b.to_owned()];
        let rows = [row("team/app", "1"), row("é", "")];
        let shown = table(["NAME", "N"], &rows);
        assert_eq!(shown.as_deref(), Some("NAME      N\nteam/app  1\né"));
        assert_eq!(date(&json!(1_767_603_600.5)), "2026-01-05T09:00:00Z");
        assert_eq!(date(&Value::Null), "");
        assert_eq!(table::<2>(["NAME", "N"], &[]), None);
    }
}
