//! Keys that were made and have not found their place: those whose secret waits to be taken, and those of processes
//! that were killed.

use std::{io::Write, path::Path};

use keywell_vault::Secret;
use keywell_wire as wire;
use tokio_util::sync::CancellationToken;

use super::{
    create::{check_place, explain, find, set_up},
    journal::{self, Entry, Journal, Stage},
    lost,
};
use crate::{
    App, OnStep,
    cloud::{AccessKeyPair, CloudErrorKind as Kind},
    index,
    problem::{Code, Problem},
    resolve, time,
    vault_items::{delete_item, item_in_vault},
};

/// The keys that nobody works on, in the order in which they were asked for. Nothing is asked of AWS.
pub fn unfinished(app: &App) -> Result<Vec<wire::UnfinishedKey>, Problem> {
    let found = journal::unfinished(&app.places)?;
    Ok(found
        .into_iter()
        .map(|(id, journal)| view(id, &journal))
        .collect())
}

fn view(id: String, journal: &Journal) -> wire::UnfinishedKey {
    wire::UnfinishedKey {
        id,
        user: journal.user.clone(),
        account_id: journal.account_id.clone(),
        profile: journal.profile.clone(),
        description: journal.description.clone(),
        asked: time::rfc3339(time::from_unix_seconds(journal.asked)),
        key_id: journal.key_id.clone(),
        state: match journal.stage {
            Stage::Asking => wire::UnfinishedState::Asked,
            Stage::Made => wire::UnfinishedState::Lost,
            Stage::Kept => wire::UnfinishedState::Waiting,
        },
    }
}

/// Makes a profile of a key that waits in the keychain. It goes on waiting when that fails.
pub async fn finish(
    app: &App,
    id: &str,
    (name, region): (&str, &str),
    on_step: OnStep<'_>,
    cancel: &CancellationToken,
) -> Result<wire::SetupSummary, Problem> {
    check_place(app, name, region)?;
    let entry = Entry::take(&app.places, id)?;
    let pair = pair_of(app, &entry).await?;
    let using = entry.journal.profile.clone();
    let summary = set_up(app, &using, &pair, (name, region), on_step, cancel).await?;
    entry.remove()?;
    Ok(summary)
}

/// Deletes the key at AWS and in the keychain. One that may or may not have been made is looked for first. Returns its
/// ID, if there was one.
pub async fn discard(app: &App, id: &str) -> Result<Option<String>, Problem> {
    let mut entry = Entry::take(&app.places, id)?;
    let Journal { profile, user, .. } = entry.journal.clone();
    let account = resolve::account_of(app, &profile).await?;
    if entry.journal.stage == Stage::Asking {
        let found = find(account.as_ref(), &entry, lost::LOOKS).await;
        entry.journal.key_id = found.map_err(|error| explain(&error, &profile, &user))?;
    }
    if let Some(key_id) = &entry.journal.key_id {
        if let Some((_, holder)) = index::users_of_key(&app.places, key_id)?.first() {
            return Err(Problem::new(
                Code::KeyInUse,
                format!("The profile {holder} uses this key by now."),
                format!("Leave it: keywell key release {id}"),
            ));
        }
        match account.delete_access_key(&user, key_id).await {
            Err(error) if error.kind != Kind::NoSuchKey => {
                return Err(explain(&error, &profile, &user));
            }
            _ => {}
        }
        // The key is gone either way; a tag that stays is only untidy.
        if !entry.journal.description.is_empty()
            && let Err(error) = account.untag_user(&user, key_id).await
        {
            tracing::warn!(%error, "the description of a deleted key stays");
        }
        delete_item(app, key_id.clone()).await?;
    }
    entry.remove()?;
    Ok(entry.journal.key_id.take())
}

/// Leaves the key at AWS as it is and forgets its secret, unless a profile uses it: the person has it elsewhere.
pub async fn release(app: &App, id: &str) -> Result<(), Problem> {
    let entry = Entry::take(&app.places, id)?;
    if let Some(key_id) = &entry.journal.key_id
        && index::users_of_key(&app.places, key_id)?.is_empty()
    {
        delete_item(app, key_id.clone()).await?;
    }
    entry.remove()
}

/// The two parts of a key that waits, to be handed to the person: on the clipboard, in a window of its own, in a file.
pub async fn waiting_pair(app: &App, id: &str) -> Result<AccessKeyPair, Problem> {
    pair_of(app, &Entry::take(&app.places, id)?).await
}

async fn pair_of(app: &App, entry: &Entry) -> Result<AccessKeyPair, Problem> {
    let lost = || {
        Problem::new(
            Code::KeyUnfinished,
            "The secret of this key is not in the keychain.",
            format!(
                "AWS shows a secret once. Delete the key, and make another: keywell key discard {}",
                entry.id
            ),
        )
    };
    let key_id = entry.journal.key_id.as_deref().ok_or_else(lost)?;
    let item = item_in_vault(app, key_id).await?.ok_or_else(lost)?;
    Ok(AccessKeyPair {
        key_id: item.key_id,
        secret: item.secret,
        session_token: None,
    })
}

/// Writes a key that waits as the console writes it, for the owner alone. A file that is there is written over.
pub async fn save_csv(app: &App, id: &str, path: &Path) -> Result<(), Problem> {
    let pair = waiting_pair(app, id).await?;
    let text = console_csv(&pair);
    let written = (|| {
        // tempfile makes its files for the owner alone (0600).
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.expose().as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)
    })();
    written.map(drop).map_err(|error| {
        Problem::new(
            Code::FilesUnwritable,
            format!("{} can not be written.", app.shown(path)),
            "Choose another folder. The key goes on waiting.",
        )
        .because(error.to_string())
    })
}

/// The console's form: a heading and one row. Neither part of a key has a character that would need quotes.
fn console_csv(pair: &AccessKeyPair) -> Secret {
    Secret::new(format!(
        "Access key ID,Secret access key\n{},{}\n",
        pair.key_id,
        pair.secret.expose()
    ))
}
