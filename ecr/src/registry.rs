//! Registries: their repositories, their description, login tokens.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use spola::VecMap;

use crate::call::Call;
use crate::error::EcrError;
use crate::filter::{NameFilter, tags_fit};
use crate::kept::{kept, newtypes};
use crate::pages::{PAGE, Pages};
use crate::place::{Options, Place};
use crate::resource_tags::tags_of;
use crate::script::{Answer, Ask, Next, Script};
use crate::values::{set, text};

/// `describe-registry`: account and replication rules; the cheapest way to learn
/// whose registry the credentials reach. Gives `registryId`, `region`, `registry` and
/// `replicationConfiguration`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct DescribeRegistry {
    /// The registry, by address or account; that of the credentials unless given.
    pub registry: Option<String>,
}

/// The script of [`DescribeRegistry`].
#[derive(Clone, Debug)]
pub(crate) struct Description(Place);

newtypes! { Description }

impl Script for Description {
    type Arguments = DescribeRegistry;

    fn begin(arguments: DescribeRegistry, options: &Options) -> Result<Self, EcrError> {
        Place::named(arguments.registry.as_deref(), options).map(Self)
    }

    fn next(&mut self, answer: Option<Answer>) -> Result<Next, EcrError> {
        let Some(answer) = answer else {
            let call = Call::bare(&self.0, "DescribeRegistry", json!({}));
            return Ok(Next::call(call));
        };
        let mut body = answer.json()?;
        if let Some(account) = body["registryId"].as_str().map(str::parse) {
            self.0.account = Some(account?);
        }
        set(&mut body, "region", json!(self.0.region));
        set(&mut body, "registry", json!(self.0.registry()));
        Ok(Next::done(body))
    }
}

/// `list-repositories`: those of a registry, filtered by name, then by tags. Gives
/// `repositories` as the service describes them; with `tags` or `with_tags` each has its
/// `tags`.
///
/// One call for each 1000 repositories, one where `name` is given, and one for each
/// repository whose tags are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ListRepositories {
    /// The registry, by address or account; that of the credentials unless given.
    pub registry: Option<String>,
    /// The one of exactly this name.
    pub name: Option<String>,
    /// Those whose whole name fits: `*` stands for any characters, `?` for one.
    pub glob: Option<String>,
    /// Those with a part of the name that this regular expression matches.
    pub pattern: Option<String>,
    /// Those that have all of these tags; a null value stands for any.
    pub tags: VecMap<String, Option<String>>,
    /// Whether to give the tags of each.
    pub with_tags: bool,
}

/// The script of [`ListRepositories`].
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    place: Place,
    filter: NameFilter,
    tags: VecMap<String, Option<String>>,
    with_tags: bool,
    pages: Pages,
    listed: bool,
    found: Vec<Value>,
    /// How many repositories' tags are owed.
    owed: u64,
}

kept! { Listing { place, filter, tags, with_tags, pages, listed, found, owed } }

/// The key of a page; the others are places in `found`, from 1.
const PAGE_KEY: u64 = 0;

impl Script for Listing {
    type Arguments = ListRepositories;

    fn begin(arguments: ListRepositories, options: &Options) -> Result<Self, EcrError> {
        let place = Place::named(arguments.registry.as_deref(), options)?;
        let filter = NameFilter::new(
            "list-repositories",
            arguments.name,
            arguments.glob,
            arguments.pattern,
        )?;
        let body = match filter.exact() {
            Some(name) => json!({ "repositoryNames": [name] }),
            None => json!({ "maxResults": PAGE }),
        };
        let call = Call::of_registry(&place, "DescribeRepositories", body);
        Ok(Self {
            place,
            filter,
            with_tags: arguments.with_tags || !arguments.tags.is_empty(),
            tags: arguments.tags,
            pages: Pages::new(call, "repositories"),
            listed: false,
            found: Vec::new(),
            owed: 0,
        })
    }

    fn next(&mut self, answer: Option<Answer>) -> Result<Next, EcrError> {
        let Some(answer) = answer else {
            return Ok(Next::call(self.pages.call()));
        };
        let next = match answer.key {
            PAGE_KEY => self.page(answer)?,
            at => self.tagged(at, answer)?,
        };
        if self.listed && self.owed == 0 {
            self.found.retain(|repository| !repository.is_null());
            let repositories = std::mem::take(&mut self.found);
            return Ok(Next::done(json!({ "repositories": repositories })));
        }
        Ok(next)
    }
}

impl Listing {
    fn page(&mut self, answer: Answer) -> Result<Next, EcrError> {
        let page = answer.json_unless(&["RepositoryNotFoundException"])?;
        let (entries, last) = self.pages.take(page.unwrap_or_default())?;
        let mut next = Next::more();
        for repository in entries {
            if !self.filter.fits(text(&repository, "repositoryName")) {
                continue;
            }
            let arn = repository["repositoryArn"].clone();
            self.found.push(repository);
            if self.with_tags {
                self.owed = self.owed.saturating_add(1);
                let body = json!({ "resourceArn": arn });
                let call = Call::bare(&self.place, "ListTagsForResource", body);
                next = next.and(self.found.len() as u64, Ask::Call(call));
            }
        }
        self.listed = last;
        Ok(match last {
            true => next,
            false => next.and(PAGE_KEY, Ask::Call(self.pages.call())),
        })
    }

    /// Takes the tags of a repository, and the repository out where they do not fit.
    fn tagged(&mut self, at: u64, answer: Answer) -> Result<Next, EcrError> {
        self.owed = self.owed.saturating_sub(1);
        let gone = answer.json_unless(&["RepositoryNotFoundException"])?;
        let found = usize::try_from(at.wrapping_sub(1))
            .ok()
            .and_then(|at| self.found.get_mut(at));
        if let Some(repository) = found {
            let tags = gone.map(tags_of);
            match tags.filter(|tags| tags_fit(tags, &self.tags)) {
                Some(tags) => set(repository, "tags", json!(tags)),
                None => *repository = Value::Null,
            }
        }
        Ok(Next::more())
    }
}

/// `login`: a password for Docker and other clients of the registry protocol. Gives
/// `username`, `password`, `registry` (its URL), `expiresAt` (Unix seconds) and `token`,
/// user and password as the header field wants them. Good for 12 hours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Login {
    /// The registry, by address or account; that of the credentials unless given.
    pub registry: Option<String>,
}

/// The script of [`Login`].
#[derive(Clone, Debug)]
pub(crate) struct Token(Place);

newtypes! { Token }

impl Script for Token {
    type Arguments = Login;

    const ENDS_IN_SECRETS: bool = true;

    fn begin(arguments: Login, options: &Options) -> Result<Self, EcrError> {
        Place::named(arguments.registry.as_deref(), options).map(Self)
    }

    fn next(&mut self, answer: Option<Answer>) -> Result<Next, EcrError> {
        const OPERATION: &str = "GetAuthorizationToken";
        let Some(answer) = answer else {
            return Ok(Next::call(Call::bare(&self.0, OPERATION, json!({}))));
        };
        let unreadable = |reason: &str| EcrError::UnreadableAnswer {
            operation: OPERATION.into(),
            reason: reason.into(),
        };
        let body = answer.json()?;
        let data = &body["authorizationData"][0];
        let token = data["authorizationToken"].as_str();
        let token = token.ok_or_else(|| unreadable("it has no token"))?;
        let decoded = STANDARD.decode(token).ok();
        let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
        let (username, password) = decoded
            .as_deref()
            .and_then(|text| text.split_once(':'))
            .ok_or_else(|| unreadable("its token is not user and password"))?;
        // One token is good for every registry that the identity may use.
        let registry = self
            .0
            .registry()
            .map(|registry| format!("https://{registry}"));
        let registry = registry.map_or_else(|| data["proxyEndpoint"].clone(), Value::from);
        Ok(Next::done(json!({
            "username": username,
            "password": password,
            "registry": registry,
            "expiresAt": data["expiresAt"],
            "token": token,
        })))
    }
}
