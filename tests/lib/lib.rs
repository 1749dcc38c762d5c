//! Shared ground of the journeys: a throwaway home, the programs and servers they start, the window, and the search for leaks.

mod canary;
mod home;
mod keychain;
mod programs;
mod screens;
mod servers;
mod webdriver;
mod window;

pub use canary::{Canary, Leak};
pub use home::Home;
pub use keychain::PrivateKeychain;
pub use programs::{
    Outcome, javascript_consumer, keychain_items, keywell_program, python_program, rust_consumer,
    window_program,
};
pub use screens::{Screens, publish};
pub use servers::{Moto, Practice, free_port, practice_seed};
pub use webdriver::{Driver, Element, WebDriverError};
pub use window::{Window, end_soon, windows_titled};

use std::thread;
use std::time::{Duration, Instant};

/// Asks until the answer is there.
///
/// # Panics
/// When it is not there within `limit`: the journey cannot go on.
pub fn wait_for<T>(what: &str, limit: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(
            begun.elapsed() < limit,
            "waited {limit:?} in vain for {what}"
        );
        thread::sleep(Duration::from_millis(50));
    }
}
