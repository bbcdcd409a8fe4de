//! Servers for the tests of the proxy, and a client without manners.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use crate::cli_run::{spola, told_server};

pub const KEY: &str = "AKIAPROXYTEST";
pub const SECRET: &str = "proxy-secret-key";

/// A server of its own; it ends with its test.
pub struct Served {
    child: Child,
    /// `127.0.0.1:PORT`.
    pub address: String,
    pub token: String,
    /// What it has said on standard error.
    pub said: Arc<Mutex<String>>,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Served {
    /// Starts a command that says where it listens, and waits until `last` is said.
    pub fn start(arguments: &[&str], last: &str) -> Self {
        let mut child = spola()
            .args(arguments)
            .env("AWS_ACCESS_KEY_ID", KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .env("PROXY_TEST_SECRET", "s3cr3t")
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let stderr = child.stderr.take().expect("standard error");
        let said = Arc::new(Mutex::new(String::new()));
        let mut lines = BufReader::new(stderr).lines().map_while(Result::ok);
        let (mut address, mut token) = (String::new(), String::new());
        for line in lines.by_ref() {
            if let Some((_, url)) = line.split_once("http://")
                && address.is_empty()
            {
                address = url.split(['/', ' ']).next().unwrap_or_default().to_owned();
            }
            if let Some((_, text)) = line.split_once("token: ") {
                token = text.to_owned();
            }
            if let Some((_, text)) = line.split_once("#token=") {
                token = text.split('&').next().unwrap_or_default().to_owned();
            }
            said.lock().unwrap().push_str(&format!("{line}\n"));
            if line.contains(last) {
                break;
            }
        }
        assert!(!address.is_empty(), "{}", said.lock().unwrap());
        let more = Arc::clone(&said);
        std::thread::spawn(move || {
            for line in lines {
                more.lock().unwrap().push_str(&format!("{line}\n"));
            }
        });
        Self {
            child,
            address,
            token,
            said,
        }
    }

    pub fn sandbox() -> Self {
        Self::start(&["sandbox", "--listen", "127.0.0.1:0"], "AWS clients")
    }

    pub fn proxy(arguments: &[&str]) -> Self {
        let all = [&["proxy", "--listen", "127.0.0.1:0"], arguments].concat();
        let last = if arguments.contains(&"--serve") {
            "the page"
        } else {
            "token"
        };
        Self::start(&all, last)
    }

    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Asks as a program does, with the token.
    pub fn ask(&self, head: &Value, body: &[u8]) -> Answered {
        self.ask_with(&[], head, body)
    }

    pub fn ask_with(&self, headers: &[(&str, &str)], head: &Value, body: &[u8]) -> Answered {
        let mut message = format!("{head}\n").into_bytes();
        message.extend_from_slice(body);
        let bearer = format!("Bearer {}", self.token);
        let mut all = vec![
            ("Host", self.address.as_str()),
            ("Authorization", bearer.as_str()),
            ("Content-Type", "application/vnd.spola.request"),
        ];
        for (name, value) in headers {
            all.retain(|(known, _)| known != name);
            if !value.is_empty() {
                all.push((name, value));
            }
        }
        talk(&self.address, "POST /proxy", &all, &message)
    }
}

/// An answer of the proxy.
#[derive(Debug)]
pub struct Answered {
    pub status: u16,
    pub headers: String,
    pub body: Vec<u8>,
}

impl Answered {
    pub fn code(&self) -> (u16, String) {
        let value: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        for field in ["code", "message", "help"] {
            assert!(value[field].is_string(), "{field}: {self:?}");
        }
        let code = value["code"].as_str().unwrap_or_default();
        (self.status, code.to_owned())
    }

    /// The first line, and the rest.
    pub fn parts(&self) -> (Value, &[u8]) {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        assert!(self.headers.contains("application/vnd.spola.answer"));
        let end = self.body.iter().position(|byte| *byte == b'\n').unwrap();
        let head = serde_json::from_slice(&self.body[..end]).unwrap();
        (head, &self.body[end + 1..])
    }
}

pub fn talk(address: &str, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Answered {
    let mut stream = TcpStream::connect(address).unwrap();
    let limit = Some(Duration::from_secs(20));
    stream.set_read_timeout(limit).unwrap();
    let mut head = format!("{line} HTTP/1.1\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    stream.write_all(head.as_bytes()).unwrap();
    // It may answer by the head alone.
    let _ = stream.write_all(body);
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&bytes)));
    let headers = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    Answered {
        status: headers[9..12].parse().unwrap(),
        headers,
        body: bytes[end + 4..].to_vec(),
    }
}

/// A server that tells what it was asked, and answers with this.
pub struct Other {
    pub address: String,
    pub asked: Arc<Mutex<Vec<String>>>,
}

pub fn other(answer: &'static str) -> Other {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&asked);
    let url = told_server(move |stream, text| {
        told.lock().unwrap().push(text.to_owned());
        let _ = stream.write_all(answer.as_bytes());
    });
    Other {
        address: url.trim_start_matches("http://").to_owned(),
        asked,
    }
}

pub const FINE: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}";
