//! How far this machine's clock is off, from the `Date` header of answers.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept,
            context::{
                BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
            },
            dyn_dispatch_hint,
        },
        orchestrator::HttpResponse,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::{
    DateTime,
    config_bag::{ConfigBag, Storable, StoreReplace},
    date_time::Format,
};

/// Reads the clock of the service while one call runs.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClockReading(Arc<Mutex<Option<i64>>>);

impl ClockReading {
    /// Milliseconds that the service's clock is ahead of this one.
    pub(crate) fn offset_milliseconds(&self) -> Option<i64> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
struct SentAt(SystemTime);

impl Storable for SentAt {
    type Storer = StoreReplace<Self>;
}

#[dyn_dispatch_hint]
impl Intercept for ClockReading {
    fn name(&self) -> &'static str {
        "ClockReading"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(time) = components.time_source() {
            config.interceptor_state().store_put(SentAt(time.now()));
        }
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let received = components.time_source().map(|time| time.now());
        let sent = config.load::<SentAt>().map(|sent| sent.0);
        if let (Some(server), Some(sent), Some(received)) =
            (server_time(context.response()), sent, received)
        {
            // The service is taken to have written its time half way through the round trip (RFC 5905, section 8).
            let half = received.duration_since(sent).unwrap_or_default() / 2;
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(milliseconds_between(sent + half, server));
        }
        Ok(())
    }
}

/// The `Date` header of an answer.
pub(crate) fn server_time(response: &HttpResponse) -> Option<SystemTime> {
    let date = DateTime::from_str(response.headers().get("date")?, Format::HttpDate).ok()?;
    SystemTime::try_from(date).ok()
}

/// From `local` to `server`; positive when the service is ahead.
pub(crate) fn milliseconds_between(local: SystemTime, server: SystemTime) -> i64 {
    let whole =
        |duration: std::time::Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    match server.duration_since(local) {
        Ok(ahead) => whole(ahead),
        Err(behind) => -whole(behind.duration()),
    }
}
