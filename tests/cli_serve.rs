//! The local HTTP server, with real clients on loopback.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use http::{Request, Response};

use super::serve::{MAX_BODY, serve_until};
use super::transport::{Transport, TransportOptions};

/// A server that tells back what it was asked; ends when it is dropped.
struct Running {
    address: SocketAddr,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    worker: Option<JoinHandle<std::io::Result<()>>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.stop.take().unwrap().send(());
        let _ = self.worker.take().unwrap().join();
    }
}

fn echo(request: Request<Vec<u8>>, now: Duration) -> Response<Vec<u8>> {
    assert!(now.as_secs() > 1_700_000_000);
    let pause = request.uri().query() == Some("pause");
    assert_ne!(request.uri().query(), Some("panic"));
    if pause {
        thread::sleep(Duration::from_millis(200));
    }
    let text = format!(
        "{} {} {}",
        request.method(),
        request.uri(),
        request.body().len()
    );
    Response::builder()
        .status(201)
        .header("x-a", "1")
        .header("x-a", "2")
        .body(text.into_bytes())
        .unwrap()
}

fn start() -> Running {
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (ready, address) = mpsc::channel();
    let worker = thread::spawn(move || {
        let stopped = async {
            let _ = stopped.await;
        };
        let listen = "127.0.0.1:0".parse().unwrap();
        serve_until(stopped, listen, echo, |address| {
            ready.send(address).unwrap()
        })
    });
    Running {
        address: address.recv().unwrap(),
        stop: Some(stop),
        worker: Some(worker),
    }
}

fn post(address: SocketAddr, path: &str, size: usize) -> Request<Vec<u8>> {
    let url = format!("http://{address}{path}");
    Request::post(url).body(vec![b'x'; size]).unwrap()
}

/// Sends these bytes and reads until the other side closes the connection.
fn talk(address: SocketAddr, text: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8(bytes).unwrap()
}

#[test]
fn the_handler_sees_absolute_urls_and_whole_bodies() {
    let server = start();
    let transport = Transport::new(TransportOptions::default());
    let request = post(server.address, "/a%2Fb?c=d", 300_000);
    let answer = transport.send(request, None, 1000).unwrap();
    assert_eq!(answer.status, 201);
    let expected = format!("POST http://{}/a%2Fb?c=d 300000", server.address);
    assert_eq!(String::from_utf8(answer.body).unwrap(), expected);
    let repeated = answer.headers.iter().filter(|(name, _)| name == "x-a");
    assert_eq!(repeated.count(), 2);
    let named = talk(
        server.address,
        "GET /x HTTP/1.1\r\nHost: api.ecr.us-east-1.amazonaws.com\r\nConnection: close\r\n\r\n",
    );
    assert!(
        named.ends_with("GET http://api.ecr.us-east-1.amazonaws.com/x 0"),
        "{named}"
    );
}

#[test]
fn requests_are_answered_side_by_side_on_lasting_connections() {
    let server = start();
    let transport = Transport::new(TransportOptions::default());
    let begun = Instant::now();
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                for path in ["/?pause", "/"] {
                    let answer = transport.send(post(server.address, path, 10), None, 1000);
                    assert_eq!(answer.unwrap().status, 201);
                }
            });
        }
    });
    assert!(
        begun.elapsed() < Duration::from_secs(3),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn a_client_that_waits_for_leave_to_send_is_given_it() {
    let server = start();
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream
        .write_all(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut first = [0; 25];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"{}").unwrap();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    assert!(rest.starts_with("HTTP/1.1 201 Created\r\n"), "{rest}");
    assert!(rest.ends_with("POST http://a/ 2"), "{rest}");
}

#[test]
fn what_is_too_large_or_broken_is_refused_and_the_server_goes_on() {
    let server = start();
    let large = format!(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n",
        MAX_BODY + 1
    );
    assert!(talk(server.address, &large).starts_with("HTTP/1.1 413 "));
    let head = "POST / HTTP/1.1\r\nHost: a b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    assert!(talk(server.address, head).starts_with("HTTP/1.1 400 "));
    assert!(talk(server.address, "nonsense\r\n\r\n").starts_with("HTTP/1.1 400 "));
    let panics = "GET /?panic HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    assert!(talk(server.address, panics).starts_with("HTTP/1.1 500 "));
    let fine = "GET / HTTP/1.0\r\n\r\n";
    let expected = format!("GET http://{}/ 0", server.address);
    assert!(talk(server.address, fine).ends_with(&expected));
}

#[test]
fn an_answer_under_way_is_finished_before_the_server_ends() {
    let server = start();
    let address = server.address;
    let client = thread::spawn(move || {
        let transport = Transport::new(TransportOptions::default());
        transport.send(post(address, "/?pause", 1), None, 1000)
    });
    thread::sleep(Duration::from_millis(80));
    drop(server);
    assert_eq!(client.join().unwrap().unwrap().status, 201);
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_taken_address_is_an_error() {
    let server = start();
    let result = serve_until(std::future::pending(), server.address, echo, |_| {});
    assert_eq!(result.unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
}
