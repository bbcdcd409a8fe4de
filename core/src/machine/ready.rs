//! What is ready to be handed out.

use super::effect::{CallId, Effect, Progress, Send};

/// An effect that is ready to be handed out: the few kinds that are made ahead,
/// small, because a run that waits keeps the room for several.
pub(super) enum Ready {
    Progress(Box<Progress>),
    Send(Box<Send>),
    Abort(CallId),
}

impl Ready {
    /// The effect.
    pub fn into_effect(self) -> Effect {
        match self {
            Self::Progress(progress) => Effect::Progress(progress),
            Self::Send(send) => Effect::Send(send),
            Self::Abort(id) => Effect::Abort { id },
        }
    }
}
