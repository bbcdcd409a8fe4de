//! A local HTTP server around one function.

#[path = "serve/intake.rs"]
mod intake;
#[path = "serve/payload.rs"]
mod payload;
#[path = "serve/socket.rs"]
mod socket;

use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::HOST;
use http::request::Parts;
use http::{Request, Response, StatusCode, Uri};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use intake::{Intake, Taken};
use payload::Outgoing;
pub use payload::Payload;
use socket::Socket;

/// The largest body of a request that is read.
pub const MAX_BODY: usize = 64 << 20;

/// What clients may do, so that none keeps others out.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most connections at a time; more wait to be accepted.
    pub connections: usize,
    /// The largest head of a request.
    pub head: usize,
    /// How long a connection may be silent between requests, and a head take.
    pub idle: Duration,
    /// How long a client may pause within a body, and take nothing of an answer.
    pub pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            head: 64 << 10,
            idle: Duration::from_secs(75),
            pause: Duration::from_secs(15),
        }
    }
}

/// Handlers that run at a time; more wait.
const HANDLERS: usize = 64;

/// How long requests in flight may take once the server is to stop.
const GRACE: Duration = Duration::from_secs(5);

/// What a server does with requests; a function that answers them will do.
pub trait Handler: Send + Sync + 'static {
    /// Answers a request, which has an absolute URL; `now` is the time since the
    /// Unix epoch.
    fn handle(&self, request: Request<Vec<u8>>, now: Duration) -> Response<Payload>;

    /// Answers by the head of a request alone, before its body is read; none
    /// where it may come in.
    fn at_the_door(&self, _: &Parts, _: SocketAddr) -> Option<Response<Payload>> {
        None
    }

    /// How large a body may be.
    fn max_body(&self) -> usize {
        MAX_BODY
    }

    /// Answers a request whose body could not be read: why not.
    fn unread(&self, _: &Parts, status: StatusCode, reason: &'static str) -> Response<Payload> {
        plain(status, reason)
    }
}

impl<F, P> Handler for F
where
    F: Fn(Request<Vec<u8>>, Duration) -> Response<P> + Send + Sync + 'static,
    P: Into<Payload> + 'static,
{
    fn handle(&self, request: Request<Vec<u8>>, now: Duration) -> Response<Payload> {
        self(request, now).map(Into::into)
    }
}

/// Answers requests until somebody presses Ctrl-C or asks the process to end, many
/// at a time; `on_ready` is given the address that is listened at.
///
/// # Errors
///
/// Where the address cannot be listened at.
pub fn serve(
    listen: SocketAddr,
    handler: impl Handler,
    on_ready: impl FnOnce(SocketAddr),
) -> io::Result<()> {
    serve_until(stopped(), listen, Limits::default(), handler, on_ready)
}

/// Until the process is asked to end. A signal that cannot be heard simply kills it.
async fn stopped() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let mut interrupted = std::pin::pin!(interrupted);
    #[cfg(unix)]
    let mut terminated =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok();
    poll_fn(|context| {
        #[cfg(unix)]
        if let Some(signal) = &mut terminated
            && signal.poll_recv(context).is_ready()
        {
            return Poll::Ready(());
        }
        interrupted.as_mut().poll(context)
    })
    .await;
}

/// As [`serve`], until `stop` is done.
///
/// # Errors
///
/// Where the address cannot be listened at.
pub fn serve_until(
    stop: impl Future<Output = ()>,
    listen: SocketAddr,
    limits: Limits,
    handler: impl Handler,
    on_ready: impl FnOnce(SocketAddr),
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(HANDLERS)
        .build()?;
    runtime.block_on(async {
        // who is told that the server is ready may ask it to stop at once
        let mut stop = std::pin::pin!(stop);
        let begun = poll_fn(|context| Poll::Ready(stop.as_mut().poll(context)));
        if begun.await.is_ready() {
            return Ok(());
        }
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let server = Arc::new(Server {
            address,
            intake: Intake::new(handler.max_body(), limits.pause),
            handler,
            limits,
        });
        on_ready(address);
        accept(listener, server, stop).await;
        Ok(())
    })
}

/// What all connections share.
struct Server<H> {
    address: SocketAddr,
    handler: H,
    intake: Intake,
    limits: Limits,
}

/// How many connections may be open: each is a file to the system, and others are needed for
/// files that are read.
fn connections(most: usize) -> usize {
    #[cfg(unix)]
    let files = rlimit::increase_nofile_limit(most as u64 * 2).unwrap_or(1024);
    #[cfg(not(unix))]
    let files = most as u64 * 2;
    usize::try_from(files / 2).map_or(most, |half| half.clamp(1, most))
}

async fn accept<H: Handler>(
    listener: TcpListener,
    server: Arc<Server<H>>,
    mut stop: Pin<&mut impl Future<Output = ()>>,
) {
    let open = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(connections(server.limits.connections)));
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (listener.accept().await, place)
        };
        let mut next = std::pin::pin!(next);
        let next = poll_fn(|context| match stop.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(None),
            Poll::Pending => next.as_mut().poll(context).map(Some),
        });
        let Some(accepted) = next.await else {
            break;
        };
        let (Ok((stream, _)), Ok(place)) = accepted else {
            // Out of file descriptors, or a client that has gone: not our end.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        attend(stream, place, &server, &open);
    }
    drop(listener);
    let _ = tokio::time::timeout(GRACE, open.shutdown()).await;
}

/// Serves one connection, which keeps its place among those that may be open.
fn attend<H: Handler>(
    stream: TcpStream,
    place: OwnedSemaphorePermit,
    server: &Arc<Server<H>>,
    open: &GracefulShutdown,
) {
    let _ = stream.set_nodelay(true);
    let reset = Arc::new(AtomicBool::new(false));
    let limits = server.limits;
    let socket = Socket::new(stream, limits.pause, Arc::clone(&reset));
    let server = Arc::clone(server);
    let service = service_fn(move |request| {
        let (server, reset) = (Arc::clone(&server), Arc::clone(&reset));
        async move {
            let (parts, payload) = answer(request, server).await.into_parts();
            match Outgoing::new(payload) {
                Some(body) => Ok(Response::from_parts(parts, body)),
                None => {
                    reset.store(true, Ordering::Relaxed);
                    Err(io::Error::from(io::ErrorKind::ConnectionReset))
                }
            }
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle)
        .max_buf_size(limits.head)
        .serve_connection(TokioIo::new(socket), service);
    let connection = open.watch(connection);
    tokio::spawn(async move {
        // A client that breaks off concerns nobody else.
        let _ = connection.await;
        drop(place);
    });
}

async fn answer<H: Handler>(
    request: Request<Incoming>,
    server: Arc<Server<H>>,
) -> Response<Payload> {
    let (mut parts, body) = request.into_parts();
    let Some(url) = absolute(&parts, server.address) else {
        return plain(StatusCode::BAD_REQUEST, "`Host` is not a host\n");
    };
    parts.uri = url;
    if let Some(answer) = server.handler.at_the_door(&parts, server.address) {
        return answer;
    }
    let Taken { bytes, room } = match server.intake.read(body).await {
        Ok(taken) => taken,
        Err((status, text)) => return server.handler.unread(&parts, status, text),
    };
    let request = Request::from_parts(parts, bytes);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let handled = tokio::task::spawn_blocking(move || {
        let response = server.handler.handle(request, now);
        drop(room);
        response
    });
    match handled.await {
        Ok(response) => response,
        Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR, "the handler broke off\n"),
    }
}

/// The URL that the client asked for: its `Host`, else where it connected to.
fn absolute(parts: &Parts, address: SocketAddr) -> Option<Uri> {
    if parts.uri.scheme().is_some() {
        return Some(parts.uri.clone());
    }
    let host = match parts.headers.get(HOST) {
        Some(host) if !host.is_empty() => host.to_str().ok()?.to_owned(),
        _ => address.to_string(),
    };
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let path = if path.starts_with('/') { path } else { "/" };
    Uri::builder()
        .scheme("http")
        .authority(host)
        .path_and_query(path)
        .build()
        .ok()
}

fn plain(status: StatusCode, text: &'static str) -> Response<Payload> {
    let mut response = Response::new(Payload::Bytes(text.as_bytes().to_vec()));
    *response.status_mut() = status;
    response
}
