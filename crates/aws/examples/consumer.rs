//! What any program with the AWS SDK for Rust does: says who the profile of `AWS_PROFILE` is, lists the buckets and prints
//! an object. The journeys run it with a profile of Keywell's. Usage: `consumer BUCKET KEY`
#![expect(
    clippy::print_stdout,
    reason = "a terminal program whose output is its purpose"
)]

use std::{env, error::Error};

use aws_config::BehaviorVersion;
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(bucket), Some(key)) = (arguments.next(), arguments.next()) else {
        return Err("usage: consumer BUCKET KEY".into());
    };
    // The workspace has the SDK without its own HTTP client; all else is the SDK's default.
    let http = Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let settings = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .load()
        .await;
    let s3 = aws_sdk_s3::Client::new(&settings);
    let who = aws_sdk_sts::Client::new(&settings)
        .get_caller_identity()
        .send()
        .await?;
    let listed = s3.list_buckets().send().await?;
    let object = s3.get_object().bucket(bucket).key(key).send().await?;
    let body = object.body.collect().await?.into_bytes();
    println!("{}", who.arn().unwrap_or_default());
    for bucket in listed.buckets() {
        println!("{}", bucket.name().unwrap_or_default());
    }
    println!("{}", String::from_utf8_lossy(&body));
    Ok(())
}
