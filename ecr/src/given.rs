//! What operations are given: arguments read member by member.
//!
//! Their names are written in each of the hosts' ways.

use serde_json::{Map, Value};
use spola::JsonWriter;

use crate::content::{ImageConfig, ImageLayers, ImagePlatforms};
use crate::copy::{CopyImage, PlanCopy};
use crate::delete::{DeleteImages, UntagImage};
use crate::ensure::EnsureRepository;
use crate::image::{DescribeImage, GetImage};
use crate::images::{Inventory, ListImages, NewestImage};
use crate::kept::{Damage, Kept};
use crate::policy::{
    DeleteLifecyclePolicy, DeleteRepositoryPolicy, GetLifecyclePolicy, GetRepositoryPolicy,
    PreviewLifecyclePolicy, PutLifecyclePolicy, PutRepositoryPolicy,
};
use crate::put::{PutImage, TagImage};
use crate::registry::{DescribeRegistry, ListRepositories, Login};
use crate::repository::{CreateRepository, DeleteRepository, DescribeRepository, RepositoryExists};
use crate::resolve_image::ResolveImage;
use crate::resource_tags::{RepositoryTags, UpdateRepositoryTags};

/// Arguments of an operation; those that are not given keep their default.
pub(crate) trait Arguments: Default {
    /// Takes what is theirs.
    fn take(&mut self, given: &mut Given);

    /// Writes them into a snapshot.
    fn write(&self, out: &mut JsonWriter);
}

/// Members that were given, their names as `existsOk`, and what was wrong with them.
pub(crate) struct Given {
    members: Map<String, Value>,
    known: Vec<String>,
    damage: Damage,
}

impl Given {
    /// Reads arguments from an object.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(crate) fn read<A: Arguments>(args: Value) -> Result<A, String> {
        let mut given = Self::of(args)?;
        let mut arguments = A::default();
        arguments.take(&mut given);
        given.end()?;
        Ok(arguments)
    }

    fn of(args: Value) -> Result<Self, String> {
        let args = match args {
            Value::Null => Map::new(),
            Value::Object(args) => args,
            _ => return Err("they are no object".into()),
        };
        let mut members = Map::new();
        for (key, value) in args {
            let name = camel_case(&key);
            // What is not given and what is null are the same in every host.
            if !value.is_null() && members.insert(name, value).is_some() {
                return Err(format!("`{key}` is there twice"));
            }
        }
        Ok(Self {
            members,
            known: Vec::new(),
            damage: Damage::default(),
        })
    }

    fn member<T: Kept>(&mut self, name: &str, into: &mut T) {
        if let Some(value) = self.taken(name) {
            *into = T::read(&value, &mut self.damage);
        }
    }

    fn taken(&mut self, name: &str) -> Option<Value> {
        let name = camel_case(name);
        let value = self.members.shift_remove(&name);
        self.known.push(name);
        value
    }

    fn end(self) -> Result<(), String> {
        if let Some(name) = self.members.keys().next() {
            let one_of = if self.known.len() > 2 { "one of " } else { "" };
            let known = self
                .known
                .join(if one_of.is_empty() { "` or `" } else { "`, `" });
            return Err(format!(
                "unknown field `{name}`, expected {one_of}`{known}`"
            ));
        }
        self.damage.finish()
    }
}

/// `exists_ok` and `exists-ok` as `existsOk`.
fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut raise = false;
    for c in name.chars() {
        match c {
            '_' | '-' => raise = !camel.is_empty(),
            _ if std::mem::take(&mut raise) => camel.extend(c.to_uppercase()),
            _ => camel.push(c),
        }
    }
    camel
}

/// All members of the arguments of all operations.
macro_rules! arguments {
    ($($Name:ident { $($field:ident),* })+) => {$(
        impl Arguments for $Name {
            fn take(&mut self, given: &mut Given) {
                let Self { $($field),* } = self;
                $(given.member(stringify!($field), $field);)*
            }

            fn write(&self, out: &mut JsonWriter) {
                out.begin_object();
                $(self.$field.write(out.name(&camel_case(stringify!($field))));)*
                out.end_object();
            }
        }
    )+};
}

arguments! {
    CopyImage {
        source, destination, tags, source_tags, platforms, referrers, on_conflict, layers_at_once,
        parts_at_once, part_bytes
    }
    DescribeRegistry { registry }
    ListRepositories { registry, name, glob, pattern, tags, with_tags }
    Login { registry }
    EnsureRepository {
        repository, mutability, exclusions, scan_on_push, encryption, kms_key, tags, tag_mode,
        lifecycle_policy, policy
    }
    CreateRepository {
        repository, mutability, exclusions, scan_on_push, encryption, kms_key, tags, exists_ok
    }
    DeleteRepository { repository, force, missing_ok }
    RepositoryExists { repository }
    DescribeRepository { repository }
    RepositoryTags { repository }
    UpdateRepositoryTags { repository, tags, remove, mode }
    GetLifecyclePolicy { repository, missing_ok }
    PutLifecyclePolicy { repository, policy }
    DeleteLifecyclePolicy { repository, missing_ok }
    PreviewLifecyclePolicy { repository, policy }
    GetRepositoryPolicy { repository, missing_ok }
    PutRepositoryPolicy { repository, policy, force }
    DeleteRepositoryPolicy { repository, missing_ok }
    ListImages { repository, tag_status, glob, pattern }
    Inventory { repository, tag_status, glob, pattern }
    NewestImage { repository, tag_status, glob, pattern, missing_ok }
    GetImage { image, missing_ok }
    DescribeImage { image, missing_ok }
    ImageLayers { image, platform, check }
    ImageConfig { image, platform }
    ImagePlatforms { image }
    PutImage { repository, manifest, media_type, tag, digest }
    TagImage { image, tags }
    UntagImage { repository, tags, delete_untagged }
    DeleteImages {
        repository, images, untagged, glob, pattern, keep_newest, pushed_before, dry_run
    }
    ResolveImage { name, default_tag, check }
}

impl Arguments for PlanCopy {
    fn take(&mut self, given: &mut Given) {
        self.0.take(given);
    }

    fn write(&self, out: &mut JsonWriter) {
        self.0.write(out);
    }
}
