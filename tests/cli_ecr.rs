//! `spola ecr` as a user types it, against the sandbox.

use std::path::PathBuf;

use serde_json::Value;

use crate::cli_run::{Ran, folder, run};

/// A state file of a test's own; the sample registry is in it at first.
pub struct Cloud(PathBuf);

impl Cloud {
    /// In a folder of that name.
    pub fn new(name: &str) -> Self {
        Self(folder(name).join("state.json"))
    }

    /// Runs a command: `ls --tags`.
    pub fn run(&self, line: &str) -> Ran {
        let state = self.0.display().to_string();
        let words = ["ecr"].into_iter().chain(line.split_whitespace());
        let words: Vec<&str> = words.chain(["--sandbox-state", &state]).collect();
        run(&words)
    }

    /// What a command prints that goes well.
    pub fn out(&self, line: &str) -> String {
        let ran = self.run(line);
        assert_eq!(ran.status, 0, "{line}: {}", ran.err);
        ran.out
    }

    /// The same as JSON.
    pub fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.out(&format!("{line} --json"))).expect("one JSON object")
    }
}

fn names(found: &Value) -> Vec<&str> {
    let repositories = found["repositories"].as_array().expect("repositories");
    let names = repositories.iter();
    names
        .filter_map(|one| one["repositoryName"].as_str())
        .collect()
}

#[test]
fn repositories_are_listed_by_name_and_tag() {
    let cloud = Cloud::new("ecr-ls");
    assert_eq!(
        cloud.out("ls"),
        "NAME         TAGS ARE   CREATED               URI\n\
         app          mutable    2026-01-05T09:00:00Z  123456789012.dkr.ecr.us-east-1.amazonaws.com/app\n\
         team/api     immutable  2026-01-05T10:00:00Z  123456789012.dkr.ecr.us-east-1.amazonaws.com/team/api\n\
         team/worker  mutable    2026-01-05T11:00:00Z  123456789012.dkr.ecr.us-east-1.amazonaws.com/team/worker\n"
    );
    assert_eq!(names(&cloud.json("ls team/*")), ["team/api", "team/worker"]);
    assert_eq!(names(&cloud.json("ls --pattern ^a")), ["app"]);
    assert_eq!(names(&cloud.json("ls --tag team=sample")), ["app"]);
    assert_eq!(names(&cloud.json("ls --tag team")), ["app"]);
    assert_eq!(cloud.out("ls --tag team=other"), "");
    let tagged = cloud.out("ls app --tags");
    assert!(tagged.ends_with("team=sample\n"), "{tagged}");
}

#[test]
fn a_registry_is_described_and_logged_in_to() {
    let cloud = Cloud::new("ecr-login");
    assert_eq!(
        cloud.out("describe"),
        "account      123456789012\nregion       us-east-1\n\
         registry     123456789012.dkr.ecr.us-east-1.amazonaws.com\nreplicates   nowhere\n"
    );
    let given = cloud.json("login --region eu-west-1");
    assert_eq!(given["username"], "AWS");
    let password = cloud.out("login");
    assert!(password.trim_end().len() > 20 && password.lines().count() == 1);
}

#[test]
fn a_name_is_made_whole_without_asking_anybody() {
    let uri = |words: &[&str]| run(&[&["ecr", "uri"], words].concat());
    let whole = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:v1";
    let places = ["--account", "123456789012", "--region", "eu-west-1"];
    let ran = uri(&[&["team/app:v1"][..], &places].concat());
    assert_eq!((ran.status, ran.out.trim_end()), (0, whole), "{}", ran.err);
    let ran = uri(&[whole, "--json"]);
    let value: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(
        value["arn"],
        "arn:aws:ecr:eu-west-1:123456789012:repository/team/app"
    );
    assert_eq!(
        (&value["repository"], &value["tag"]),
        (&"team/app".into(), &"v1".into())
    );
    let ran = uri(&["arn:aws-cn:ecr:cn-north-1:123456789012:repository/xyz"]);
    let expected = "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/xyz\n";
    assert_eq!(ran.out, expected);
    let ran = uri(&["team/app"]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("give account and region"), "{}", ran.err);
    let ran = uri(&[&["Team/App", "--json"][..], &places].concat());
    assert_eq!(ran.status, 2);
    let told: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(
        told["diagnostics"][0]["code"],
        "ecr.invalid-repository-name"
    );
}

#[test]
fn help_names_every_command() {
    let ran = run(&["ecr", "--help"]);
    assert_eq!(ran.status, 0);
    let names =
        "copy ls images describe config tag ensure create delete lifecycle login resolve uri";
    for name in names.split(' ') {
        assert!(
            ran.out.contains(&format!("\n  {name} ")),
            "{name}: {}",
            ran.out
        );
    }
}

#[test]
fn images_are_listed_described_and_resolved() {
    let cloud = Cloud::new("ecr-images");
    let listed = cloud.out("images app --glob 1.*");
    assert_eq!(
        listed,
        "DIGEST                                                                   TAGS           SIZE    PUSHED\n\
         sha256:21498130ed70ed0000a861560c4dce9ba35ee977d8b29c2df313c2b12145195d  1.0.0          4.4 kB  2026-01-05T09:10:00Z\n\
         sha256:5049587e65a277556d4d0e2d5c689bc826c309506ff636380aca216b95992d31  1.1.0, stable  4.4 kB  2026-01-05T09:20:00Z\n"
    );
    let count = |line: &str| cloud.json(line)["images"].as_array().map(Vec::len);
    assert_eq!(count("images app"), Some(6));
    assert_eq!(count("images app --tagged"), Some(3));
    assert_eq!(count("images app --untagged"), Some(3));
    assert_eq!(count("images team/worker"), Some(0));
    assert_eq!(cloud.out("images team/worker"), "");
    let whole: Value = serde_json::from_str(&cloud.out("images app --manifests")).expect("JSON");
    assert_eq!(whole["count"], 6);
    let newest = cloud.out("images app --newest");
    assert_eq!(newest, cloud.out("resolve app"));
    assert!(newest.ends_with(
        "/app@sha256:e6c667ec256d62733aa8dc7519c72d88bebeb4d8f65217a706551bac3590cea9\n"
    ));
    assert_eq!(
        cloud.out("resolve app --default-tag stable"),
        cloud.out("resolve app:1.1.0")
    );
    let described = cloud.out("describe app:latest");
    assert!(
        described.contains("tags         2.0.0, latest\n"),
        "{described}"
    );
    assert!(
        described.contains("platforms    linux/amd64, linux/arm64\n"),
        "{described}"
    );
    let described = cloud.out("describe app");
    assert!(described.contains("arn          arn:aws:ecr:us-east-1:123456789012:repository/app\n"));
    assert!(
        described.ends_with("tags         team=sample\n"),
        "{described}"
    );
}

#[test]
fn a_config_is_printed_and_an_index_asks_for_a_platform() {
    let cloud = Cloud::new("ecr-config");
    let config: Value = serde_json::from_str(&cloud.out("config app:1.1.0")).expect("JSON");
    assert_eq!(config["config"]["Cmd"][0], "/bin/app");
    let arm = cloud.json("config app:latest --platform linux/arm64");
    assert_eq!(arm["config"]["architecture"], "arm64");
    let which = cloud.run("config app:latest");
    assert_eq!(which.status, 1);
    assert!(which.err.contains("ecr.which-platform"), "{}", which.err);
}

#[test]
fn images_and_repositories_are_tagged() {
    let cloud = Cloud::new("ecr-tag");
    let tagged = cloud.run("tag app:1.1.0 a b");
    assert_eq!((tagged.status, tagged.err.as_str()), (0, "added: a, b\n"));
    let removed = cloud.run("tag app:a --remove b --remove c");
    assert_eq!(removed.err, "removed: b\nmissing: c\n");
    assert_eq!(cloud.out("tag app:a"), "1.1.0\na\nstable\n");
    let last = cloud.run("tag app:1.0.0 --remove 1.0.0");
    assert_eq!(last.status, 1);
    assert!(last.err.contains("ecr.last-tag"), "{}", last.err);
    assert_eq!(cloud.out("tag app x=1"), "team=sample\nx=1\n");
    assert_eq!(cloud.out("tag app --remove team"), "x=1\n");
    assert_eq!(cloud.out("tag app y=2 --overwrite"), "y=2\n");
    assert_eq!(cloud.out("tag app"), "y=2\n");
    for line in [
        "tag app x",
        "tag app:1.0.0 x --overwrite",
        "tag app --delete-untagged",
    ] {
        assert_eq!(cloud.run(line).status, 2, "{line}");
    }
    // In the sandbox without a file, too, the second call sees what the first did.
    let both = run(&["ecr", "tag", "app:1.1.0", "n", "--remove", "n", "--sandbox"]);
    assert_eq!(both.err, "added: n\nremoved: n\n");
}

#[test]
fn a_repository_is_ensured_created_and_deleted() {
    let cloud = Cloud::new("ecr-ensure");
    let policy = cloud.0.with_file_name("lifecycle.json");
    let text = r#"{"rules": [{"rulePriority": 1, "selection": {"tagStatus": "untagged",
        "countType": "imageCountMoreThan", "countNumber": 1}, "action": {"type": "expire"}}]}"#;
    std::fs::write(&policy, text).expect("written");
    let policy = policy.display();
    let told = |line: &str| {
        let ran = cloud.run(line);
        assert_eq!(ran.status, 0, "{line}: {}", ran.err);
        ran.err
    };
    let line = format!("ensure new --mutability immutable --tag a=1 --lifecycle {policy}");
    assert_eq!(told(&line), "created\n");
    assert_eq!(told(&line), "unchanged\n");
    assert_eq!(told("ensure new --scan-on-push"), "updated: scanOnPush\n");
    assert_eq!(
        cloud.json("ensure new")["repository"]["imageTagMutability"],
        "IMMUTABLE"
    );
    let exists = cloud.run("create new");
    assert_eq!(exists.status, 1);
    assert!(
        exists.err.contains("ecr.repository-already-exists"),
        "{}",
        exists.err
    );
    assert_eq!(told("create new --exists-ok"), "it was there\n");
    assert_eq!(told("create newer"), "created\n");
    assert_eq!(told("delete newer"), "deleted\n");
    assert_eq!(told("delete newer --missing-ok"), "it was not there\n");
    assert_eq!(cloud.run("delete newer").status, 1);
    assert_eq!(cloud.run("delete app").status, 1, "it has images");
    assert_eq!(told("delete app --force"), "deleted\n");
    for line in [
        "ensure new --lifecycle /nowhere/x",
        "create new --tag a",
        "ensure new --tag =1",
    ] {
        assert_eq!(cloud.run(line).status, 2, "{line}");
    }
}

#[test]
fn without_credentials_the_failure_is_theirs_with_its_help() {
    let ran = run(&["ecr", "ls", "--region", "eu-west-1"]);
    assert_eq!(ran.status, 1);
    assert_eq!(
        ran.err,
        "error[credentials.none]: there are no AWS credentials: none in the environment or in \
         profile `default`\n  help: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile \
         with --profile, or log in with `aws sso login`\n"
    );
    let ran = run(&["ecr", "ls", "--region", "eu-west-1", "--json"]);
    let told: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(told["failure"]["code"], "credentials.none");
    assert!(
        told["failure"]["help"]
            .as_str()
            .expect("help")
            .contains("--profile")
    );
}

#[test]
fn images_are_chosen_and_deleted() {
    let cloud = Cloud::new("ecr-delete");
    let chosen = cloud.out("delete app --untagged --dry-run");
    assert_eq!(chosen.lines().count(), 4, "{chosen}");
    let told = cloud.run("delete app --untagged").err;
    assert_eq!(
        told,
        "deleted 1 of 3 images; 2 stay, as an index names them\n"
    );
    assert_eq!(cloud.run("delete app:1.0.0").err, "deleted 1 of 1 image\n");
    let left = cloud.json("images app --tagged");
    assert_eq!(left["images"].as_array().map(Vec::len), Some(2));
    cloud.out("delete app --keep-newest 1");
    let left = cloud.json("images app --tagged");
    assert_eq!(left["images"][0]["imageTags"][0], "2.0.0");
    cloud.out("delete app --glob * --older-than 99999d");
    assert_eq!(cloud.json("images app --tagged"), left);
    for line in [
        "delete app --dry-run",
        "delete app:latest --untagged",
        "delete app --older-than x",
    ] {
        assert_eq!(cloud.run(line).status, 2, "{line}");
    }
}

#[test]
fn a_lifecycle_policy_is_set_shown_previewed_and_deleted() {
    let cloud = Cloud::new("ecr-lifecycle");
    let path = cloud.0.with_file_name("policy.json");
    let text = r#"{"rules": [{"rulePriority": 1, "selection": {"tagStatus": "any",
        "countType": "imageCountMoreThan", "countNumber": 1}, "action": {"type": "expire"}}]}"#;
    std::fs::write(&path, text).expect("written");
    let missing = cloud.run("lifecycle app");
    assert_eq!(missing.status, 1);
    assert!(
        missing.err.contains("ecr.lifecycle-policy-not-found"),
        "{}",
        missing.err
    );
    assert_eq!(cloud.out("lifecycle app --missing-ok"), "");
    let path = path.display();
    let preview = cloud.json(&format!("lifecycle app --preview {path}"));
    assert!(!preview["results"].as_array().expect("results").is_empty());
    // The first preview was over on the sandbox's own clock, which goes on from there.
    assert_eq!(
        cloud.json(&format!("lifecycle app --preview {path}")),
        preview
    );
    assert_eq!(
        cloud.run("lifecycle app").status,
        1,
        "a preview sets nothing"
    );
    let set = cloud.out(&format!("lifecycle app --set {path}"));
    assert_eq!(set, cloud.out("lifecycle app"));
    let shown: Value = serde_json::from_str(&set).expect("JSON");
    assert_eq!(shown["rules"][0]["rulePriority"], 1);
    cloud.out("lifecycle app --delete");
    assert_eq!(cloud.run("lifecycle app").status, 1);
    assert_eq!(cloud.run("lifecycle app --set /nowhere/x").status, 2);
}
