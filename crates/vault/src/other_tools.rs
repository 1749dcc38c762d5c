//! Keys that other tools keep in this system's own store. They are read here and never changed.

use std::time::Duration;

use crate::{Secret, VaultError};

/// A tool whose entries are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OtherTool {
    AwsVault,
    Granted,
    Leapp,
}

impl OtherTool {
    pub fn name(self) -> &'static str {
        match self {
            OtherTool::AwsVault => "aws-vault",
            OtherTool::Granted => "Granted",
            OtherTool::Leapp => "Leapp",
        }
    }

    /// How a person opens the tool's store.
    pub fn opening(self) -> &'static str {
        match self {
            OtherTool::AwsVault => "Open it with aws-vault list, then look again.",
            OtherTool::Granted => "Open it with granted credentials list, then look again.",
            OtherTool::Leapp => "Open Leapp, then look again.",
        }
    }

    /// How a person takes an entry out of the tool.
    pub fn removal(self) -> &'static str {
        match self {
            OtherTool::AwsVault => {
                "remove it with aws-vault remove NAME when you do not use it any more."
            }
            OtherTool::Granted => {
                "remove it with granted credentials remove NAME when you do not use it any more."
            }
            OtherTool::Leapp => "remove the session in Leapp when you do not use it any more.",
        }
    }
}

/// An access key as another tool keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct OtherToolKey {
    pub tool: OtherTool,
    /// The tool's own name for it: usually that of a profile.
    pub name: String,
    pub key_id: String,
    pub secret: Secret,
    pub session_token: Option<Secret>,
}

/// A store that could not be read.
#[derive(Clone, Debug)]
pub struct UnreadStore {
    /// Whose it is; `None` where it is the one that all tools share.
    pub tool: Option<OtherTool>,
    pub error: VaultError,
}

/// What was found, and what could not be read.
#[derive(Clone, Debug, Default)]
pub struct OtherToolKeys {
    pub keys: Vec<OtherToolKey>,
    pub unread: Vec<UnreadStore>,
}

/// Every access key that aws-vault, Granted and Leapp keep in the Secret Service. A store that is not there holds
/// none. One that is locked is not read, since nobody is asked to open another tool's.
///
/// On macOS and Windows nothing is read: an item there belongs to the tool that wrote it, and the system would ask the
/// person about each one.
pub fn keys_of_other_tools(deadline: Duration) -> OtherToolKeys {
    crate::system::keys_of_other_tools(deadline)
}
