//! What is to be made, checked before anything is asked of AWS.

use keywell_wire as wire;

use super::{
    Allow, check,
    policy::{self, Scope},
};
use crate::{
    App, buckets, index,
    problem::{Code, Problem},
    profiles, regions, resolve,
};

/// Object keys have at most 1,024 bytes (S3 User Guide, "Naming Amazon S3 objects"); the proof adds some.
const LONGEST_PREFIX: usize = 900;

/// IAM User Guide, "IAM and AWS STS quotas": 1 to 64 characters of `[\w+=,.@-]`.
pub(super) fn check_user(user: &str) -> Result<(), Problem> {
    let problem = |message: String| {
        Problem::new(
            Code::UserName,
            message,
            "Use 1 to 64 letters, digits and _ + = , . @ - without blanks.",
        )
    };
    if user.is_empty() {
        return Err(problem("The user has no name.".to_owned()));
    }
    if user.len() > 64 {
        return Err(problem(format!(
            "A user's name has at most 64 characters, this one has {}.",
            user.chars().count()
        )));
    }
    let odd = user
        .chars()
        .find(|one| !(one.is_ascii_alphanumeric() || "_+=,.@-".contains(*one)));
    match odd {
        Some(odd) => Err(problem(format!("A user's name has no {odd:?}."))),
        None => Ok(()),
    }
}

pub(super) fn check_prefix(prefix: &str) -> Result<(), Problem> {
    let problem = |message: &str, hint: &str| Err(Problem::new(Code::AccessPrefix, message, hint));
    if prefix.starts_with('/') {
        return problem(
            "The prefix begins with /, and object keys hardly ever do.",
            "Leave the first / out: in/ and not /in/",
        );
    }
    if prefix.contains("s3://") {
        return problem(
            "The prefix is what comes after the bucket's name.",
            "Write in/ and not s3://BUCKET/in/",
        );
    }
    if prefix.len() > LONGEST_PREFIX {
        return problem(
            "The prefix is too long for object keys to follow it.",
            "Use at most 900 bytes.",
        );
    }
    if prefix.chars().any(char::is_control) {
        return problem(
            "The prefix holds a control character.",
            "Type it again: it may have come along when it was copied.",
        );
    }
    Ok(())
}

pub(super) fn check_allow(allow: Allow) -> Result<(), Problem> {
    if allow.nothing() {
        return Err(Problem::new(
            Code::AccessNothing,
            "Nothing is allowed, so the program could do nothing.",
            "Choose at least one of read, write, list and delete.",
        ));
    }
    Ok(())
}

pub(super) fn check_profile(app: &App, profile: &str) -> Result<(), Problem> {
    profiles::check_name(profile)?;
    if profiles::exists(app, profile)? {
        return Err(profiles::exists_already(profile));
    }
    Ok(())
}

/// Refuses what is certain to fail. The profile may be one that an earlier run left, so that comes later.
pub(super) fn check_all(plan: &wire::AccessPlan) -> Result<(), Problem> {
    buckets::check_name(&plan.bucket)?;
    if let Some(region) = &plan.new_bucket_region {
        regions::check_region(region)?;
    }
    check_prefix(&plan.prefix)?;
    check_allow((&plan.allow).into())?;
    check_user(&plan.user)?;
    profiles::check_name(&plan.profile)?;
    plan.policy.as_deref().map_or(Ok(()), check_policy)
}

/// The first thing for which IAM would refuse the policy.
pub(super) fn check_policy(text: &str) -> Result<(), Problem> {
    let Some(flaw) = check::check(text).into_iter().find(|flaw| flaw.blocking) else {
        return Ok(());
    };
    let code = if flaw.line.is_none() && check::length(&check::for_sending(text)) > check::LONGEST {
        Code::PolicyTooLong
    } else {
        Code::PolicyForm
    };
    let message = match flaw.line {
        Some(line) => format!("Line {line} of the policy: {}", flaw.message),
        None => flaw.message,
    };
    Err(Problem::new(code, message, flaw.hint))
}

/// The policy of a plan: as edited, or as made.
pub(super) fn document(plan: &wire::AccessPlan, partition: &str) -> String {
    plan.policy.clone().unwrap_or_else(|| made(plan, partition))
}

fn made(plan: &wire::AccessPlan, partition: &str) -> String {
    let scope = Scope {
        partition,
        bucket: &plan.bucket,
        prefix: &plan.prefix,
    };
    policy::document(&scope, (&plan.allow).into())
}

/// The policy and all that is wrong with a plan. AWS is asked only where the partition is not known yet.
pub async fn preview(app: &App, plan: &wire::AccessPlan) -> Result<wire::AccessPreview, Problem> {
    let made = made(plan, &partition(app, &plan.using).await?);
    let judged = plan.policy.as_deref().unwrap_or(&made);
    let failure = |checked: Result<(), Problem>| checked.err().map(Into::into);
    let bucket = buckets::check_name(&plan.bucket).and_then(|()| {
        plan.new_bucket_region
            .as_deref()
            .map_or(Ok(()), regions::check_region)
    });
    Ok(wire::AccessPreview {
        flaws: check::check(judged)
            .into_iter()
            .map(|flaw| wire::PolicyFlaw {
                line: flaw.line,
                message: flaw.message,
                hint: flaw.hint,
                blocking: flaw.blocking,
            })
            .collect(),
        length: u32::try_from(check::length(&check::for_sending(judged))).unwrap_or(u32::MAX),
        limit: u32::try_from(check::LONGEST).unwrap_or(u32::MAX),
        bucket_problem: failure(bucket),
        prefix_problem: failure(check_prefix(&plan.prefix)),
        allow_problem: failure(check_allow((&plan.allow).into())),
        user_problem: failure(check_user(&plan.user)),
        profile_problem: failure(check_profile(app, &plan.profile)),
        notes: notes(plan),
        policy: made,
    })
}

fn notes(plan: &wire::AccessPlan) -> Vec<String> {
    let mut notes = Vec::new();
    let prefix = &plan.prefix;
    if !prefix.is_empty() && !prefix.ends_with('/') {
        notes.push(format!(
            "Without a / at its end, the prefix {prefix} also covers names like {prefix}-old/."
        ));
    }
    if plan.allow.read && !plan.allow.list {
        notes.push(
            "Without list, an object that is missing looks to the program like one that is denied (403)."
                .to_owned(),
        );
    }
    if plan.allow.write && !plan.allow.delete {
        notes.push(
            "Without delete, the program can still replace what is there by writing it again."
                .to_owned(),
        );
    }
    notes
}

/// The partition of the account that a profile acts in, as its last test found it, or else asked now.
async fn partition(app: &App, using: &str) -> Result<String, Problem> {
    let tested = index::entry(&app.places, using)?
        .and_then(|entry| entry.tested)
        .and_then(|tested| tested.arn);
    let arn = match tested {
        Some(arn) => arn,
        None => {
            let account = resolve::account_of(app, using).await?;
            let answer = account.identity().await;
            answer
                .map_err(|error| Problem::from_cloud(&error, &Default::default()))?
                .identity
                .arn
        }
    };
    Ok(partition_or_usual(&arn))
}

/// Servers of another make tell ARNs of their own.
pub(super) fn partition_or_usual(arn: &str) -> String {
    policy::partition_of(arn).unwrap_or("aws").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_prefixes_that_aws_or_a_person_would_trip_over_are_refused() {
        for user in ["backup", "Ana.B+c=d,e@f_g-1", &"a".repeat(64)] {
            assert_eq!(check_user(user), Ok(()), "{user}");
        }
        for user in ["", "a b", "ä", "a/b", "a:b", &"a".repeat(65)] {
            assert_eq!(check_user(user).unwrap_err().code, Code::UserName, "{user}");
        }
        for prefix in ["", "in/", "a b*?$/", "фото/"] {
            assert_eq!(check_prefix(prefix), Ok(()), "{prefix}");
        }
        for prefix in ["/in/", "s3://b/in", "a\nb", &"a".repeat(901)] {
            assert_eq!(
                check_prefix(prefix).unwrap_err().code,
                Code::AccessPrefix,
                "{prefix}"
            );
        }
    }
}
