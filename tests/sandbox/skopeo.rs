//! A client from outside reads from `spola sandbox`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::cli_run::{folder, spola};

/// `spola sandbox`, stopped when it is dropped.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start() -> Self {
        let mut child = spola()
            .args(["sandbox", "--listen", "127.0.0.1:0"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        said.read_line(&mut line).unwrap();
        let (_, address) = line.trim().split_once("http://").unwrap();
        let address = address.to_owned();
        // what it says later needs a reader too
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self { child, address }
    }

    /// The password that GetAuthorizationToken gives, with its user.
    fn credentials(&self) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let target = "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken";
        write!(
            stream,
            "POST / HTTP/1.1\r\nHost: {}\r\nX-Amz-Target: {target}\r\nContent-Length: 2\r\n\
             Connection: close\r\n\r\n{{}}",
            self.address
        )
        .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (_, body) = text.split_once("\r\n\r\n").unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        let token = &body["authorizationData"][0]["authorizationToken"];
        decoded(token.as_str().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The text that base64 stands for.
fn decoded(text: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::new());
    for letter in text.bytes().filter(|letter| *letter != b'=') {
        let value = LETTERS.iter().position(|known| *known == letter).unwrap();
        bits = (bits << 6 | u32::try_from(value).unwrap()) & 0xffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).unwrap());
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn skopeo(arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new("skopeo");
    let output = command.arg("--insecure-policy").args(arguments).output();
    let output = output.unwrap();
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

#[test]
fn skopeo_reads_what_the_sandbox_holds() {
    if Command::new("skopeo").arg("--version").output().is_err() {
        eprintln!("not run: skopeo is not installed");
        return;
    }
    let server = Server::start();
    let credentials = server.credentials();
    let plain = ["--tls-verify=false", "--creds", &credentials];
    let image = |name: &str| format!("docker://{}/{name}", server.address);
    let read = |command: &[&str], name: &str| {
        let image = image(name);
        let arguments = [command, &plain, &[&image]].concat();
        skopeo(&arguments).map(|text| serde_json::from_str::<Value>(&text).unwrap())
    };
    let inspected = read(&["inspect"], "app:1.0.0").unwrap();
    assert_eq!(inspected["Architecture"], "amd64");
    assert_eq!(inspected["Layers"].as_array().unwrap().len(), 2);
    assert_eq!(inspected["RepoTags"].as_array().unwrap().len(), 5);
    let digest = inspected["Digest"].as_str().unwrap();
    assert_eq!(
        read(&["inspect", "--config"], &format!("app@{digest}")).unwrap()["os"],
        "linux"
    );
    let index = read(&["inspect", "--raw"], "app:latest").unwrap();
    assert_eq!(index["manifests"].as_array().unwrap().len(), 2);
    let tags = read(&["list-tags"], "team/api").unwrap();
    assert_eq!(tags["Tags"].as_array().unwrap().len(), 2);
    let refused = read(&["inspect"], "none:1").unwrap_err();
    assert!(refused.contains("name unknown"), "{refused}");
    let refused = read(&["inspect"], "app:none").unwrap_err();
    assert!(refused.contains("manifest unknown"), "{refused}");

    let copy = folder("skopeo");
    let target = format!("dir:{}", copy.display());
    let source = image("app:latest");
    let all = ["copy", "--all", "--src-tls-verify=false", "--src-creds"];
    skopeo(&[&all[..], &[&credentials, &source, &target]].concat()).unwrap();
    let stored = std::fs::read(copy.join("manifest.json")).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&stored).unwrap(), index);
    // nothing can be pushed
    let back = ["copy", "--dest-tls-verify=false", "--dest-creds"];
    let source = format!("dir:{}", copy.display());
    let target = image("app:new");
    let refused = skopeo(&[&back[..], &[&credentials, &source, &target]].concat());
    assert!(refused.is_err());
}
