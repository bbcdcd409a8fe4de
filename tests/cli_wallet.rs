//! Credentials are fetched once, kept, and fetched again before they expire.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use spola::auth::{Auth, Scheme};
use spola::message::Request;

use super::provider_tests::{Made, NOW, answer, role_answer, settings};
use super::wallet::{Wallet, on_one_line};

const CONFIG: &str = "[default]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\nregion = eu-west-1\n\
    [profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = SECRETBASE\n\
    [profile other]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = SECRETOTHER\n";

fn wallet(world: &Arc<Made>) -> Wallet {
    let settings = settings(&[("AWS_EC2_METADATA_DISABLED", "true")], CONFIG, None);
    let endpoints = vec!["http://mirror.test:5000".to_owned()];
    let secrets = BTreeMap::from([("pets".to_owned(), "TOKEN".into())]);
    Wallet::new(settings, secrets, endpoints, world.clone())
}

fn auth(source: &str) -> Auth {
    Auth {
        source: source.into(),
        schemes: vec![Scheme::SigV4 {
            service: "ecr".into(),
            region: "eu-west-1".into(),
        }],
        ..Auth::default()
    }
}

/// Gives `ASIA1`, `ASIA2` … each good for an hour of its clock.
fn hourly() -> Arc<Made> {
    let count = AtomicUsize::new(0);
    Made::new(move |_| {
        let count = count.fetch_add(1, Ordering::SeqCst);
        let hour = 23 + count;
        let (day, hour) = (14 + hour / 24, hour % 24);
        role_answer(
            &format!("ASIA{}", count + 1),
            &format!("2023-11-{day}T{hour:02}:13:20Z"),
        )
    })
}

fn take(wallet: &Wallet, source: &str, renew: bool) -> Result<String, String> {
    let found = wallet.credentials_for(&auth(source), renew);
    let found = found.map_err(|report| on_one_line(&report))?;
    Ok(found.unwrap().aws.unwrap().access_key_id)
}

fn later(world: &Made, seconds: u64) {
    *world.clock.lock().unwrap() = NOW + Duration::from_secs(seconds);
}

#[test]
fn credentials_are_kept_until_five_minutes_before_their_end() {
    let world = hourly();
    let wallet = wallet(&world);
    let take = |renew| take(&wallet, "ecr", renew).unwrap();
    assert_eq!(take(false), "ASIA1");
    later(&world, 3299);
    assert_eq!(take(false), "ASIA1");
    later(&world, 3300);
    assert_eq!(take(false), "ASIA2");
    assert_eq!(take(false), "ASIA2");
    // The service says that they have expired, whatever the clock says.
    assert_eq!(take(true), "ASIA3");
    assert_eq!(world.asked().len(), 3);
}

#[test]
fn where_fresh_ones_cannot_be_fetched_the_old_serve_to_their_end() {
    let first = AtomicUsize::new(0);
    let world = Made::new(move |_| match first.fetch_add(1, Ordering::SeqCst) {
        0 => role_answer("ASIA1", "2023-11-14T23:13:20Z"),
        _ => answer(
            403,
            "<E><Error><Code>AccessDenied</Code><Message>no</Message></Error></E>",
        ),
    });
    let wallet = wallet(&world);
    assert_eq!(take(&wallet, "ecr", false).unwrap(), "ASIA1");
    later(&world, 3400);
    assert_eq!(take(&wallet, "ecr", false).unwrap(), "ASIA1");
    // It is not tried again at once.
    assert_eq!(take(&wallet, "ecr", false).unwrap(), "ASIA1");
    assert_eq!(world.asked().len(), 2);
    later(&world, 3600);
    let refused = take(&wallet, "ecr", false).unwrap_err();
    assert!(refused.starts_with("role `arn:aws:iam::1:role/r` was not assumed: AccessDenied: no"));
}

#[test]
fn credentials_that_come_expired_are_refused() {
    let world = Made::new(|_| role_answer("ASIA1", "2023-11-14T22:13:20Z"));
    let refused = take(&wallet(&world), "ecr", false).unwrap_err();
    assert_eq!(
        refused,
        "the AWS credentials from role `arn:aws:iam::1:role/r` have expired; fetch fresh ones, or let a profile do it"
    );
}

#[test]
fn parallel_requests_fetch_credentials_once() {
    let world = hourly();
    let wallet = Arc::new(wallet(&world));
    let ready = Arc::new(Barrier::new(8));
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let (wallet, ready) = (Arc::clone(&wallet), Arc::clone(&ready));
            std::thread::spawn(move || {
                ready.wait();
                take(&wallet, "ecr", false)
            })
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap().as_deref(), Ok("ASIA1"));
    }
    assert_eq!(world.asked().len(), 1);
}

#[test]
fn one_source_may_have_the_credentials_of_another_profile() {
    let world = hourly();
    let wallet = wallet(&world).with_profile("from", "other").unwrap();
    assert_eq!(take(&wallet, "from", false).unwrap(), "AKIAOTHER");
    assert_eq!(take(&wallet, "ecr", false).unwrap(), "ASIA1");
    let mut texts = wallet.texts();
    texts.sort();
    assert_eq!(texts, ["SECRETOTHER", "TOKEN", "s&ASIA1", "tASIA1"]);
    let refused = wallet.with_profile("from", "othr").err().unwrap();
    assert_eq!(refused.to_string(), "no AWS profile `othr`");
}

#[test]
fn the_sandbox_takes_any_and_no_source_is_asked() {
    let world = hourly();
    let wallet = wallet(&world).for_sandbox();
    assert_eq!(take(&wallet, "ecr", true).unwrap(), "AKIASANDBOX");
    assert!(world.asked().is_empty());
}

#[test]
fn plain_http_is_for_endpoints_that_the_user_named_with_one_warning() {
    let world = hourly();
    let wallet = wallet(&world);
    let send = |url: &str| {
        let request = Request::new("GET", url, Vec::new()).unwrap();
        wallet.authorize(request, Some(&auth("ecr")), NOW)
    };
    for _ in 0..2 {
        let signed = send("http://mirror.test:5000/").unwrap();
        let header = signed.headers()["authorization"].to_str().unwrap();
        assert!(header.contains("Credential=ASIA1/"), "{header}");
    }
    assert!(send("http://127.0.0.1:1/").is_ok());
    let refused = send("http://elsewhere.test/").unwrap_err();
    let refused = on_one_line(&refused);
    assert!(refused.contains("elsewhere.test"), "{refused}");
    let said = ["warning: credentials go to mirror.test without encryption"];
    assert_eq!(*world.said.lock().unwrap(), said);
}

#[test]
fn a_secret_needs_no_aws_credentials_and_nothing_needs_none() {
    let world = hourly();
    let wallet = wallet(&world);
    let bearer = |source: &str| Auth {
        source: source.into(),
        schemes: vec![Scheme::Bearer],
        ..Auth::default()
    };
    let found = wallet
        .credentials_for(&bearer("pets"), false)
        .unwrap()
        .unwrap();
    assert_eq!(found.secret.unwrap().expose(), "TOKEN");
    assert_eq!(found.aws, None);
    assert_eq!(wallet.credentials_for(&bearer("other"), false), Ok(None));
    assert!(world.asked().is_empty());
}
