//! Bodies of requests and answers that behave unlike plain ones.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::Sleep;

/// What is read at most from a client whose request was refused.
const DRAINED_BYTES: u64 = 256 * 1024 * 1024;

/// What a cut answer's bytes get to leave before the connection ends.
const FLUSH_TIME: Duration = Duration::from_millis(50);

/// A request's body that is read to its end even when nobody wants it: else the connection would be reset while the
/// client still sends, and the client would see that instead of the answer.
pub(crate) struct DrainedBody {
    body: Option<Incoming>,
    begun: bool,
    waits_for_go_ahead: bool,
}

impl DrainedBody {
    /// `waits_for_go_ahead`: the client sent `Expect: 100-continue` and sends no body before it is asked to.
    pub(crate) fn new(body: Incoming, waits_for_go_ahead: bool) -> Self {
        Self {
            body: Some(body),
            begun: false,
            waits_for_go_ahead,
        }
    }
}

impl Body for DrainedBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.begun = true;
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map_or_else(SizeHint::default, Body::size_hint)
    }
}

impl Drop for DrainedBody {
    fn drop(&mut self) {
        let Some(mut body) = self.body.take() else {
            return;
        };
        if body.is_end_stream() || (self.waits_for_go_ahead && !self.begun) {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        runtime.spawn(async move {
            let mut drained = 0;
            while let Some(Ok(frame)) =
                std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await
            {
                drained += frame.data_ref().map_or(0, Bytes::len) as u64;
                if drained > DRAINED_BYTES {
                    break;
                }
            }
        });
    }
}

/// An answer's body that breaks off after some bytes.
pub(crate) struct CutBody {
    body: s3s::Body,
    left: u64,
    /// Runs once the last byte was handed over: an error at once would take back what is not on its way yet.
    flushing: Option<Pin<Box<Sleep>>>,
}

/// Ends the connection of a [`CutBody`].
#[derive(Debug, thiserror::Error)]
#[error("the answer was cut by a fault")]
pub(crate) struct Cut;

impl CutBody {
    pub(crate) fn new(body: s3s::Body, after: u64) -> Self {
        Self {
            body,
            left: after,
            flushing: None,
        }
    }
}

impl Body for CutBody {
    type Data = Bytes;
    type Error = s3s::StdError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, s3s::StdError>>> {
        if self.left == 0 {
            let flushing = self
                .flushing
                .get_or_insert_with(|| Box::pin(tokio::time::sleep(FLUSH_TIME)));
            return flushing
                .as_mut()
                .poll(context)
                .map(|()| Some(Err(Box::new(Cut).into())));
        }
        let frame = match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => frame,
            other => return other,
        };
        let Ok(mut data) = frame.into_data() else {
            return Poll::Ready(Some(Err(Box::new(Cut))));
        };
        data.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.left -= data.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
