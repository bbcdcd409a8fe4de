//! The collections that are open while reading.

use super::event::Spot;

/// An array or object that is not closed yet.
#[derive(Clone, Copy)]
pub(super) struct Level {
    pub(super) kind: Kind,
    pub(super) due: Due,
    /// The column of its entries, where it is a block.
    pub(super) indent: isize,
    pub(super) from: Spot,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Sequence,
    Mapping,
    FlowSequence,
    FlowMapping,
    /// A mapping of one entry in a flow sequence: `[a: b]`.
    Pair,
}

/// What has to come next in a collection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// Another entry, or the end.
    Entry,
    /// The node behind `- `, `? `, or the `: ` of such a key.
    Compact,
    /// The node behind `? `.
    Key,
    /// The `:` behind a key.
    Colon,
    /// The node behind `:`.
    Value,
    /// A comma, or the end.
    Comma,
}

/// Where a block node stands: the last one, in the midst of a flow collection.
#[derive(Clone, Copy, Default)]
pub(super) struct Site {
    /// The indentation of the collection that it is in; -1 for none.
    pub(super) indent: isize,
    /// Whether a collection may begin on the line.
    pub(super) compact: bool,
    /// Whether a sequence may be indented no more than that.
    pub(super) dash: bool,
    /// Whether a tab stands before it on its line.
    pub(super) tab: bool,
    /// Whether it has to be a key of the mapping that is open.
    pub(super) key: bool,
}

impl Kind {
    pub(super) fn is_flow(self) -> bool {
        matches!(self, Self::FlowSequence | Self::FlowMapping | Self::Pair)
    }
}
