//! Making a user.

use keywell_wire as wire;

use super::{DESCRIPTION, caller_of, explain, row};
use crate::{
    App,
    cloud::{self, Account, CloudError, CloudErrorKind, IamUser},
    keys::check_description,
    problem::{Code, Problem},
    resolve,
};

/// A user that is to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewUser<'a> {
    /// The profile that acts.
    pub profile: &'a str,
    pub name: &'a str,
    /// `/`, or names between slashes.
    pub path: &'a str,
    /// What the user is for; may be empty.
    pub description: &'a str,
}

/// Makes a user, with its description as a tag. A caller who may make users and not tag them makes one without.
pub async fn create(app: &App, new: &NewUser<'_>) -> Result<wire::UserCreated, Problem> {
    check_name(new.name)?;
    check_path(new.path)?;
    check_description(new.description)?;
    let account = resolve::account_of(app, new.profile).await?;
    let caller = caller_of(account.as_ref(), new.profile).await?;
    let made = make(account.as_ref(), new)
        .await
        .map_err(|error| explain(&error, new.profile, new.name));
    app.refusals
        .note(app.now(), (new.profile, "iam:CreateUser", ""), &made);
    let (user, description_failure) = made?;
    Ok(wire::UserCreated {
        user: row(user, &caller),
        description_failure: description_failure
            .map(|error| explain(&error, new.profile, new.name).into()),
    })
}

async fn make(
    account: &dyn Account,
    new: &NewUser<'_>,
) -> Result<(IamUser, Option<CloudError>), CloudError> {
    let mut tags = Vec::new();
    if !new.description.is_empty() {
        tags.push((DESCRIPTION.to_owned(), new.description.to_owned()));
    }
    let with = |tags| cloud::NewUser {
        name: new.name,
        path: new.path,
        tags,
    };
    match account.create_user(with(&tags)).await {
        // IAM makes nothing when it may not tag (IAM User Guide, "Controlling access during AWS requests").
        Err(refusal) if refusal.kind == CloudErrorKind::AccessDenied && !tags.is_empty() => {
            let user = account.create_user(with(&[])).await?;
            Ok((user, Some(refusal)))
        }
        answer => Ok((answer?, None)),
    }
}

/// 1 to 64 characters of `[\w+=,.@-]` (IAM User Guide, "IAM and AWS STS quotas").
fn check_name(name: &str) -> Result<(), Problem> {
    let count = name.chars().count();
    let odd = name
        .chars()
        .find(|character| !(character.is_ascii_alphanumeric() || "_+=,.@-".contains(*character)));
    let message = match odd {
        Some(odd) => format!("IAM does not take {odd:?} in the name of a user."),
        None if name.is_empty() => "A user needs a name.".to_owned(),
        None if count > 64 => format!("{count} characters; the name of a user has at most 64."),
        None => return Ok(()),
    };
    Err(Problem::new(
        Code::UserName,
        message,
        "Use letters without accents, digits and + = , . @ _ -",
    ))
}

/// `/`, or up to 512 printable characters from one slash to the last (IAM API Reference, `CreateUser`).
fn check_path(path: &str) -> Result<(), Problem> {
    let is_printable = path.chars().all(|character| matches!(character, '!'..='~'));
    let is_between = path.starts_with('/') && path.ends_with('/');
    if is_printable && is_between && path.len() <= 512 {
        return Ok(());
    }
    Err(Problem::new(
        Code::UserName,
        format!("{path:?} is not a path of IAM's."),
        "Begin and end it with a slash: /team/",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths_are_iam_s() {
        for (name, is_right) in [
            ("ana", true),
            ("ana.b+c=d,e@f_g-h", true),
            (&"x".repeat(64), true),
            (&"x".repeat(65), false),
            ("", false),
            ("a b", false),
            ("Märta", false),
            ("a/b", false),
        ] {
            let checked = check_name(name).map_err(|problem| problem.code);
            assert_eq!(checked.is_ok(), is_right, "{name}");
        }
        for (path, is_right) in [
            ("/", true),
            ("/team/web/", true),
            ("team/", false),
            ("/team", false),
            ("", false),
            ("/a b/", false),
        ] {
            assert_eq!(check_path(path).is_ok(), is_right, "{path}");
        }
    }
}
