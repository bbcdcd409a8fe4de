//! A local HTTP server around one function.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::HOST;
use http::request::Parts;
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;

/// The largest body of a request that is read.
pub const MAX_BODY: usize = 64 << 20;

/// How long a connection may be silent between requests.
const IDLE: Duration = Duration::from_secs(75);

/// How long requests in flight may take once the server is to stop.
const GRACE: Duration = Duration::from_secs(5);

/// What a server does with requests.
pub trait Handler: Send + Sync + 'static {
    /// Answers a request, which has an absolute URL; `now` is the time since the
    /// Unix epoch.
    fn handle(&self, request: Request<Vec<u8>>, now: Duration) -> Response<Vec<u8>>;

    /// Answers by the head of a request alone, before its body is read; none
    /// where it may come in.
    fn at_the_door(&self, _: &Parts, _: SocketAddr) -> Option<Response<Vec<u8>>> {
        None
    }

    /// How large a body may be.
    fn max_body(&self) -> usize {
        MAX_BODY
    }

    /// Answers a request whose body is larger.
    fn too_large(&self, _: &Parts) -> Response<Vec<u8>> {
        plain(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large\n")
    }
}

impl<F> Handler for F
where
    F: Fn(Request<Vec<u8>>, Duration) -> Response<Vec<u8>> + Send + Sync + 'static,
{
    fn handle(&self, request: Request<Vec<u8>>, now: Duration) -> Response<Vec<u8>> {
        self(request, now)
    }
}

/// Answers requests until somebody presses Ctrl-C, many at a time; `on_ready` is
/// given the address that is listened at.
///
/// # Errors
///
/// Where the address cannot be listened at.
pub fn serve(
    listen: SocketAddr,
    handler: impl Handler,
    on_ready: impl FnOnce(SocketAddr),
) -> io::Result<()> {
    let stop = async {
        // Where the signal cannot be heard the process is simply killed by it.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    serve_until(stop, listen, handler, on_ready)
}

/// As [`serve`], until `stop` is done.
///
/// # Errors
///
/// Where the address cannot be listened at.
pub fn serve_until(
    stop: impl Future<Output = ()>,
    listen: SocketAddr,
    handler: impl Handler,
    on_ready: impl FnOnce(SocketAddr),
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        on_ready(address);
        accept(listener, address, Arc::new(handler), stop).await;
        Ok(())
    })
}

async fn accept(
    listener: TcpListener,
    address: SocketAddr,
    handler: Arc<impl Handler>,
    stop: impl Future<Output = ()>,
) {
    let open = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let next = poll_fn(|context| match stop.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(None),
            Poll::Pending => listener.poll_accept(context).map(Some),
        });
        let Some(accepted) = next.await else {
            break;
        };
        let Ok((stream, _)) = accepted else {
            // Out of file descriptors, or a client that has gone: not our end.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let handler = Arc::clone(&handler);
        let service = service_fn(move |request| {
            let handler = Arc::clone(&handler);
            async move { Ok::<_, Infallible>(answer(request, address, handler).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(IDLE)
            .serve_connection(TokioIo::new(stream), service);
        let connection = open.watch(connection);
        tokio::spawn(async move {
            // A client that breaks off concerns nobody else.
            let _ = connection.await;
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(GRACE, open.shutdown()).await;
}

async fn answer(
    request: Request<Incoming>,
    address: SocketAddr,
    handler: Arc<impl Handler>,
) -> Response<Full<Bytes>> {
    let answer = answered(request, address, handler).await;
    answer.map(|body| Full::new(Bytes::from(body)))
}

async fn answered(
    request: Request<Incoming>,
    address: SocketAddr,
    handler: Arc<impl Handler>,
) -> Response<Vec<u8>> {
    let (mut parts, body) = request.into_parts();
    let Some(url) = absolute(&parts, address) else {
        return plain(StatusCode::BAD_REQUEST, "`Host` is not a host\n");
    };
    parts.uri = url;
    if let Some(answer) = handler.at_the_door(&parts, address) {
        return answer;
    }
    let most = handler.max_body();
    if body.size_hint().lower() > most as u64 {
        return handler.too_large(&parts);
    }
    let bytes = match Limited::new(body, most).collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            return handler.too_large(&parts);
        }
        Err(_) => return plain(StatusCode::BAD_REQUEST, "the body is not whole\n"),
    };
    let request = Request::from_parts(parts, Vec::from(bytes));
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    match tokio::task::spawn_blocking(move || handler.handle(request, now)).await {
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

fn plain(status: StatusCode, text: &str) -> Response<Vec<u8>> {
    let mut response = Response::new(text.as_bytes().to_vec());
    *response.status_mut() = status;
    response
}
