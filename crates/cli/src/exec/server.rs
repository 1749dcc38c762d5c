//! The "Container credential provider" of the SDKs, for one program: an address of loopback that gives the profile's
//! session to who has the token and is the same user.

use std::{convert::Infallible, net::SocketAddr};

use futures::{StreamExt as _, stream::FuturesUnordered};
use hyper::{
    Method, Request, Response, StatusCode, body::Incoming, header, server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use keywell_app::{
    App,
    hand_out::{self, Caller, Permit},
    sessions::Person,
};
use keywell_practice::is_same_user_or_root;
use keywell_vault::Secret;
use tokio::net::{TcpListener, TcpStream};

use crate::error::Stop;

const PATH: &str = "/credentials";

pub(super) struct Server {
    listener: TcpListener,
    own: SocketAddr,
    address: String,
    token: Secret,
}

impl Server {
    /// Listens on a free port of 127.0.0.1.
    pub async fn listen() -> Result<Self, Stop> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
        let token: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let own = listener.local_addr()?;
        Ok(Self {
            listener,
            own,
            address: format!("http://{own}{PATH}"),
            token: Secret::new(token),
        })
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn token(&self) -> &Secret {
        &self.token
    }

    /// Answers until it is dropped.
    pub async fn serve(&self, app: &App, permit: &Permit, caller: &Caller) -> Infallible {
        let mut connections = FuturesUnordered::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, peer)) if is_same_user_or_root(peer, self.own) => {
                        connections.push(self.connection(stream, app, permit, caller));
                    }
                    Ok(_) => {}
                    // Out of file descriptors, most likely; those in use end soon.
                    Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
                },
                Some(()) = connections.next(), if !connections.is_empty() => {}
            }
        }
    }

    async fn connection(&self, stream: TcpStream, app: &App, permit: &Permit, caller: &Caller) {
        let service = service_fn(async |request| {
            Ok::<_, Infallible>(self.answer(&request, app, permit, caller).await)
        });
        // A client that breaks off is its own matter.
        let _ = http1::Builder::new()
            .timer(TokioTimer::new())
            .keep_alive(false)
            .serve_connection(TokioIo::new(stream), service)
            .await;
    }

    async fn answer(
        &self,
        request: &Request<Incoming>,
        app: &App,
        permit: &Permit,
        caller: &Caller,
    ) -> Response<String> {
        let headers = request.headers();
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let given = text(header::AUTHORIZATION).map(Secret::new);
        // A page in a browser could reach this port under a name of its own.
        let named_right = text(header::HOST) == Some(&self.own.to_string());
        if given.as_ref() != Some(&self.token) || !named_right {
            return refusal(
                StatusCode::UNAUTHORIZED,
                "Unauthorized",
                "The token is missing or wrong.",
            );
        }
        if request.method() != Method::GET || request.uri().path() != PATH {
            return refusal(StatusCode::NOT_FOUND, "NotFound", "There is nothing here.");
        }
        // The program has the terminal, so that nobody can be asked.
        match hand_out::container_json(app, permit, &Person::nobody(), caller).await {
            Ok(json) => respond(StatusCode::OK, json.expose().to_owned()),
            Err(problem) => refusal(
                StatusCode::INTERNAL_SERVER_ERROR,
                problem.code.as_str(),
                &problem.message,
            ),
        }
    }
}

fn refusal(status: StatusCode, code: &str, message: &str) -> Response<String> {
    let body = serde_json::json!({ "code": code, "message": message });
    respond(status, body.to_string())
}

fn respond(status: StatusCode, body: String) -> Response<String> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/json"),
    );
    response
}
