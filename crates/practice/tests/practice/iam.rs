use crate::client::{Client, Fixture, call};

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn a_third_key_exceeds_the_quota() {
    let fixture = Fixture::start().await;
    fixture.user("bob", None).await;
    fixture.admin.new_key("bob").await;
    let third = fixture
        .admin
        .iam(&[("Action", "CreateAccessKey"), ("UserName", "bob")])
        .await;
    assert_eq!(third.refusal(), refused(409, "LimitExceeded"));
    assert_eq!(
        third.element("Message"),
        "Cannot exceed quota for AccessKeysPerUser: 2"
    );
}

#[tokio::test]
async fn a_user_without_a_policy_is_denied_everything_but_who_it_is() {
    let fixture = Fixture::start().await;
    fixture.admin.put("/pictures", "").await.ok();
    let bob = fixture.user("bob", None).await;
    bob.identity().await.ok();
    let info = [
        ("Action", "GetAccessKeyInfo"),
        ("AccessKeyId", bob.key_id.as_str()),
    ];
    let info = bob.query("sts", "2011-06-15", &info).await.ok();
    assert_eq!(info.element("Account"), fixture.practice.account_id());
    for answer in [
        bob.get("/").await,
        bob.get("/pictures/cat").await,
        bob.put("/bobs-own", "").await,
        bob.iam(&[("Action", "ListUsers")]).await,
        bob.iam(&[("Action", "ListAccessKeys")]).await,
    ] {
        assert_eq!(answer.refusal(), refused(403, "AccessDenied"));
    }
    let message = bob
        .iam(&[("Action", "ListAccessKeys")])
        .await
        .element("Message");
    let arn = format!("arn:aws:iam::{}:user/bob", fixture.practice.account_id());
    assert_eq!(
        message,
        format!(
            "User: {arn} is not authorized to perform: iam:ListAccessKeys on resource: {arn} because no identity-based policy allows the iam:ListAccessKeys action"
        )
    );
}

#[tokio::test]
async fn policies_allow_by_wildcard_and_deny_explicitly() {
    let fixture = Fixture::start().await;
    fixture.admin.put("/pictures", "").await.ok();
    fixture.admin.put("/pictures/open/a", "a").await.ok();
    fixture.admin.put("/pictures/secret/b", "b").await.ok();
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":["s3:Get*","s3:PutObject","s3:DeleteObject"],"Resource":"arn:aws:s3:::pictures/*"},
        {"Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::pictures/secret/?"}]}"#;
    let bob = fixture.user("bob", Some(policy)).await;
    bob.get("/pictures/open/a").await.ok();
    bob.put("/pictures/open/c", "c").await.ok();
    assert_eq!(
        bob.get("/pictures/secret/b").await.refusal(),
        refused(403, "AccessDenied")
    );
    assert_eq!(
        bob.get("/pictures").await.refusal(),
        refused(403, "AccessDenied")
    );
    // Who may not list must not learn whether a key exists.
    assert_eq!(
        bob.get("/pictures/open/missing").await.refusal(),
        refused(403, "AccessDenied")
    );
    let copy = call("PUT", "/pictures/open/d").header("x-amz-copy-source", "/pictures/secret/b");
    assert_eq!(bob.s3(copy).await.refusal(), refused(403, "AccessDenied"));
    let batch = call("POST", "/pictures?delete").body(
        "<Delete><Object><Key>open/a</Key></Object><Object><Key>secret/b</Key></Object></Delete>",
    );
    let batch = bob.s3(batch).await.ok();
    assert_eq!(batch.elements("Key"), ["open/a", "secret/b"]);
    assert_eq!(batch.element("Code"), "AccessDenied");
    fixture.admin.get("/pictures/secret/b").await.ok();
}

#[tokio::test]
async fn listing_buckets_is_allowed_by_either_form_of_its_resource() {
    let fixture = Fixture::start().await;
    for (name, resource) in [("ann", "*"), ("bob", "arn:aws:s3:::*")] {
        let policy = format!(
            r#"{{"Statement":{{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"{resource}"}}}}"#
        );
        let user = fixture.user(name, Some(&policy)).await;
        user.get("/").await.ok();
    }
}

#[tokio::test]
async fn the_last_use_of_a_key_is_recorded() {
    let fixture = Fixture::start().await;
    let bob = fixture.user("bob", None).await;
    let last_use = async || {
        let parameters = [
            ("Action", "GetAccessKeyLastUsed"),
            ("AccessKeyId", bob.key_id.as_str()),
        ];
        let answer = fixture.admin.iam(&parameters).await.ok();
        let texts = ["UserName", "ServiceName", "Region"].map(|name| answer.element(name));
        (texts.join(" "), answer.element("LastUsedDate").len())
    };
    assert_eq!(last_use().await, ("bob N/A N/A".to_owned(), 0));
    bob.identity().await.ok();
    assert_eq!(last_use().await, ("bob sts us-east-1".to_owned(), 20));
    let elsewhere = Client {
        region: "eu-west-1".to_owned(),
        ..bob.clone()
    };
    elsewhere.get("/").await;
    assert_eq!(last_use().await, ("bob s3 eu-west-1".to_owned(), 20));
    let wrong = Client {
        secret: "wrong".to_owned(),
        ..bob.clone()
    };
    wrong.identity().await;
    assert_eq!(last_use().await.0, "bob s3 eu-west-1");
}

#[tokio::test]
async fn users_are_listed_page_by_page() {
    let fixture = Fixture::start().await;
    for number in 0..5 {
        let name = format!("user{number}");
        fixture
            .admin
            .iam(&[("Action", "CreateUser"), ("UserName", &name)])
            .await
            .ok();
    }
    let mut names = Vec::new();
    let mut marker = String::new();
    loop {
        let mut parameters = vec![("Action", "ListUsers"), ("MaxItems", "4")];
        if !marker.is_empty() {
            parameters.push(("Marker", &marker));
        }
        let page = fixture.admin.iam(&parameters).await.ok();
        names.push(page.elements("UserName"));
        if page.element("IsTruncated") == "false" {
            break;
        }
        marker = page.element("Marker");
    }
    assert_eq!(
        names,
        [
            vec!["admin", "user0", "user1", "user2"],
            vec!["user3", "user4"]
        ]
    );
}

#[tokio::test]
async fn tags_of_a_user_are_set_listed_and_removed() {
    let fixture = Fixture::start().await;
    let bob = fixture.user("bob", None).await;
    let tag = [
        ("Action", "TagUser"),
        ("UserName", "bob"),
        ("Tags.member.1.Key", bob.key_id.as_str()),
        ("Tags.member.1.Value", "Laptop of Bob @ home"),
        ("Tags.member.2.Key", "team"),
        ("Tags.member.2.Value", ""),
    ];
    fixture.admin.iam(&tag).await.ok();
    let list = [("Action", "ListUserTags"), ("UserName", "bob")];
    let tags = fixture.admin.iam(&list).await.ok();
    assert_eq!(tags.elements("Value"), ["Laptop of Bob @ home", ""]);
    let untag = [
        ("Action", "UntagUser"),
        ("UserName", "bob"),
        ("TagKeys.member.1", "TEAM"),
    ];
    fixture.admin.iam(&untag).await.ok();
    let tags = fixture.admin.iam(&list).await.ok();
    assert_eq!(tags.elements("Key"), [bob.key_id]);
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_with_iams_codes() {
    let fixture = Fixture::start().await;
    fixture
        .user(
            "bob",
            Some(r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#),
        )
        .await;
    type Case<'a> = (&'a [(&'a str, &'a str)], u16, &'a str);
    let cases: &[Case<'_>] = &[
        (
            &[("Action", "GetUser"), ("UserName", "nobody")],
            404,
            "NoSuchEntity",
        ),
        (
            &[("Action", "CreateUser"), ("UserName", "BOB")],
            409,
            "EntityAlreadyExists",
        ),
        (
            &[("Action", "CreateUser"), ("UserName", "b ob")],
            400,
            "ValidationError",
        ),
        (&[("Action", "CreateUser")], 400, "ValidationError"),
        (
            &[("Action", "DeleteUser"), ("UserName", "bob")],
            409,
            "DeleteConflict",
        ),
        (
            &[("Action", "ListUsers"), ("MaxItems", "0")],
            400,
            "ValidationError",
        ),
        (
            &[("Action", "ListUsers"), ("Marker", "!")],
            400,
            "ValidationError",
        ),
        (
            &[
                ("Action", "UpdateAccessKey"),
                ("UserName", "bob"),
                ("AccessKeyId", "AKIAIOSFODNN7EXAMPLE"),
                ("Status", "Inactive"),
            ],
            404,
            "NoSuchEntity",
        ),
        (
            &[
                ("Action", "PutUserPolicy"),
                ("UserName", "bob"),
                ("PolicyName", "p"),
                ("PolicyDocument", "{"),
            ],
            400,
            "MalformedPolicyDocument",
        ),
        (
            &[
                ("Action", "GetUserPolicy"),
                ("UserName", "bob"),
                ("PolicyName", "p"),
            ],
            404,
            "NoSuchEntity",
        ),
        (&[("Action", "ListGroups")], 501, "NotImplemented"),
    ];
    for (parameters, status, code) in cases {
        let answer = fixture.admin.iam(parameters).await;
        assert_eq!(answer.refusal(), refused(*status, code), "{parameters:?}");
    }
    let roles = fixture.admin.iam(&[("Action", "ListGroups")]).await;
    assert!(roles.element("Message").contains("iam:ListGroups"));
}

#[tokio::test]
async fn a_user_goes_once_keys_and_policies_are_gone() {
    let fixture = Fixture::start().await;
    let bob = fixture
        .user(
            "bob",
            Some(r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#),
        )
        .await;
    let run = async |parameters: &[(&str, &str)]| {
        fixture.admin.iam(parameters).await.ok();
    };
    run(&[
        ("Action", "DeleteAccessKey"),
        ("UserName", "bob"),
        ("AccessKeyId", &bob.key_id),
    ])
    .await;
    let names = fixture
        .admin
        .iam(&[("Action", "ListUserPolicies"), ("UserName", "bob")])
        .await
        .ok();
    assert_eq!(names.elements("member"), ["inline"]);
    run(&[
        ("Action", "DeleteUserPolicy"),
        ("UserName", "bob"),
        ("PolicyName", "inline"),
    ])
    .await;
    run(&[("Action", "DeleteUser"), ("UserName", "bob")]).await;
    let gone = fixture
        .admin
        .iam(&[("Action", "GetUser"), ("UserName", "bob")])
        .await;
    assert_eq!(gone.refusal(), refused(404, "NoSuchEntity"));
}

#[tokio::test]
async fn actions_without_a_user_name_are_about_the_caller() {
    let fixture = Fixture::start().await;
    let user = fixture.admin.iam(&[("Action", "GetUser")]).await.ok();
    assert_eq!(user.element("UserName"), "admin");
    let keys = fixture
        .admin
        .iam(&[("Action", "ListAccessKeys")])
        .await
        .ok();
    assert_eq!(
        keys.elements("AccessKeyId"),
        std::slice::from_ref(&fixture.admin.key_id)
    );
    assert!(!keys.text().contains(&fixture.admin.secret));
}

#[tokio::test]
async fn the_account_has_one_alias_which_only_those_who_may_can_see() {
    let fixture = Fixture::start().await;
    let list = [("Action", "ListAccountAliases")];
    assert!(
        !fixture
            .admin
            .iam(&list)
            .await
            .ok()
            .text()
            .contains("<member>")
    );
    for odd in ["ab", "Upper", "-x-", "a--b", "ä-b-c"] {
        let call = [("Action", "CreateAccountAlias"), ("AccountAlias", odd)];
        assert_eq!(
            fixture.admin.iam(&call).await.refusal(),
            refused(400, "ValidationError"),
            "{odd}"
        );
    }
    for alias in ["harbour", "harbour-2"] {
        let call = [("Action", "CreateAccountAlias"), ("AccountAlias", alias)];
        fixture.admin.iam(&call).await.ok();
    }
    assert_eq!(
        fixture.admin.iam(&list).await.ok().element("member"),
        "harbour-2"
    );
    let bob = fixture.user("bob", None).await;
    assert_eq!(bob.iam(&list).await.refusal(), refused(403, "AccessDenied"));
    let delete = |alias| [("Action", "DeleteAccountAlias"), ("AccountAlias", alias)];
    assert_eq!(
        fixture.admin.iam(&delete("harbour")).await.refusal(),
        refused(404, "NoSuchEntity")
    );
    fixture.admin.iam(&delete("harbour-2")).await.ok();
}

#[tokio::test]
async fn asking_for_mfa_devices_needs_permission() {
    let fixture = Fixture::start().await;
    let bob = fixture.user("bob", None).await;
    let own = [("Action", "ListMFADevices")];
    assert_eq!(bob.iam(&own).await.refusal(), refused(403, "AccessDenied"));
    fixture.admin.iam(&own).await.ok();
    let nobody = [("Action", "ListMFADevices"), ("UserName", "nobody")];
    assert_eq!(
        fixture.admin.iam(&nobody).await.refusal(),
        refused(404, "NoSuchEntity")
    );
}

#[tokio::test]
async fn a_simulation_says_what_policies_allow_and_does_nothing() {
    let fixture = Fixture::start().await;
    let policy = r#"{"Statement":[
        {"Effect":"Allow","Action":["s3:ListAllMyBuckets","iam:*"],"Resource":"*"},
        {"Effect":"Deny","Action":"iam:DeleteUser","Resource":"*"}]}"#;
    let bob = fixture.user("bob", Some(policy)).await;
    let arn = format!("arn:aws:iam::{}:user/bob", fixture.practice.account_id());
    let simulate = |arn| {
        [
            ("Action", "SimulatePrincipalPolicy"),
            ("PolicySourceArn", arn),
            ("ActionNames.member.1", "s3:ListAllMyBuckets"),
            ("ActionNames.member.2", "s3:PutObject"),
            ("ActionNames.member.3", "iam:DeleteUser"),
        ]
    };
    let answer = bob.iam(&simulate(&arn)).await.ok();
    assert_eq!(
        answer.elements("EvalDecision"),
        ["allowed", "implicitDeny", "explicitDeny"]
    );
    let nobody = arn.replace("bob", "nobody");
    let answer = bob.iam(&simulate(&nobody)).await;
    assert_eq!(answer.refusal(), refused(404, "NoSuchEntity"));
    let eve = fixture.user("eve", None).await;
    let answer = eve.iam(&simulate(&arn)).await;
    assert_eq!(answer.refusal(), refused(403, "AccessDenied"));
}
