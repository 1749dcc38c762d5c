//! The accounts that the profiles of this machine open.

use futures::{StreamExt, stream};
use keywell_wire::{self as wire, ProfileRow};

use crate::{App, resolve};

/// How many accounts are read at once.
pub(crate) const AT_ONCE: usize = 4;

/// The profiles with a key of their own, those of one account together, the one in use first. Where no test has told a
/// profile's account yet, STS is asked.
pub(crate) async fn groups(app: &App, local: &[ProfileRow]) -> Vec<Vec<String>> {
    let in_use = crate::index::in_use(&app.places).ok().flatten();
    let mut rows: Vec<&ProfileRow> = local
        .iter()
        .filter(|row| {
            row.key_id.is_some()
                && matches!(
                    row.secret,
                    wire::SecretPlace::Keychain | wire::SecretPlace::PlainText
                )
        })
        .collect();
    rows.sort_by_key(|row| Some(&row.name) != in_use.as_ref());
    let known: Vec<(Option<String>, String)> = rows
        .into_iter()
        .map(|row| {
            let account_id = row.identity.as_ref().map(|card| card.account_id.clone());
            (account_id, row.name.clone())
        })
        .collect();
    let named = stream::iter(known)
        .map(|(known, profile)| async move {
            let account_id = match known {
                Some(account_id) => Some(account_id),
                None => account_id_of(app, &profile).await,
            };
            (account_id, profile)
        })
        .buffered(AT_ONCE)
        .collect::<Vec<_>>()
        .await;
    let mut groups: Vec<(Option<String>, Vec<String>)> = Vec::new();
    for (account_id, profile) in named {
        let same = groups
            .iter_mut()
            .find(|(known, _)| known.is_some() && *known == account_id);
        match same {
            Some((_, profiles)) => profiles.push(profile),
            None => groups.push((account_id, vec![profile])),
        }
    }
    groups.into_iter().map(|(_, profiles)| profiles).collect()
}

async fn account_id_of(app: &App, profile: &str) -> Option<String> {
    let account = resolve::account_of(app, profile).await.ok()?;
    Some(account.identity().await.ok()?.identity.account_id)
}
