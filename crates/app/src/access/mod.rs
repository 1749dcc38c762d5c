//! Gives a program access to one bucket: a user of its own, a policy for exactly that bucket and prefix, a key, and a
//! profile that holds it; then proves with that key what it can do and what it can not.
//!
//! Everything that is made is written down first (`journal`). Whatever step fails or is cancelled, all of it is taken
//! back; what a kill leaves behind is named by [`list`] and taken back by [`revoke`], or by the next [`grant`] for the
//! same user. A user that was there before is never touched.

mod actions;
mod check;
mod journal;
mod plan;
mod policy;
mod proof;
mod run;
mod take_back;

pub use check::{Flaw, LONGEST, check, for_sending, length};
use keywell_wire as wire;
pub use plan::preview;
pub use policy::{Allow, Scope, document};
pub use run::grant;
pub use take_back::{Revoke, revoke};

use crate::{App, Problem};

/// The name of the inline policy.
const POLICY: &str = "keywell-access";
/// The tag by which a user is known to be made here. Its value is [`journal::Record::mark`].
const MARK: &str = "keywell:access";

impl From<&wire::AccessAllow> for Allow {
    fn from(allow: &wire::AccessAllow) -> Self {
        Self {
            read: allow.read,
            write: allow.write,
            list: allow.list,
            delete: allow.delete,
            versions: allow.versions,
        }
    }
}

/// What programs were given from this machine, from Keywell's own records.
pub fn list(app: &App) -> Result<Vec<wire::Access>, Problem> {
    Ok(journal::all(&app.places)?
        .iter()
        .map(|record| record.view(app))
        .collect())
}
