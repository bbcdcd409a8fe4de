//! The local HTTP server, with real clients on loopback.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use http::{Request, Response};

use super::serve::{Limits, MAX_BODY, Payload, serve_until};
use super::transport::{Reason, Transport, TransportOptions};

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

fn echo(request: Request<Vec<u8>>, now: Duration) -> Response<Payload> {
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
    let response = Response::builder()
        .status(201)
        .header("x-a", "1")
        .header("x-a", "2");
    match request.uri().query() {
        Some("cut") => {
            let text = Payload::Bytes(text.into_bytes());
            let response = response.header("content-length", "1000");
            response.body(Payload::Cut(Box::new(text)))
        }
        Some("reset") => response.body(Payload::Reset),
        Some("file") => response.body(Payload::File(file(), 3..FILE - 1)),
        _ => response.body(text.into_bytes().into()),
    }
    .unwrap()
}

/// More than one chunk.
const FILE: u64 = 1_000_000;

fn file() -> File {
    let name = format!("spola-serve-{}-{:?}", process::id(), thread::current().id());
    let path = std::env::temp_dir().join(name);
    let bytes: Vec<u8> = (0..FILE).map(|at| (at % 251) as u8).collect();
    std::fs::write(&path, bytes).unwrap();
    let file = File::open(&path).unwrap();
    // it stays readable for whoever has it open
    std::fs::remove_file(&path).unwrap();
    file
}

fn start() -> Running {
    start_within(Limits::default())
}

fn start_within(limits: Limits) -> Running {
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (ready, address) = mpsc::channel();
    let worker = thread::spawn(move || {
        let stopped = async {
            let _ = stopped.await;
        };
        let listen = "127.0.0.1:0".parse().unwrap();
        serve_until(stopped, listen, limits, echo, |address| {
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
    let result = serve_until(
        std::future::pending(),
        server.address,
        Limits::default(),
        echo,
        |_| {},
    );
    assert_eq!(result.unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
}

#[test]
fn a_file_is_sent_in_chunks_and_no_byte_is_lost() {
    let server = start();
    let transport = Transport::new(TransportOptions::default());
    let answer = transport.send(post(server.address, "/?file", 0), None, FILE);
    let body = answer.unwrap().body;
    let expected: Vec<u8> = (3..FILE - 1).map(|at| (at % 251) as u8).collect();
    assert!(body == expected, "{} bytes", body.len());
}

#[test]
fn an_answer_that_is_cut_short_ends_with_the_connection() {
    let server = start();
    let text = talk(server.address, "GET /?cut HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(text.contains("content-length: 1000\r\n"), "{text}");
    assert!(text.ends_with("GET http://a/?cut 0"), "{text}");
    let transport = Transport::new(TransportOptions::default());
    let refused = transport.send(post(server.address, "/?cut", 0), None, 2000);
    assert_eq!(refused.unwrap_err().reason, Reason::Truncated);
}

#[test]
fn a_connection_that_is_reset_gives_no_answer() {
    let server = start();
    let mut stream = TcpStream::connect(server.address).unwrap();
    let head = b"GET /?reset HTTP/1.1\r\nHost: a\r\n\r\n";
    stream.write_all(head).unwrap();
    let error = stream.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    let transport = Transport::new(TransportOptions::default());
    let refused = transport.send(post(server.address, "/?reset", 0), None, 2000);
    assert_eq!(refused.unwrap_err().reason, Reason::Reset);
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let server = start();
    let large = "x".repeat(4 * Limits::default().head);
    let head = format!("GET / HTTP/1.1\r\nHost: a\r\nX-Large: {large}\r\n\r\n");
    let mut stream = TcpStream::connect(server.address).unwrap();
    // the server may have closed before all of it was sent
    let _ = stream.write_all(head.as_bytes());
    let mut text = [0; 12];
    stream.read_exact(&mut text).unwrap();
    assert_eq!(&text, b"HTTP/1.1 431");
}

#[test]
fn who_is_slow_is_not_waited_for() {
    let server = start_within(Limits {
        idle: Duration::from_millis(100),
        pause: Duration::from_millis(100),
        ..Limits::default()
    });
    let body = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf";
    assert!(talk(server.address, body).starts_with("HTTP/1.1 408 "));
    for head in ["", "GET / HTTP/1.1\r\nHost:"] {
        assert_eq!(talk(server.address, head), "");
    }
    // asks for much and reads nothing, until the server has had enough
    let mut stream = TcpStream::connect(server.address).unwrap();
    let asked = "GET /?file HTTP/1.1\r\nHost: a\r\n\r\n".repeat(50);
    stream.write_all(asked.as_bytes()).unwrap();
    let (begun, mut sent) = (Instant::now(), 0);
    while begun.elapsed() < Duration::from_secs(5) && stream.write_all(b"x").is_ok() {
        thread::sleep(Duration::from_millis(20));
        sent += 1;
    }
    assert!(sent < 200, "the connection is still open");
}

#[test]
fn more_connections_than_there_are_places_wait_for_one() {
    let server = start_within(Limits {
        connections: 1,
        ..Limits::default()
    });
    let address = server.address;
    let mut first = TcpStream::connect(address).unwrap();
    first
        .write_all(b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
        .unwrap();
    let mut byte = [0; 1];
    first.read_exact(&mut byte).unwrap();
    let mut second = TcpStream::connect(address).unwrap();
    let head = b"GET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    second.write_all(head).unwrap();
    second
        .set_read_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    assert!(second.read_exact(&mut byte).is_err());
    drop(first);
    second
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    let mut text = String::new();
    second.read_to_string(&mut text).unwrap();
    assert!(text.ends_with("GET http://a/2 0"), "{text}");
}
