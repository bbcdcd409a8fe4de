//! Regular expressions, in linear time.
//!
//! Patterns are read in one of three dialects and translated for one engine. `\d`, `\w` and `\b` are
//! ASCII, `\s` is any Unicode white space, and `.` is any character but a line
//! terminator. `(?i)` also folds letters beyond ASCII, one to one (`É` and `é`,
//! not `ß` and `SS`).

mod classes;
mod engine;
mod escape;
mod packed;
mod translate;
mod unicode;

use std::fmt::{self, Display};
use std::sync::Arc;

use engine::Program;
use translate::{Dialect, translate};

/// A compiled regular expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern(Arc<Program>);

/// A pattern that cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PatternError {
    /// It needs something that cannot be had in linear time, or is not offered.
    Unsupported {
        /// Where, in bytes from the beginning of the pattern.
        offset: usize,
        /// What is not supported, and why.
        what: &'static str,
    },
    /// It does not follow the grammar.
    Syntax {
        /// Where, in bytes from the beginning of the pattern.
        offset: usize,
        /// What is wrong there.
        what: &'static str,
    },
    /// A `\p{…}` names no general category.
    UnknownProperty {
        /// Where, in bytes from the beginning of the pattern.
        offset: usize,
        /// The name in the braces.
        name: Box<str>,
    },
    /// It is too large when its repetitions are written out.
    TooLarge,
    /// Its groups are nested too deep.
    TooNested {
        /// Where, in bytes from the beginning of the pattern.
        offset: usize,
    },
}

impl PatternError {
    /// Where in the pattern it is, in bytes, if it is at one place.
    pub fn offset(&self) -> Option<usize> {
        match self {
            Self::Unsupported { offset, .. }
            | Self::Syntax { offset, .. }
            | Self::UnknownProperty { offset, .. }
            | Self::TooNested { offset } => Some(*offset),
            Self::TooLarge => None,
        }
    }
}

impl Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported { what, .. } | Self::Syntax { what, .. } => f.write_str(what),
            Self::UnknownProperty { name, .. } => write!(
                f,
                "`{name}` is not a general category such as `Lu` or `Letter`"
            ),
            Self::TooLarge => f.write_str("the pattern is too large with its repetitions"),
            Self::TooNested { .. } => write!(
                f,
                "groups are nested deeper than {} levels",
                translate::MAX_GROUPS
            ),
        }
    }
}

impl std::error::Error for PatternError {}

impl Pattern {
    /// Compiles a pattern in the subset that ECMA-262 and Rust's `regex` share,
    /// with `(?i)`, `(?m)`, `(?s)`, `\A` and `\z`: case sensitive, unanchored.
    ///
    /// Unspecified: Arazzo does not name the dialect of `regex` criteria.
    ///
    /// # Errors
    /// A [`PatternError`] for look-around, back-references, and bad syntax.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        Self::compile(text, Dialect::Criterion, false)
    }

    /// Compiles a pattern of a JSON Schema: ECMA-262 with the flag `u`, unanchored.
    ///
    /// Look-aheads are understood where they stand at the very beginning, after
    /// `^`; a bracket or brace that ECMA-262 wants escaped is taken literally.
    ///
    /// # Errors
    /// A [`PatternError`] for other look-around, back-references, and bad syntax.
    pub fn ecma(text: &str) -> Result<Self, PatternError> {
        Self::compile(text, Dialect::Ecma, false)
    }

    /// Compiles an I-Regexp, RFC 9485; `anchored` matches the whole text only.
    ///
    /// # Errors
    /// A [`PatternError`] for all that RFC 9485 leaves out, such as `\d`.
    pub fn i_regexp(text: &str, anchored: bool) -> Result<Self, PatternError> {
        Self::compile(text, Dialect::IRegexp, anchored)
    }

    fn compile(text: &str, dialect: Dialect, anchored: bool) -> Result<Self, PatternError> {
        Ok(Self(Arc::new(translate(text, dialect, anchored)?)))
    }

    /// Whether the pattern matches, in time proportional to its weight times
    /// the length of the text.
    pub fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// About how many states the compiled pattern has.
    pub(crate) fn weight(&self) -> usize {
        self.0.weight
    }

    /// Escapes a text so that a pattern matches it literally.
    pub fn escape(text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            translate::push_literal(&mut out, c);
        }
        out
    }
}

/// The letter in lower case: Unicode's simple folding, the same in every locale.
pub(crate) fn lower_case(c: char) -> char {
    unicode::lower_case(c)
}

#[cfg(test)]
mod tests {
    use super::{Pattern, PatternError};

    type Compile = fn(&str) -> Result<Pattern, PatternError>;

    fn check(compile: Compile, cases: &[(&str, &[&str], &[&str])]) {
        for (pattern, yes, no) in cases {
            let compiled = compile(pattern).unwrap_or_else(|e| panic!("{pattern}: {e}"));
            for text in *yes {
                assert!(compiled.is_match(text), "{pattern} on {text:?}");
            }
            for text in *no {
                assert!(!compiled.is_match(text), "{pattern} on {text:?}");
            }
        }
    }

    fn refuse(compile: Compile, patterns: &[&str]) {
        for pattern in patterns {
            assert!(compile(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn criteria_match_anywhere_and_mind_the_letter_case() {
        check(
            Pattern::new,
            &[
                (r"^2\d{2}$", &["204"], &["2040", "304", "204\n", "2٠٤"]),
                ("0", &["204"], &["211"]),
                ("(?i)ok", &["OK", "not oK"], &["ko"]),
                ("(?i)straße|É", &["STRAßE", "é"], &["e"]),
                ("(?i)[à-ý]", &["À", "ý"], &["a"]),
                ("a(?i:b)c|d", &["aBc", "d"], &["ABc", "D"]),
                (r"^\{\}$", &["{}"], &[]),
                ("^{\"a\": [0-9]}", &["{\"a\": 7}"], &[]),
                (r"(?P<year>\d+)-(?<month>\d+)", &["2020-01"], &["2020"]),
                (r"\Aab\z", &["ab"], &["abc"]),
                ("a.c", &["abc", "a😀c"], &["a\nc", "a\u{2028}c"]),
                ("(?s)a.c", &["a\nc"], &["ac"]),
                ("(?m)^b$", &["a\nb\nc"], &["ab"]),
                ("", &["", "x"], &[]),
                ("[\\w.-]+@", &["a-b@"], &["@"]),
                (r"\/v2\/", &["/v2/"], &[]),
            ],
        );
        refuse(
            Pattern::new,
            &[
                "(",
                ")",
                "[a-",
                "a**",
                "*",
                "a{2}{3}",
                r"\",
                "[z-a]",
                "a{3,2}",
                "(?x)a",
                "[[:alpha:]]",
                r"\q",
                "(?<>a)",
                "(?P=a)",
                "^*",
                "a|+",
                "(?i",
                "(?",
                "(?:",
                r"\x1",
                r"\u12",
                r"\p{L",
            ],
        );
    }

    #[test]
    fn look_around_and_back_references_are_refused_with_their_place() {
        for (pattern, offset, text) in [
            (
                "a(?=b)",
                1,
                "look-ahead is not supported: patterns run in linear time",
            ),
            (
                "(?!b)",
                0,
                "look-ahead is not supported: patterns run in linear time",
            ),
            (
                "(?<=b)",
                0,
                "look-behind is not supported: patterns run in linear time",
            ),
            (
                r"(a)\1",
                3,
                "back-references are not supported: patterns run in linear time",
            ),
            (
                r"(?<n>a)\k<n>",
                7,
                "back-references are not supported: patterns run in linear time",
            ),
        ] {
            let error = Pattern::new(pattern).expect_err(pattern);
            assert_eq!(error.to_string(), text, "{pattern}");
            assert_eq!(error.offset(), Some(offset), "{pattern}");
        }
    }

    #[test]
    fn json_schema_patterns_follow_ecma_262() {
        check(
            Pattern::ecma,
            &[
                (
                    r"^\S$",
                    &["a", "\u{180e}"],
                    &["\u{a0}", "\u{feff}", "\u{2029}", "\u{b}"],
                ),
                (r"^\d$", &["0"], &["\u{7d0}"]),
                (r"^\W$", &["é"], &["e", "_"]),
                (r"^\cC\ca$", &["\u{3}\u{1}"], &["C"]),
                (r"^\u0041\u{1F409}\x42$", &["A🐉B"], &[]),
                (r"^\uD83D\uDC32*$", &["🐲", "🐲🐲"], &["🐉"]),
                ("^🐲*$", &["", "🐲🐲"], &["🐉"]),
                (r"^\p{Letter}+$", &["ЖÀ"], &["a1"]),
                (r"^[\p{gc=Nd}\P{Any}]$", &["٠", "7"], &["a"]),
                ("^[^]$", &["a", "\n"], &["", "ab"]),
                ("[]", &[], &["", "a"]),
                (r"^[^\W\d]+$", &["ab_"], &["a1", "é"]),
                (r"^[\w-.]+[a-z0-9-_]$", &["a-.-"], &["é"]),
                ("^[-_A-Za-z-0-9][-_A-Za-z0-9 ]{1,126}$", &["ab-"], &["!x"]),
                (r"^[\b]$", &["\u{8}"], &["b"]),
                (r"^\0$", &["\0"], &["0"]),
                ("a{,2}b", &["a{,2}b"], &["aab"]),
                ("^(?!aws:)[a-z:]+$", &["amazon:x"], &["aws:x"]),
                (
                    r"^(?=.*[A-Z])(?=.*\d).{4,}$",
                    &["abC1"],
                    &["abcd", "ABCD", "A1"],
                ),
                ("(?<name>a)", &["a"], &[]),
            ],
        );
        refuse(
            Pattern::ecma,
            &[
                r"\a",
                r"\A",
                r"\z",
                "(?=a)b",
                "^(?!a)b|c",
                "^((?!a)b)$",
                r"\1",
                r"[\B]",
                r"\p{Script=Greek}",
                r"\p{Nope}",
                r"\u{110000}",
            ],
        );
    }

    #[test]
    fn i_regexps_are_only_what_rfc_9485_allows() {
        check(
            |text| Pattern::i_regexp(text, true),
            &[
                ("a|b", &["a", "b"], &["ab", "xa"]),
                ("a.b", &["a\u{2028}b"], &["a\nb", "a\rb"]),
                (r"\p{Lu}\P{Lu}", &["Жж"], &["жж"]),
                (r"[^\p{L}]{2,3}", &["12", "123"], &["1", "1a"]),
                (r"[-a\]]+", &["-a]"], &["b"]),
                ("(ab)?", &["", "ab"], &["abab"]),
            ],
        );
        refuse(
            |text| Pattern::i_regexp(text, false),
            &[
                r"\d",
                r"\w",
                r"\bx",
                "(?:a)",
                "(?i)a",
                "a*?",
                "[]",
                "[^]",
                "[a-b-c]",
                "[[]",
                "{",
                "]",
                r"\$",
                r"\p{Letter}",
                r"\u0041",
                r"\p{Cs}",
                "a{2,1}",
                "a**",
            ],
        );
    }

    #[test]
    fn hostile_patterns_are_refused_or_cheap() {
        for pattern in ["(a{1000}){1000}", "((a{100}){100}){100}", "a{99999999999}"] {
            assert_eq!(
                Pattern::new(pattern).err(),
                Some(PatternError::TooLarge),
                "{pattern}"
            );
        }
        let deep = format!("{}a{}", "(".repeat(5000), ")".repeat(5000));
        assert!(matches!(
            Pattern::new(&deep),
            Err(PatternError::TooNested { .. })
        ));
        let allowed = format!("{}a{}", "(b|c(?:".repeat(16), ")+)*".repeat(16));
        assert!(Pattern::new(&allowed).is_ok());
        let text = "a".repeat(50_000) + "!";
        let pattern = Pattern::new("^(a+)+$").expect("a pattern");
        assert!(!pattern.is_match(&text));
    }

    #[test]
    fn any_text_is_a_pattern_or_an_error() {
        const PARTS: [&str; 52] = [
            "a",
            "b",
            "é",
            "É",
            "🐉",
            "0",
            "9",
            " ",
            "/",
            "-",
            "^",
            "$",
            ".",
            "*",
            "+",
            "?",
            "|",
            "(",
            ")",
            "(?:",
            "(?i)",
            "(?s-i:",
            "(?=",
            "(?!",
            "(?<n>",
            "(?m)",
            "[",
            "]",
            "[^",
            "[]",
            "{",
            "}",
            "{2}",
            "{1,3}",
            "{0,}",
            "\\",
            "\\d",
            "\\W",
            "\\s",
            "\\b",
            "\\p{Lu}",
            "\\P{N}",
            "\\u0041",
            "\\u{1F409}",
            "\\uD83D",
            "\\x41",
            "\\cA",
            "\\0",
            "\\1",
            "\\-",
            "&&",
            "~~",
        ];
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        let mut random = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 33) as usize % below
        };
        let mut accepted = 0;
        for _ in 0..4_000 {
            let text: String = (0..=random(7))
                .map(|_| PARTS[random(PARTS.len())])
                .collect();
            let anchored = random(2) == 0;
            for pattern in [
                Pattern::new(&text),
                Pattern::ecma(&text),
                Pattern::i_regexp(&text, anchored),
            ] {
                match pattern {
                    Ok(pattern) => {
                        accepted += 1;
                        pattern.is_match("aÉ0 -🐉");
                    }
                    Err(error) => {
                        // The engine takes all that is translated.
                        assert_ne!(error, PatternError::TooLarge, "{text}");
                        assert!(error.offset().is_some_and(|at| text.is_char_boundary(at)));
                    }
                }
            }
        }
        assert!(accepted > 500, "{accepted}");
    }

    #[test]
    fn an_escaped_text_matches_itself() {
        let text = r"a.b*c+d?(e)[f]{g}^h$i|j\k-l#&~";
        for compile in [Pattern::new, Pattern::ecma] {
            let pattern = compile(&format!("^{}$", Pattern::escape(text))).expect("a pattern");
            assert!(pattern.is_match(text));
        }
    }
}
