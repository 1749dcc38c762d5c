//! Where AWS clients part ways over a profile, in words. The rules are those of [`super::explain`].

use super::{
    clients::{Client, Kind},
    explain::{Explanation, Place, Source},
};
use crate::App;

/// What a person should know of a profile's precedence; nothing where every client takes the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Traps {
    /// Which clients take what, a sentence each, where they take different credentials.
    pub split: Option<String>,
    /// The kinds that clients take, where they take different ones.
    pub kinds: Vec<Kind>,
    /// Which clients refuse the profile, and why.
    pub refused: Option<String>,
    /// No client takes anything.
    pub refused_by_all: bool,
}

impl Traps {
    /// Everything, in one text.
    pub fn words(&self) -> String {
        [&self.split, &self.refused]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

pub(crate) fn traps(app: &App, explanation: &Explanation) -> Traps {
    let mut taken: Vec<(Kind, &Place, Vec<Client>)> = Vec::new();
    let mut refused: Vec<(&str, Vec<Client>)> = Vec::new();
    for explained in &explanation.clients {
        let client = explained.client;
        match &explained.source {
            Source::Found { kind, place, .. } => {
                match taken.iter_mut().find(|(known, ..)| known == kind) {
                    Some((_, _, clients)) => clients.push(client),
                    None => taken.push((*kind, place, vec![client])),
                }
            }
            Source::Refused(why) => match refused.iter_mut().find(|(known, _)| known == why) {
                Some((_, clients)) => clients.push(client),
                None => refused.push((why, vec![client])),
            },
            // A client that does not know this kind of profile is no trap: it says so by itself.
            Source::Nothing => {}
        }
    }
    let refusing: usize = refused.iter().map(|(_, clients)| clients.len()).sum();
    let split = (taken.len() > 1).then(|| {
        let groups = taken.iter().map(|(kind, place, clients)| {
            format!(
                "{}: {}, line {} of {}.",
                listed(clients),
                kind.words(),
                place.line,
                app.shown(&place.file)
            )
        });
        groups.collect::<Vec<_>>().join(" ")
    });
    Traps {
        kinds: match split {
            Some(_) => taken.iter().map(|(kind, ..)| *kind).collect(),
            None => Vec::new(),
        },
        split,
        refused: (!refused.is_empty()).then(|| {
            let groups = refused
                .iter()
                .map(|(why, clients)| format!("{}: {why}", listed(clients)));
            groups.collect::<Vec<_>>().join(" ")
        }),
        refused_by_all: refusing == explanation.clients.len(),
    }
}

/// The names of clients, in one text.
pub(crate) fn listed(clients: &[Client]) -> String {
    clients
        .iter()
        .map(|client| client.name())
        .collect::<Vec<_>>()
        .join(", ")
}
