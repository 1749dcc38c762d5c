//! What the window is started with.

use keywell_app::{ask, link};

/// Prints how long the start took, in milliseconds, and ends.
const MEASURE_START: &str = "--measure-start";

/// Prints what was reached when on the way, too. For developers.
const PHASES: &str = "--phases";

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    pub measure_start: bool,
    pub phases: bool,
    /// Asks a person one question for a helper, and nothing else.
    pub ask: bool,
    /// A link that the system opens with this program; not checked yet.
    pub link: Option<String>,
    /// Of the journeys: files that are as good as dropped on the window that runs.
    #[cfg(debug_assertions)]
    pub dropped: Vec<std::path::PathBuf>,
}

impl Arguments {
    /// Takes what it knows and leaves the rest alone: desktops add arguments of their own. The first is the program.
    pub fn of(arguments: impl IntoIterator<Item = String>) -> Self {
        let mut known = Self::default();
        let mut arguments = arguments.into_iter().skip(1);
        while let Some(argument) = arguments.next() {
            #[cfg(debug_assertions)]
            if argument == "--simulate-drop" {
                known.dropped = arguments.by_ref().map(Into::into).collect();
                break;
            }
            if argument == ask::ASK {
                known.ask = true;
            } else if argument == MEASURE_START {
                known.measure_start = true;
            } else if argument == PHASES {
                known.phases = true;
            } else if link::is_link(&argument) {
                known.link = Some(argument);
            }
        }
        known
    }
}
