//! Whether IAM would take a policy, and whether it means what its writer thinks. Told by line, before anything is asked.
//!
//! Sources: IAM User Guide, "IAM JSON policy elements reference", "Grammar of the IAM JSON policy language" and "IAM and
//! AWS STS quotas".

use jsonc_parser::{
    CollectOptions, ParseOptions,
    ast::{Array, Object, ObjectProp, Value},
    common::{Range, Ranged},
    parse_to_ast,
};

use super::actions;

/// All inline policies of a user together, white space not counted.
pub const LONGEST: usize = 2_048;
/// One managed policy, which a person could attach instead.
const LONGEST_MANAGED: usize = 6_144;

/// Something about a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Counted from 1; none for the policy as a whole.
    pub line: Option<u32>,
    pub message: String,
    pub hint: String,
    /// IAM would refuse it. Others are told of, and can be meant.
    pub blocking: bool,
}

/// The characters that IAM counts.
pub fn length(document: &str) -> usize {
    document
        .chars()
        .filter(|character| !character.is_whitespace())
        .count()
}

/// The document as it is sent: IAM takes no character beyond Latin-1 (pattern of `policyDocumentType`), but takes
/// JSON's escapes. In valid JSON such characters are only in strings, where the escape means the same.
pub fn for_sending(document: &str) -> String {
    let mut sent = String::with_capacity(document.len());
    let mut units = [0; 2];
    for character in document.chars() {
        if character.is_ascii() {
            sent.push(character);
        } else {
            for unit in character.encode_utf16(&mut units) {
                sent.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    sent
}

/// Everything that is wrong or odd about a policy, in the order of its lines.
pub fn check(text: &str) -> Vec<Flaw> {
    let strict = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let mut report = Report {
        text,
        flaws: Vec::new(),
    };
    match parse_to_ast(text, &CollectOptions::default(), &strict) {
        Err(error) => {
            let before = &text[..error.range().start];
            let column = before.chars().rev().take_while(|one| *one != '\n').count() + 1;
            report.refuse(
                error.range(),
                format!("This is not JSON: {}.", error.kind()),
                format!("Look at column {column}."),
            );
        }
        Ok(parsed) => match parsed.value {
            Some(Value::Object(policy)) => report.policy(&policy),
            Some(other) => report.refuse(other.range(), "A policy is an object in braces.", ""),
            None => report.flaws.push(Flaw {
                line: None,
                message: "The policy is empty.".to_owned(),
                hint: "Take the one that Keywell made.".to_owned(),
                blocking: true,
            }),
        },
    }
    report.size();
    let mut flaws = report.flaws;
    flaws.sort_by_key(|flaw| flaw.line.unwrap_or(u32::MAX));
    flaws
}

struct Report<'t> {
    text: &'t str,
    flaws: Vec<Flaw>,
}

impl Report<'_> {
    fn add(&mut self, at: Range, message: String, hint: String, blocking: bool) {
        let lines = self.text[..at.start].bytes().filter(|byte| *byte == b'\n');
        self.flaws.push(Flaw {
            line: u32::try_from(lines.count() + 1).ok(),
            message,
            hint,
            blocking,
        });
    }

    fn refuse(&mut self, at: Range, message: impl Into<String>, hint: impl Into<String>) {
        self.add(at, message.into(), hint.into(), true);
    }

    fn warn(&mut self, at: Range, message: impl Into<String>, hint: impl Into<String>) {
        self.add(at, message.into(), hint.into(), false);
    }

    fn size(&mut self) {
        let length = length(&for_sending(self.text));
        if length <= LONGEST {
            return;
        }
        let hint = if length <= LONGEST_MANAGED {
            "Make it shorter: name folders instead of objects, use * in actions. Or attach it as a managed policy in the AWS console, which may have 6,144."
        } else {
            "Make it shorter: name folders instead of objects, use * in actions. A managed policy would be too small as well: it may have 6,144."
        };
        self.flaws.push(Flaw {
            line: None,
            message: format!(
                "The policy has {} characters, and IAM allows a user's own policies {} in all. White space is not counted.",
                grouped(length),
                grouped(LONGEST)
            ),
            hint: hint.to_owned(),
            blocking: true,
        });
    }

    /// Names that come twice: IAM refuses them, and other readers take the last one.
    fn names<'a, 'b>(&mut self, object: &'b Object<'a>, known: &[&str], what: &str) {
        for (place, property) in object.properties.iter().enumerate() {
            let name = property.name.as_str();
            if object.properties[..place]
                .iter()
                .any(|one| one.name.as_str() == name)
            {
                self.refuse(
                    property.range,
                    format!("{name} is there twice."),
                    "Leave one out.",
                );
            }
            if !known.contains(&name) {
                let hint = match name {
                    "Principal" | "NotPrincipal" => {
                        "A user's policy has none: it is about the user who has it.".to_owned()
                    }
                    _ => format!("{what} has: {}. Capitals count.", known.join(", ")),
                };
                self.refuse(property.range, format!("{what} has no {name}."), hint);
            }
        }
    }

    fn policy(&mut self, policy: &Object<'_>) {
        self.names(policy, &["Version", "Id", "Statement"], "A policy");
        match policy.get("Version") {
            None => self.warn(
                policy.range,
                "The policy names no Version, so AWS reads it by the rules of 2008, which know no variables.",
                "Add \"Version\": \"2012-10-17\".",
            ),
            Some(version) => {
                let text = version.value.as_string_lit().map(|text| text.value.as_ref());
                if !matches!(text, Some("2012-10-17" | "2008-10-17")) {
                    self.refuse(
                        version.range,
                        "Version is not a date of your own, but that of AWS's rules.",
                        "Write \"2012-10-17\".",
                    );
                }
            }
        }
        let Some(statement) = policy.get("Statement") else {
            return self.refuse(policy.range, "The policy has no Statement.", "");
        };
        match &statement.value {
            Value::Object(one) => self.statement(one),
            Value::Array(array) if !array.elements.is_empty() => self.statements(array),
            other => self.refuse(
                other.range(),
                "Statement is an object or a list of them.",
                "",
            ),
        }
    }

    fn statements(&mut self, array: &Array<'_>) {
        let mut seen: Vec<&str> = Vec::new();
        for element in &array.elements {
            let Value::Object(statement) = element else {
                self.refuse(element.range(), "A statement is an object in braces.", "");
                continue;
            };
            if let Some(sid) = statement.get_string("Sid") {
                if seen.contains(&sid.value.as_ref()) {
                    self.refuse(
                        sid.range,
                        format!("Two statements have the Sid {}.", sid.value),
                        "Give one another name, or none.",
                    );
                }
                seen.push(sid.value.as_ref());
            }
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Object<'_>) {
        const KNOWN: &[&str] = &[
            "Sid",
            "Effect",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ];
        self.names(statement, KNOWN, "A statement");
        if let Some(sid) = statement.get("Sid") {
            let plain = sid
                .value
                .as_string_lit()
                .is_some_and(|text| text.value.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            if !plain {
                self.refuse(sid.range, "Sid takes letters and digits only.", "");
            }
        }
        let effect = statement
            .get_string("Effect")
            .map(|text| text.value.as_ref());
        if !matches!(effect, Some("Allow" | "Deny")) {
            let at = statement
                .get("Effect")
                .map_or(statement.range, |effect| effect.range);
            self.refuse(at, "Effect is \"Allow\" or \"Deny\".", "Capitals count.");
        }
        let allows = effect == Some("Allow");
        if let Some(action) = self.one_of(statement, "Action", "NotAction") {
            self.texts(action, |report, at, text| report.action(at, text, allows));
            if allows && action.name.as_str() == "NotAction" {
                self.warn(
                    action.range,
                    "NotAction with Allow allows everything else that AWS has.",
                    "Name what is allowed with Action.",
                );
            }
        }
        if let Some(resource) = self.one_of(statement, "Resource", "NotResource") {
            self.texts(resource, |report, at, text| {
                report.resource(at, text, allows)
            });
        }
        if let Some(condition) = statement.get("Condition") {
            self.condition(condition);
        }
    }

    fn one_of<'a, 'b>(
        &mut self,
        statement: &'b Object<'a>,
        name: &str,
        not: &str,
    ) -> Option<&'b ObjectProp<'a>> {
        match (statement.get(name), statement.get(not)) {
            (None, None) => {
                self.refuse(statement.range, format!("A statement needs {name}."), "");
                None
            }
            (Some(_), Some(second)) => {
                self.refuse(
                    second.range,
                    format!("{name} and {not} exclude each other."),
                    "Leave one out.",
                );
                None
            }
            (one, other) => one.or(other),
        }
    }

    /// A text or a list of texts.
    fn texts(&mut self, property: &ObjectProp<'_>, each: impl Fn(&mut Self, Range, &str)) {
        let name = property.name.as_str();
        let values = match &property.value {
            Value::Array(array) if !array.elements.is_empty() => array.elements.iter().collect(),
            Value::Array(array) => {
                return self.refuse(array.range, format!("{name} is an empty list."), "");
            }
            one => vec![one],
        };
        for value in values {
            match value {
                Value::StringLit(text) => each(self, text.range, &text.value),
                other => self.refuse(
                    other.range(),
                    format!("{name} is a text in quotes, or a list of them."),
                    "",
                ),
            }
        }
    }

    fn action(&mut self, at: Range, text: &str, allows: bool) {
        if text == "*" {
            if allows {
                self.warn(
                    at,
                    "* allows everything in the account.",
                    "Name the actions.",
                );
            }
            return;
        }
        let Some((service, action)) = text.split_once(':') else {
            return self.refuse(
                at,
                format!("{text:?} is not an action."),
                "Write the service, a colon and the action: s3:GetObject",
            );
        };
        let service_is_plain = !service.is_empty()
            && service
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let action_is_plain = !action.is_empty()
            && action
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'*' || byte == b'?');
        if !service_is_plain || !action_is_plain {
            return self.refuse(
                at,
                format!("{text:?} is not an action."),
                "Write it like s3:GetObject",
            );
        }
        if !service.eq_ignore_ascii_case("s3") {
            if allows {
                self.warn(
                    at,
                    format!("{text} is not about buckets."),
                    "Leave it out, unless the program needs it.",
                );
            }
            return;
        }
        if action == "*" && allows {
            self.warn(
                at,
                "s3:* allows everything with the bucket, also to make it public and to delete it.",
                "Name the actions.",
            );
        }
        if !actions::S3.iter().any(|known| covers(action, known)) {
            let hint = nearest(action).map_or_else(
                || "Check the name: AWS takes it silently, and it allows nothing.".to_owned(),
                |near| {
                    format!("Did you mean s3:{near}? AWS takes it silently, and it allows nothing.")
                },
            );
            self.warn(
                at,
                format!("S3 has no action {action}, as far as Keywell knows."),
                hint,
            );
        }
    }

    fn resource(&mut self, at: Range, text: &str, allows: bool) {
        if text == "*" {
            if allows {
                self.warn(
                    at,
                    "* means every bucket of the account.",
                    "Name the bucket.",
                );
            }
            return;
        }
        if !text.starts_with("arn:") || text.split(':').count() < 6 {
            self.refuse(
                at,
                format!("{text:?} is not an ARN."),
                "Write it like arn:aws:s3:::BUCKET/PREFIX*",
            );
        }
    }

    fn condition(&mut self, condition: &ObjectProp<'_>) {
        let Value::Object(operators) = &condition.value else {
            return self.refuse(condition.range, "Condition is an object of operators.", "");
        };
        for operator in &operators.properties {
            let Value::Object(keys) = &operator.value else {
                self.refuse(
                    operator.range,
                    format!("{} holds condition keys in braces.", operator.name.as_str()),
                    "Write it like \"StringLike\": { \"s3:prefix\": \"in/*\" }",
                );
                continue;
            };
            for key in &keys.properties {
                if !key.name.as_str().contains(':') {
                    self.refuse(
                        key.range,
                        format!("{:?} is not a condition key.", key.name.as_str()),
                        "Write it like s3:prefix or aws:SourceIp",
                    );
                }
            }
        }
    }
}

/// Whether a pattern with `*` and `?` covers a name; both without regard to case.
fn covers(pattern: &str, name: &str) -> bool {
    fn rest(pattern: &[u8], name: &[u8]) -> bool {
        match pattern.split_first() {
            None => name.is_empty(),
            Some((b'*', after)) => (0..=name.len()).any(|taken| rest(after, &name[taken..])),
            Some((b'?', after)) => !name.is_empty() && rest(after, &name[1..]),
            Some((byte, after)) => name
                .split_first()
                .is_some_and(|(first, name)| first.eq_ignore_ascii_case(byte) && rest(after, name)),
        }
    }
    // More than a few `*` in a row of 40 characters are nobody's wish, and would take their time.
    pattern.bytes().filter(|byte| *byte == b'*').count() <= 4
        && rest(pattern.as_bytes(), name.as_bytes())
}

/// The known action that a name is most like.
fn nearest(action: &str) -> Option<&'static str> {
    let likeness = |known: &&str| {
        let (one, other) = (action.to_ascii_lowercase(), known.to_ascii_lowercase());
        similar::TextDiff::from_chars(one.as_str(), other.as_str()).ratio()
    };
    actions::S3
        .iter()
        .map(|known| (likeness(known), *known))
        .filter(|(ratio, _)| *ratio > 0.8)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, known)| known)
}

/// A number with a comma after each thousand.
fn grouped(number: usize) -> String {
    if number < 1_000 {
        number.to_string()
    } else {
        format!("{},{:03}", grouped(number / 1_000), number % 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::policy::{Allow, Scope, document};

    fn told(text: &str) -> Vec<(Option<u32>, bool, String)> {
        check(text)
            .into_iter()
            .map(|flaw| (flaw.line, flaw.blocking, flaw.message))
            .collect()
    }

    fn with(statement: &str) -> String {
        format!("{{\n\"Version\":\"2012-10-17\",\n\"Statement\":[\n{statement}\n]}}")
    }

    #[test]
    fn what_keywell_makes_has_no_flaw() {
        let all = Allow {
            read: true,
            write: true,
            list: true,
            delete: true,
            versions: true,
        };
        for prefix in ["", "in/", "a*b?$/", "фото/\"x\"/"] {
            let scope = Scope {
                partition: "aws-us-gov",
                bucket: "harbour-media",
                prefix,
            };
            let text = document(&scope, all);
            assert_eq!(told(&text), [], "{text}");
            assert!(for_sending(&text).is_ascii());
            let same: serde_json::Value = serde_json::from_str(&for_sending(&text)).unwrap();
            assert_eq!(
                same,
                serde_json::from_str::<serde_json::Value>(&text).unwrap()
            );
        }
    }

    #[test]
    fn what_iam_would_refuse_is_told_with_its_line() {
        let good = r#""Resource":"arn:aws:s3:::b/*""#;
        let cases: &[(String, u32, &str)] = &[
            ("{\n\"Version\": \"2012-10-17\",\n}".into(), 2, "not JSON"),
            ("{\n// why\n}".into(), 2, "not JSON"),
            ("{\"a\": 'b'}".into(), 1, "not JSON"),
            ("\r\0".into(), 1, "not JSON"),
            ("[1]".into(), 1, "object in braces"),
            (with(r#"{"Effect":"allow","Action":"s3:GetObject","Resource":"*"}"#), 4, "Effect is"),
            (with(&format!(r#"{{"Effect":"Allow",{good}}}"#)), 4, "needs Action"),
            (with(r#"{"Effect":"Allow","Action":"s3:GetObject"}"#), 4, "needs Resource"),
            (with(&format!("{{\"Effect\":\"Allow\",\n\"Action\":[],{good}}}")), 5, "empty list"),
            (with(&format!("{{\"Effect\":\"Allow\",\n\"Action\":7,{good}}}")), 5, "text in quotes"),
            (with(&format!("{{\"Effect\":\"Allow\",\"Action\":\n\"GetObject\",{good}}}")), 5, "not an action"),
            (with(&format!("{{\"Effect\":\"Allow\",\"Action\":\n\"s3:Get Object\",{good}}}")), 5, "not an action"),
            (with("{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\n\"Resource\":\"my-bucket\"}"), 5, "not an ARN"),
            (with(&format!("{{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",{good},\n\"Principal\":\"*\"}}")), 5, "has no Principal"),
            (with(&format!("{{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",{good},\n\"Effect\":\"Deny\"}}")), 5, "twice"),
            (with(&format!("{{\"Sid\":\"my sid\",\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",{good}}}")), 4, "Sid takes"),
            (with(&format!("{{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",{good},\n\"Condition\":{{\"StringLike\":\"x\"}}}}")), 5, "condition keys"),
            ("{\n\"Version\":\"2026-01-01\",\n\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/*\"}}".into(), 2, "Version"),
            ("{\n\"Version\":\"2012-10-17\",\"Statement\":[]}".into(), 2, "Statement is"),
            ("{\n\"Version\":\"2012-10-17\"}".into(), 1, "no Statement"),
        ];
        for (text, line, message) in cases {
            let told = told(text);
            assert!(
                told.iter().any(|(at, blocking, said)| *at == Some(*line)
                    && *blocking
                    && said.contains(message)),
                "{text}\n{told:?}"
            );
        }
        assert!(check("").iter().any(|flaw| flaw.blocking));
    }

    #[test]
    fn what_aws_would_take_silently_is_told_and_not_refused() {
        for (action, resource, message, hint) in [
            (
                "s3:GetObjects",
                "arn:aws:s3:::b/*",
                "no action GetObjects",
                "s3:GetObject?",
            ),
            (
                "s3:listbuckets",
                "arn:aws:s3:::b",
                "no action listbuckets",
                "s3:ListBucket?",
            ),
            (
                "s3:Frobnicate",
                "arn:aws:s3:::b",
                "no action Frobnicate",
                "silently",
            ),
            ("s3:*", "arn:aws:s3:::b", "s3:* allows", "Name"),
            ("*", "arn:aws:s3:::b", "everything", "Name"),
            (
                "iam:ListUsers",
                "arn:aws:s3:::b",
                "not about buckets",
                "Leave",
            ),
            ("s3:GetObject", "*", "every bucket", "Name"),
        ] {
            let text = with(&format!(
                r#"{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}"#
            ));
            let flaws = check(&text);
            assert_eq!(flaws.len(), 1, "{action}: {flaws:?}");
            assert!(
                !flaws[0].blocking && flaws[0].message.contains(message),
                "{flaws:?}"
            );
            assert!(flaws[0].hint.contains(hint), "{flaws:?}");
        }
        for action in ["s3:Get*", "S3:getobject", "s3:Put?bject", "s3:*Object*"] {
            let text = with(&format!(
                r#"{{"Effect":"Allow","Action":"{action}","Resource":"arn:aws:s3:::b/*"}}"#
            ));
            assert_eq!(told(&text), [], "{action}");
        }
    }

    #[test]
    fn a_policy_of_7000_characters_is_refused_with_what_to_do() {
        let resources = |count: usize| {
            let names: Vec<String> = (0..count)
                .map(|number| format!("\"arn:aws:s3:::harbour-media/customer-{number:08}/*\""))
                .collect();
            with(&format!(
                r#"{{"Effect":"Allow","Action":"s3:GetObject","Resource":[{}]}}"#,
                names.join(",\n  ")
            ))
        };
        let long = check(&resources(140));
        assert!(length(&resources(140)) > 6_900);
        assert_eq!(long.len(), 1, "{long:?}");
        assert!(long[0].blocking && long[0].line.is_none());
        assert!(long[0].message.contains("2,048"), "{long:?}");
        assert!(long[0].hint.contains("too small as well"), "{long:?}");
        assert!(
            check(&resources(60))[0]
                .hint
                .contains("as a managed policy")
        );
        // White space is free.
        assert_eq!(
            told(&resources(30).replace(",\n", &format!(",\n{}", " ".repeat(500)))),
            []
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_check_panic(text in ".{0,200}") {
            check(&text);
        }

        #[test]
        fn what_passes_is_json(text in "[\\[\\]{}\",:a-zA-Z0-9 \n]{0,60}") {
            if check(&text).iter().all(|flaw| !flaw.blocking) {
                assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
            }
        }
    }
}
