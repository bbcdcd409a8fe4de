//! Many clients at once against `spola sandbox`.

mod check;
mod client;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::sandbox::server::Server;
pub use client::digest;
use client::{Client, Left, SHARED, Struck};

/// The faults that are asked for: kind, operation, and every how manyth call.
const FAULTS: [(&str, &str, u64); 6] = [
    ("throttling", "PutImage", 50),
    ("server-error", "DescribeImages", 40),
    ("connection-reset", "ListImages", 30),
    ("lost-answer", "CreateRepository", 20),
    ("partial-part", "UploadLayerPart", 35),
    ("truncated-body", "GetObject", 25),
];

/// What came of it.
struct Report {
    calls: u64,
    struck: u64,
    elapsed: Duration,
    /// KiB after each quarter of the time.
    memory: Vec<u64>,
}

/// How long the slowest client may take for its first rounds.
const PATIENCE: Duration = Duration::from_secs(300);

/// Lets clients work side by side, each so many rounds and then on until the time is over that
/// begins when all have done theirs; checks what they met and what is left.
fn soak(clients: u64, rounds: u64, time: Duration) -> Report {
    #[cfg(unix)]
    let _ = rlimit::increase_nofile_limit(clients * 2 + 256);
    let server = Server::start(&["--empty"]);
    let settings = json!({ "partBytes": 40_000, "smallestPartBytes": 1 });
    server.control("settings", &settings);
    let struck = Struck::default();
    let mut first = Client::new(u64::MAX >> 40, &server.url, &struck);
    for at in 0..SHARED {
        first.make(&format!("shared/s{at}"));
    }
    let faults = FAULTS.iter().map(
        |(kind, operation, every)| json!({ "kind": kind, "operation": operation, "every": every }),
    );
    server.control("faults", &faults.collect());

    let begun = Instant::now();
    let over = Arc::new(AtomicBool::new(false));
    let (ready, readies) = mpsc::channel();
    let workers: Vec<_> = (0..clients)
        .map(|number| {
            let (url, struck) = (server.url.clone(), Arc::clone(&struck));
            let (over, ready) = (Arc::clone(&over), ready.clone());
            let work = move || {
                let mut client = Client::new(number, &url, &struck);
                (0..rounds).for_each(|_| client.round());
                let _ = ready.send(());
                while !time.is_zero() && !over.load(Ordering::Relaxed) {
                    client.round();
                }
                (client.calls, client.left)
            };
            let thread = thread::Builder::new().stack_size(1 << 20);
            thread.spawn(work).unwrap()
        })
        .collect();
    let all = (0..clients).all(|_| readies.recv_timeout(PATIENCE).is_ok());
    let measured = Instant::now();
    let mut memory = Vec::new();
    for quarter in 1..=4 {
        thread::sleep((time / 4 * quarter).saturating_sub(measured.elapsed()));
        memory.extend(server.memory());
    }
    over.store(true, Ordering::Relaxed);
    let (mut calls, mut left) = (0, first.left);
    for worker in workers {
        let (made, of_this) = worker.join().unwrap();
        calls += made;
        for (name, tags) in of_this {
            left.entry(name).or_default().extend(tags);
        }
    }
    assert!(all, "a client is stuck");
    let elapsed = begun.elapsed();
    let met = struck.lock().unwrap().clone();
    assert_eq!(
        met,
        asked(&server),
        "errors that were not asked for, or faults not met"
    );
    check::consistent(&server.shown("state"), &left);
    counted(&server, &left);
    Report {
        calls,
        struck: met.values().sum(),
        elapsed,
        memory,
    }
}

/// How often each fault has struck, as the server tells.
fn asked(server: &Server) -> BTreeMap<String, u64> {
    let faults: Vec<Value> = serde_json::from_slice(&server.shown("faults")).unwrap();
    let struck = faults.iter().map(|fault| {
        let number = |name: &str| fault[name].as_u64().unwrap();
        let operation = fault["operation"].as_str().unwrap().to_owned();
        (operation, number("seen") / number("every"))
    });
    struck.filter(|(_, count)| *count > 0).collect()
}

/// Counts repositories and images by paging.
fn counted(server: &Server, left: &Left) {
    server.control("faults", &json!([]));
    let mut client = Client::new(0, &server.url, &Struck::default());
    let repositories = client.all(
        "DescribeRepositories",
        &json!({ "maxResults": 7 }),
        "repositories",
    );
    assert_eq!(repositories.len(), left.len());
    for at in 0..SHARED {
        let name = format!("shared/s{at}");
        let body = json!({ "repositoryName": name, "maxResults": 13 });
        let images = client.all("DescribeImages", &body, "imageDetails");
        assert_eq!(images.len(), left[&name].len());
    }
}

#[test]
fn sixty_clients_at_once_meet_no_error_that_was_not_asked_for() {
    let report = soak(60, 3, Duration::ZERO);
    assert!(report.calls > 5000 && report.struck > 50);
}

/// `cargo test --release -p spola-tests soak:: -- --ignored --nocapture`; fewer clients, with
/// `SPOLA_SOAK_CLIENTS`, do more rounds each.
#[test]
#[ignore = "takes more than a minute"]
fn a_thousand_clients_for_a_minute_meet_no_error_and_memory_stays_flat() {
    let clients = std::env::var("SPOLA_SOAK_CLIENTS").map_or(1000, |text| text.parse().unwrap());
    let report = soak(clients, 2, Duration::from_secs(60));
    let seconds = report.elapsed.as_secs_f64();
    let (calls, struck) = (report.calls, report.struck);
    eprintln!("{calls} calls in {seconds:.1} s, {struck} faults, all asked for");
    let mebibytes: Vec<u64> = report
        .memory
        .iter()
        .map(|kibibytes| kibibytes >> 10)
        .collect();
    eprintln!("memory after 15, 30, 45 and 60 s, MiB: {mebibytes:?}");
    // Until a thousand connections have had their largest request their buffers still grow.
    if let [_, early, _, late] = report.memory[..] {
        assert!(late < early + early / 10, "memory grows");
    }
}
