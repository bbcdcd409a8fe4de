//! The native HTTP client against small servers on loopback.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use http::Request;

use super::transport::{Reason, Refused, Transport, TransportOptions};

/// Answers each connection's first request with these bytes, then closes it;
/// gives back what it was sent.
pub(super) fn server(answers: Vec<Vec<u8>>) -> (SocketAddr, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let worker = thread::spawn(move || {
        let mut seen = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            seen.push(read_request(&mut stream));
            let _ = stream.write_all(&answer);
        }
        seen
    });
    (address, worker)
}

fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).to_string();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .filter_map(|line| line.split_once(": "))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, value)| value.parse().unwrap());
            if body.len() >= length {
                return text;
            }
        }
        let size = stream.read(&mut part).unwrap();
        if size == 0 {
            return text;
        }
        bytes.extend_from_slice(&part[..size]);
    }
}

fn transport() -> Transport {
    Transport::new(TransportOptions::default())
}

fn get(address: SocketAddr) -> Request<Vec<u8>> {
    let url = format!("http://{address}/a?token=s3cret");
    Request::get(url).body(Vec::new()).unwrap()
}

fn refusal(answer: &[u8], max_response: u64) -> Refused {
    let (address, _) = server(vec![answer.to_vec()]);
    let sent = transport().send(get(address), Some(Duration::from_secs(5)), max_response);
    sent.unwrap_err()
}

#[test]
fn a_request_goes_out_as_it_is_and_repeated_headers_come_back() {
    let answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nX-Odd: \xe9\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nok";
    let (address, worker) = server(vec![answer.to_vec()]);
    let request = Request::post(format!("http://{address}/a%2Fb?x=%7E"))
        .header("X-Amz-Target", "T.Op")
        .header("X-Two", "1")
        .header("X-Two", "2")
        .body(b"{}".to_vec())
        .unwrap();
    let answer = transport().send(request, None, 1 << 20).unwrap();
    assert_eq!((answer.status, answer.body), (200, b"ok".to_vec()));
    let pairs: Vec<(&str, &str)> = answer
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        pairs,
        [
            ("set-cookie", "a=1"),
            ("set-cookie", "b=2"),
            ("x-odd", "é"),
            ("content-length", "2")
        ]
    );
    let seen = worker.join().unwrap().remove(0);
    assert!(seen.starts_with("POST /a%2Fb?x=%7E HTTP/1.1\r\n"), "{seen}");
    for line in [
        "x-amz-target: T.Op",
        "x-two: 1",
        "x-two: 2",
        "content-length: 2",
        concat!("user-agent: spola/", env!("CARGO_PKG_VERSION")),
        "accept-encoding: identity",
    ] {
        assert!(seen.contains(&format!("{line}\r\n")), "{seen}");
    }
    assert!(seen.ends_with("\r\n\r\n{}"));
}

#[test]
fn bodies_follow_the_method_and_what_is_there() {
    for (method, body, expected) in [
        ("GET", "", None),
        ("DELETE", "", None),
        ("POST", "", Some("content-length: 0")),
        ("PUT", "", Some("content-length: 0")),
        ("DELETE", "{}", Some("content-length: 2")),
        ("GET", "{}", Some("content-length: 2")),
        ("QUERY", "{}", Some("content-length: 2")),
        ("PATCH", "{}", Some("content-length: 2")),
    ] {
        let (address, worker) = server(vec![b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()]);
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{address}/"))
            .body(body.as_bytes().to_vec())
            .unwrap();
        let answer = transport().send(request, None, 10);
        assert_eq!(
            answer.map(|answer| answer.status),
            Ok(204),
            "{method} {body}"
        );
        let seen = worker.join().unwrap().remove(0);
        let length = seen.lines().find(|line| line.starts_with("content-length"));
        assert_eq!(length, expected, "{method} {body}");
        assert!(!seen.contains("transfer-encoding"), "{seen}");
        assert!(seen.ends_with(&format!("\r\n\r\n{body}")), "{seen}");
    }
}

#[test]
fn statuses_and_redirects_are_answers() {
    for status in [301, 307, 400, 404, 429, 500, 503] {
        let text = format!(
            "HTTP/1.1 {status} X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 1\r\n\r\nx"
        );
        let (address, _) = server(vec![text.into_bytes()]);
        let answer = transport().send(get(address), None, 10).unwrap();
        assert_eq!((answer.status, answer.body), (status, b"x".to_vec()));
    }
}

#[test]
fn a_chunked_answer_and_one_without_length_are_read_whole() {
    let chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
    let open_end = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc";
    for text in [chunked, open_end] {
        let (address, _) = server(vec![text.into()]);
        let answer = transport().send(get(address), None, 3).unwrap();
        assert_eq!(answer.body, b"abc");
    }
}

#[test]
fn an_answer_cut_short_is_truncated() {
    for text in [
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    ] {
        let refused = refusal(text.as_bytes(), 1 << 20);
        assert_eq!(refused.reason, Reason::Truncated, "{text}: {refused:?}");
    }
}

#[test]
fn a_connection_lost_before_the_answer_is_a_reset() {
    for text in ["", "HTTP/1.1 200 OK\r\nContent-Le"] {
        let refused = refusal(text.as_bytes(), 10);
        assert_eq!(refused.reason, Reason::Reset, "{text}: {refused:?}");
    }
    let refused = refusal(b"SSH-2.0-OpenSSH\r\n\r\n", 10);
    assert_eq!(refused.reason, Reason::Other, "{refused:?}");
}

#[test]
fn an_answer_is_not_read_further_than_allowed() {
    let declared = "HTTP/1.1 200 OK\r\nContent-Length: 314572800\r\n\r\nabc";
    assert_eq!(refusal(declared.as_bytes(), 1000).reason, Reason::TooLarge);
    let mut chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..100 {
        chunked.extend_from_slice(b"10000\r\n");
        chunked.extend_from_slice(&[b'x'; 0x10000]);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    let refused = refusal(&chunked, 100_000);
    assert_eq!(refused.reason, Reason::TooLarge);
    assert!(
        refused
            .message
            .ends_with("the answer is larger than 100000 bytes")
    );
    let exact = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
    let (address, _) = server(vec![exact.into()]);
    assert!(transport().send(get(address), None, 3).is_ok());
    assert_eq!(refusal(exact.as_bytes(), 2).reason, Reason::TooLarge);
}

#[test]
fn refusals_name_the_address_but_not_the_query() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let refused = transport().send(get(address), None, 10).unwrap_err();
    assert_eq!(refused.reason, Reason::Connect);
    assert!(
        refused
            .message
            .starts_with(&format!("http://{address}/a: no connection"))
    );
    let request = Request::get("http://nothing.invalid/a?b")
        .body(Vec::new())
        .unwrap();
    let refused = transport().send(request, None, 10).unwrap_err();
    assert_eq!(
        (refused.reason, refused.message.as_str()),
        (
            Reason::Resolve,
            "http://nothing.invalid/a: the host has no address"
        )
    );
}

#[test]
fn a_silent_server_is_a_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let begun = Instant::now();
    let timeout = Some(Duration::from_millis(200));
    let refused = transport().send(get(address), timeout, 10).unwrap_err();
    assert_eq!(refused.reason, Reason::Timeout, "{refused:?}");
    assert!(refused.message.ends_with("no whole answer within 0.2 s"));
    assert!(begun.elapsed() < Duration::from_secs(2));
    // Also while the body trickles in.
    let worker = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        drop(stream);
        (stream, _) = listener.accept().unwrap();
        read_request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
        for _ in 0..20 {
            thread::sleep(Duration::from_millis(50));
            if stream.write_all(b"x").is_err() {
                break;
            }
        }
    });
    let refused = transport().send(get(address), timeout, 1000).unwrap_err();
    assert_eq!(refused.reason, Reason::Timeout, "{refused:?}");
    worker.join().unwrap();
}

#[test]
fn a_connection_is_used_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let worker = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        for _ in 0..3 {
            read_request(&mut stream);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
    });
    let transport = transport();
    for _ in 0..3 {
        let timeout = Some(Duration::from_secs(5));
        assert!(transport.send(get(address), timeout, 10).is_ok());
    }
    worker.join().unwrap();
}

#[test]
fn connections_of_parallel_requests_are_used_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let made = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&made);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            counted.fetch_add(1, Ordering::SeqCst);
            thread::spawn(move || {
                while !read_request(&mut stream).is_empty() {
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                }
            });
        }
    });
    let transport = Arc::new(transport());
    for _ in 0..3 {
        let threads: Vec<_> = (0..12)
            .map(|_| {
                let transport = Arc::clone(&transport);
                thread::spawn(move || transport.send(get(address), None, 10).unwrap())
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
    }
    assert!(made.load(Ordering::SeqCst) <= 12, "{made:?}");
}

#[test]
fn https_needs_a_server_that_speaks_it_and_a_usable_bundle() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let worker = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let _ = stream.read(&mut [0; 1024]);
    });
    let request = |address| {
        let url = format!("https://{address}/");
        Request::get(url).body(Vec::new()).unwrap()
    };
    let refused = transport().send(request(address), None, 10).unwrap_err();
    assert_eq!(refused.reason, Reason::Tls, "{refused:?}");
    worker.join().unwrap();
    let options = TransportOptions {
        ca_bundle: Some("/nowhere/ca.pem".into()),
        ..TransportOptions::default()
    };
    let refused = Transport::new(options).send(request(address), None, 10);
    let refused = refused.unwrap_err();
    assert_eq!(refused.reason, Reason::Tls);
    assert!(
        refused.message.contains("cannot use `/nowhere/ca.pem`"),
        "{refused:?}"
    );
}

#[test]
fn https_goes_through_the_proxy_unless_the_host_is_excepted() {
    let refuse = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
    let (address, worker) = server(vec![refuse.to_vec()]);
    let options = |no_proxy: &str| {
        TransportOptions::from_environment(|name| match name {
            "HTTPS_PROXY" => Some(format!("http://{address}")),
            "NO_PROXY" => Some(no_proxy.into()),
            _ => None,
        })
    };
    let request = |url: &str| Request::get(url).body(Vec::new()).unwrap();
    let through = Transport::new(options("other.example"));
    let refused = through.send(request("https://api.pets.invalid/"), None, 10);
    assert_eq!(refused.unwrap_err().reason, Reason::Connect);
    let seen = worker.join().unwrap().remove(0);
    assert!(seen.starts_with("CONNECT api.pets.invalid:443 "), "{seen}");
    for except in [
        "*",
        "pets.invalid",
        ".pets.invalid",
        "API.pets.invalid",
        "api.pets.invalid:443",
    ] {
        let direct = Transport::new(options(except));
        let refused = direct.send(request("https://api.pets.invalid/"), None, 10);
        assert_eq!(refused.unwrap_err().reason, Reason::Resolve, "{except}");
    }
}
