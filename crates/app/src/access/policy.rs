//! The policy that lets a program use one bucket, or one prefix of it, and nothing else.
//!
//! Sources: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3"; S3 User Guide,
//! "Multipart upload API and permissions" and "Bucket policy examples using condition keys"; IAM User Guide, "IAM policy
//! elements: Variables and tags".

use serde::Serialize;

/// What a program may do below its prefix.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allow {
    pub read: bool,
    pub write: bool,
    pub list: bool,
    pub delete: bool,
    /// Reading and listing extend to older versions of objects. Deleting them for ever is never allowed.
    pub versions: bool,
}

impl Allow {
    pub(crate) fn nothing(self) -> bool {
        !(self.read || self.write || self.list || self.delete)
    }
}

/// Where the permissions hold.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov` …
    pub partition: &'a str,
    pub bucket: &'a str,
    /// Object keys that begin with it; empty for the whole bucket.
    pub prefix: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    version: &'static str,
    statement: Vec<Statement>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    sid: &'static str,
    effect: &'static str,
    action: Vec<&'static str>,
    resource: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<Condition>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Condition {
    string_like: StringLike,
}

#[derive(Serialize)]
struct StringLike {
    #[serde(rename = "s3:prefix")]
    prefix: String,
}

/// The policy document, as JSON on several lines.
pub fn document(scope: &Scope<'_>, allow: Allow) -> String {
    let bucket = format!("arn:{}:s3:::{}", scope.partition, scope.bucket);
    let below = format!("{}*", literal(scope.prefix));
    let whole = scope.prefix.is_empty();
    let listing = listing(allow);
    // Older clients ask where the bucket is before they do anything else.
    let mut about_bucket = vec!["s3:GetBucketLocation"];
    if whole {
        about_bucket.extend(&listing);
        // S3 knows no condition that would narrow this one down to a prefix.
        if allow.write {
            about_bucket.push("s3:ListBucketMultipartUploads");
        }
    }
    let mut statements = vec![Statement {
        sid: "Bucket",
        effect: "Allow",
        action: about_bucket,
        resource: bucket.clone(),
        condition: None,
    }];
    if !whole && !listing.is_empty() {
        statements.push(Statement {
            sid: "List",
            effect: "Allow",
            action: listing,
            resource: bucket.clone(),
            condition: Some(Condition {
                string_like: StringLike {
                    prefix: below.clone(),
                },
            }),
        });
    }
    let action = objects(allow);
    if !action.is_empty() {
        statements.push(Statement {
            sid: "Objects",
            effect: "Allow",
            action,
            resource: format!("{bucket}/{below}"),
            condition: None,
        });
    }
    let policy = Policy {
        version: "2012-10-17",
        statement: statements,
    };
    serde_json::to_string_pretty(&policy).unwrap_or_default()
}

fn listing(allow: Allow) -> Vec<&'static str> {
    let mut actions = Vec::new();
    if allow.list {
        actions.push("s3:ListBucket");
        if allow.versions {
            actions.push("s3:ListBucketVersions");
        }
    }
    actions
}

fn objects(allow: Allow) -> Vec<&'static str> {
    let mut actions = Vec::new();
    if allow.read {
        actions.push("s3:GetObject");
        if allow.versions {
            actions.push("s3:GetObjectVersion");
        }
    }
    if allow.write {
        actions.extend([
            "s3:PutObject",
            "s3:AbortMultipartUpload",
            "s3:ListMultipartUploadParts",
        ]);
    }
    if allow.delete {
        actions.push("s3:DeleteObject");
    }
    actions
}

/// A prefix as patterns of policies write it: `*`, `?` and `$` would mean something else.
fn literal(prefix: &str) -> String {
    let mut written = String::with_capacity(prefix.len());
    for character in prefix.chars() {
        match character {
            '*' | '?' | '$' => written.extend(['$', '{', character, '}']),
            other => written.push(other),
        }
    }
    written
}

/// The partition of an ARN.
pub(crate) fn partition_of(arn: &str) -> Option<&str> {
    let mut parts = arn.split(':');
    (parts.next() == Some("arn")).then_some(())?;
    parts.next().filter(|partition| !partition.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Allow = Allow {
        read: true,
        write: false,
        list: false,
        delete: false,
        versions: false,
    };

    fn of(prefix: &str, allow: Allow) -> serde_json::Value {
        let scope = Scope {
            partition: "aws",
            bucket: "harbour-media",
            prefix,
        };
        serde_json::from_str(&document(&scope, allow)).unwrap()
    }

    /// Every action with its resource, and `?` where a condition narrows it.
    fn grants(policy: &serde_json::Value) -> Vec<String> {
        let statements = policy["Statement"].as_array().unwrap();
        let lines = statements.iter().flat_map(|statement| {
            let narrowed = statement["Condition"]["StringLike"]["s3:prefix"]
                .as_str()
                .map(|prefix| format!(" if {prefix}"))
                .unwrap_or_default();
            statement["Action"]
                .as_array()
                .unwrap()
                .iter()
                .map(move |action| {
                    let resource = statement["Resource"].as_str().unwrap();
                    let resource = resource.strip_prefix("arn:aws:s3:::").unwrap();
                    format!("{} {resource}{narrowed}", &action.as_str().unwrap()[3..])
                })
        });
        lines.collect()
    }

    #[test]
    fn each_tick_allows_its_actions_and_no_other() {
        let where_ = "GetBucketLocation harbour-media";
        let cases: &[(&str, Allow, &[&str])] = &[
            ("in/", READ, &[where_, "GetObject harbour-media/in/*"]),
            (
                "in/",
                Allow {
                    write: true,
                    ..Allow::default()
                },
                &[
                    where_,
                    "PutObject harbour-media/in/*",
                    "AbortMultipartUpload harbour-media/in/*",
                    "ListMultipartUploadParts harbour-media/in/*",
                ],
            ),
            (
                "in/",
                Allow {
                    list: true,
                    ..Allow::default()
                },
                &[where_, "ListBucket harbour-media if in/*"],
            ),
            (
                "in/",
                Allow {
                    delete: true,
                    ..Allow::default()
                },
                &[where_, "DeleteObject harbour-media/in/*"],
            ),
            (
                "in/",
                Allow {
                    list: true,
                    versions: true,
                    ..READ
                },
                &[
                    where_,
                    "ListBucket harbour-media if in/*",
                    "ListBucketVersions harbour-media if in/*",
                    "GetObject harbour-media/in/*",
                    "GetObjectVersion harbour-media/in/*",
                ],
            ),
            (
                "",
                Allow {
                    read: true,
                    write: true,
                    list: true,
                    delete: true,
                    versions: false,
                },
                &[
                    where_,
                    "ListBucket harbour-media",
                    "ListBucketMultipartUploads harbour-media",
                    "GetObject harbour-media/*",
                    "PutObject harbour-media/*",
                    "AbortMultipartUpload harbour-media/*",
                    "ListMultipartUploadParts harbour-media/*",
                    "DeleteObject harbour-media/*",
                ],
            ),
        ];
        for (prefix, allow, expected) in cases {
            assert_eq!(grants(&of(prefix, *allow)), *expected, "{prefix} {allow:?}");
        }
    }

    #[test]
    fn characters_that_patterns_read_otherwise_are_written_as_variables() {
        for (prefix, written) in [
            ("a*b/", "a${*}b/"),
            ("what?/", "what${?}/"),
            ("$HOME/", "${$}HOME/"),
            ("${x}/", "${$}{x}/"),
            ("\"quoted\"\\/", "\"quoted\"\\/"),
            ("фото/", "фото/"),
        ] {
            let policy = of(prefix, READ);
            let resource = policy["Statement"][1]["Resource"].as_str().unwrap();
            assert_eq!(
                resource,
                format!("arn:aws:s3:::harbour-media/{written}*"),
                "{prefix}"
            );
        }
    }

    #[test]
    fn the_partition_is_the_callers() {
        for (arn, expected) in [
            ("arn:aws-cn:iam::111122223333:user/ana", Some("aws-cn")),
            ("arn:aws-us-gov:sts::1:assumed-role/r/s", Some("aws-us-gov")),
            ("arn::iam::1:user/x", None),
            ("", None),
        ] {
            assert_eq!(partition_of(arn), expected, "{arn}");
        }
        let scope = Scope {
            partition: "aws-cn",
            bucket: "b-1",
            prefix: "",
        };
        assert!(document(&scope, READ).contains("arn:aws-cn:s3:::b-1/*"));
    }
}
