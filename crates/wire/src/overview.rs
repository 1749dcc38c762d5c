use crate::{Failure, PassphraseWanted, ProfileRow, wire};

wire! {
/// All that the first paint needs, read without the network.
pub struct Overview {
    pub version: String,
    /// `linux`, `macos` or `windows`.
    pub platform: String,
    /// The config file as a person writes it: `~/.aws/config`.
    pub config_file: String,
    pub credentials_file: String,
    pub profiles: Vec<ProfileRow>,
    /// The profile that Keywell's pages act as; none until one is chosen or set up.
    pub profile_in_use: Option<String>,
    pub vault: VaultStatus,
    pub practice: PracticeStatus,
    /// Why `~/.aws` could not be read, when it could not.
    pub problem: Option<Failure>,
}

/// The secret store of this system, as found without a prompt.
pub struct VaultStatus {
    pub available: bool,
    /// "Login keyring", "Windows Credential Manager", "macOS keychain".
    pub label: String,
    pub problem: Option<Failure>,
}

/// The practice account on this machine.
pub struct PracticeStatus {
    pub running: bool,
    /// True when it was started before, so its data is there.
    pub exists: bool,
    pub endpoint_url: Option<String>,
    pub csv_path: Option<String>,
}

pub struct Region {
    pub id: String,
    pub name: String,
}

/// Asks for a page of the AWS console to be opened in the person's browser.
pub struct ConsoleRequest {
    pub page: ConsolePage,
}

pub enum ConsolePage {
    SignUp,
    Users,
    OwnAccessKeys,
    CloudShell,
    IdentityCenter,
    Roles,
    RolesAnywhere,
}

/// What the menu, the tray or a link asks of the page.
pub enum PageRequest {
    /// Go to this address: `#/profiles`.
    Go(String),
    Do(PageAction),
    /// Tell the person.
    Say(Failure),
    /// Ask for the passphrase of the encrypted file.
    Passphrase(PassphraseWanted),
}

pub enum PageAction {
    SetUp,
    Search,
    Shortcuts,
}

pub struct CopyRequest {
    pub text: String,
}

pub struct PageShown {
    pub phases: Vec<StartPhase>,
}

/// Something that happened on the way to the page's first answer.
pub struct StartPhase {
    pub name: String,
    /// Milliseconds of Unix time.
    pub at: f64,
}

pub struct TaskRequest {
    /// The id that the page chose when it began the work.
    pub task: String,
}

/// A console csv that appeared in the watched Downloads folder.
pub struct CsvArrival {
    pub path: String,
    pub file_name: String,
}

/// A step that can be taken back, as long as the history keeps it and nobody changes the same lines.
pub struct Undo {
    pub token: String,
    /// What undo would do, as a sentence for a toast.
    pub text: String,
}

pub struct UndoRequest {
    pub token: String,
}
}
