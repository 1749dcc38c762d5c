use keywell_app::test_profile;

use crate::{
    Session,
    error::{Ended, Stop, shown},
    interrupt,
    steps::StepView,
};

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  keywell test default
  keywell test media --json")]
pub(crate) struct Arguments {
    /// The profile to test
    #[arg(value_name = "PROFILE")]
    profile: String,
}

pub(crate) async fn run(session: &Session, arguments: &Arguments) -> Result<Ended, Stop> {
    let output = session.output;
    let view = StepView::of_test(output);
    let cancel = interrupt::token();
    let report = test_profile::test(
        &session.app,
        &arguments.profile,
        &|step| view.show(&step),
        &cancel,
    )
    .await?;
    output.either(&report, |report| {
        let verdict = if report.passed { "passed" } else { "failed" };
        output.line(format!("The test of {} {verdict}.", shown(&report.profile)))
    })?;
    Ok(if report.passed {
        Ended::Done
    } else {
        Ended::Failed
    })
}
