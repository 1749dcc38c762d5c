//! Serves a practice account on a folder until it is asked to stop: `cargo run --example serve -- FOLDER [PORT]`.

#![allow(
    clippy::print_stdout,
    reason = "an example tells its address on the terminal"
)]

use std::sync::Arc;
use std::time::SystemTime;

use keywell_practice::{Options, start};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("give a folder")?;
    let mut options = Options::new(folder, Arc::new(SystemTime::now));
    options.port = arguments.next().map(|port| port.parse()).transpose()?;
    let practice = start(options).await?;
    println!("{}", practice.endpoint_url());
    println!("{}", practice.csv_path().display());
    practice.stopped().await;
    practice.stop().await;
    Ok(())
}
