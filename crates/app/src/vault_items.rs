//! Single items of the vault, asked for away from the threads that carry the network.

use keywell_vault::{ErrorKind, Item, Store, VaultError, store_and_verify};

use crate::{App, blocking, problem::Problem};

/// The item of a key; none where there is none.
pub(crate) async fn item_in_vault(app: &App, key_id: &str) -> Result<Option<Item>, Problem> {
    let (open, key_id) = (app.open_vault.clone(), key_id.to_owned());
    match blocking(move || open().and_then(|vault| vault.get(&key_id))).await? {
        Ok(item) => Ok(Some(item)),
        Err(error) if error.kind == ErrorKind::NoEntry => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Stores an item and reads it back.
pub(crate) async fn store_item(app: &App, item: Item) -> Result<(), Problem> {
    let open = app.open_vault.clone();
    let stored = blocking(move || {
        let vault = open()?;
        store_and_verify(vault.as_ref(), &item)
    });
    Ok(stored.await??)
}

/// Deletes the item of a key; one that is gone already is what was wanted.
pub(crate) async fn delete_item(app: &App, key_id: String) -> Result<(), Problem> {
    let open = app.open_vault.clone();
    let deleted = blocking(move || delete_if_there(open()?.as_ref(), &key_id));
    Ok(deleted.await??)
}

pub(crate) fn delete_if_there(vault: &dyn Store, key_id: &str) -> Result<(), VaultError> {
    match vault.delete(key_id) {
        Err(error) if error.kind != ErrorKind::NoEntry => Err(error),
        _ => Ok(()),
    }
}
