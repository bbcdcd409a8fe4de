//! The operations by name, and what each is given.

use serde_json::Value;
use spola::{JsonWriter, nearest};

use crate::content::{self, ImageConfig, ImageLayers, ImagePlatforms};
use crate::copy::{CopyImage, PlanCopy};
use crate::delete::{self, DeleteImages, UntagImage};
use crate::ensure::{EnsureRepository, Ensuring};
use crate::error::EcrError;
use crate::given::{Arguments, Given};
use crate::image::{self, DescribeImage, GetImage};
use crate::images::{self, Inventory, ListImages, NewestImage};
use crate::kept::{Damage, Kept};
use crate::place::Options;
use crate::policy::{
    DeleteLifecyclePolicy, DeleteRepositoryPolicy, GetLifecyclePolicy, GetRepositoryPolicy,
    Preview, PreviewLifecyclePolicy, PutLifecyclePolicy, PutRepositoryPolicy,
};
use crate::put::{self, PutImage, TagImage};
use crate::registry::{self, DescribeRegistry, ListRepositories, Login};
use crate::repository::{
    CreateRepository, Creation, DeleteRepository, DescribeRepository, RepositoryExists,
};
use crate::resolve_image::{ResolveImage, Resolving};
use crate::resource_tags::{self, RepositoryTags, UpdateRepositoryTags};
use crate::script::{Answer, Next, Script};
use crate::single::Once;

/// Makes the list of operations: name, arguments, script. Whatever is in it can be
/// begun by name, put into a snapshot and resumed.
macro_rules! operations {
    ($($name:literal: $Arguments:ident => $script:ty,)+) => {
        /// An operation with its arguments: what [`Operation`](crate::Operation) begins with.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Request {
            $(#[doc = concat!("`", $name, "`")] $Arguments($Arguments),)+
        }

        impl Request {
            /// The names of all operations.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The operation's name.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$Arguments(_) => $name,)+
                }
            }

            /// Reads the arguments of an operation. Their names may be written
            /// `existsOk`, `exists_ok` or `exists-ok`.
            ///
            /// # Errors
            /// `ecr.unknown-operation`, `ecr.invalid-arguments`.
            pub fn from_json(name: &str, args: Value) -> Result<Self, EcrError> {
                match name {
                    $($name => arguments($name, args).map(Self::$Arguments),)+
                    _ => Err(unknown(name)),
                }
            }

            pub(crate) fn begin(self, options: &Options) -> Result<Task, EcrError> {
                match self {
                    $(Self::$Arguments(arguments) =>
                        {
                            let script = <$script>::begin(arguments, options)?;
                            Ok(Task::$Arguments(Box::new(script)))
                        })+
                }
            }
        }

        $(impl From<$Arguments> for Request {
            fn from(arguments: $Arguments) -> Self {
                Self::$Arguments(arguments)
            }
        })+

        /// The scripts.
        #[derive(Clone, Debug)]
        pub(crate) enum Task {
            $($Arguments(Box<$script>),)+
        }

        impl Task {
            /// Writes it into a snapshot.
            pub(crate) fn write(&self, out: &mut JsonWriter) {
                out.begin_object().name(self.name());
                match self {
                    $(Self::$Arguments(script) => script.write(out),)+
                }
                out.end_object();
            }

            /// Reads it from a snapshot; none of a name that is not known.
            pub(crate) fn read(from: &Value, damage: &mut Damage) -> Option<Self> {
                let (name, held) = damage.variant(from);
                match name {
                    $($name => Some(Self::$Arguments(Kept::read(held, damage))),)+
                    _ => None,
                }
            }

            pub(crate) fn name(&self) -> &'static str {
                match self {
                    $(Self::$Arguments(_) => $name,)+
                }
            }

            pub(crate) fn next(&mut self, answer: Option<Answer>) -> Result<Next, EcrError> {
                match self {
                    $(Self::$Arguments(script) => script.next(answer),)+
                }
            }

            pub(crate) fn at_once(&self) -> usize {
                match self {
                    $(Self::$Arguments(script) => script.at_once(),)+
                }
            }

            pub(crate) fn held_bytes(&self) -> u64 {
                match self {
                    $(Self::$Arguments(script) => script.held_bytes(),)+
                }
            }

            pub(crate) fn check(&self) -> Result<(), &'static str> {
                match self {
                    $(Self::$Arguments(script) => Script::check(&**script),)+
                }
            }

            /// How often a request is sent at most, unless the host says otherwise.
            pub(crate) fn attempts(&self) -> u32 {
                match self {
                    $(Self::$Arguments(_) => <$script>::ATTEMPTS,)+
                }
            }

            pub(crate) fn ends_in_secrets(&self) -> bool {
                match self {
                    $(Self::$Arguments(_) => <$script>::ENDS_IN_SECRETS,)+
                }
            }
        }
    };
}

operations! {
    "copy-image": CopyImage => crate::copy::Copying,
    "plan-copy": PlanCopy => crate::copy::Planning,
    "describe-registry": DescribeRegistry => registry::Description,
    "list-repositories": ListRepositories => registry::Listing,
    "login": Login => registry::Token,
    "ensure-repository": EnsureRepository => Ensuring,
    "create-repository": CreateRepository => Creation,
    "delete-repository": DeleteRepository => Once<DeleteRepository>,
    "repository-exists": RepositoryExists => Once<RepositoryExists>,
    "describe-repository": DescribeRepository => Once<DescribeRepository>,
    "repository-tags": RepositoryTags => resource_tags::Reading,
    "update-repository-tags": UpdateRepositoryTags => resource_tags::Updating,
    "lifecycle-policy": GetLifecyclePolicy => Once<GetLifecyclePolicy>,
    "put-lifecycle-policy": PutLifecyclePolicy => Once<PutLifecyclePolicy>,
    "delete-lifecycle-policy": DeleteLifecyclePolicy => Once<DeleteLifecyclePolicy>,
    "preview-lifecycle-policy": PreviewLifecyclePolicy => Preview,
    "repository-policy": GetRepositoryPolicy => Once<GetRepositoryPolicy>,
    "put-repository-policy": PutRepositoryPolicy => Once<PutRepositoryPolicy>,
    "delete-repository-policy": DeleteRepositoryPolicy => Once<DeleteRepositoryPolicy>,
    "list-images": ListImages => images::Listing,
    "inventory": Inventory => images::Counting,
    "newest-image": NewestImage => images::Newest,
    "get-image": GetImage => image::Getting,
    "describe-image": DescribeImage => image::Describing,
    "image-layers": ImageLayers => content::Layers,
    "image-config": ImageConfig => content::Config,
    "image-platforms": ImagePlatforms => content::Platforms,
    "put-image": PutImage => put::Putting,
    "tag-image": TagImage => put::Tagging,
    "untag-image": UntagImage => delete::Untagging,
    "delete-images": DeleteImages => delete::Deleting,
    "resolve-image": ResolveImage => Resolving,
}

/// Reads arguments; their names in any of the spellings of the hosts.
fn arguments<A: Arguments>(name: &str, args: Value) -> Result<A, EcrError> {
    Given::read(args).map_err(|reason| EcrError::InvalidArguments {
        operation: name.to_owned(),
        reason,
    })
}

fn unknown(name: &str) -> EcrError {
    EcrError::UnknownOperation {
        name: crate::text::shown(name),
        nearest: nearest(name, Request::NAMES.iter().copied()).map(str::to_owned),
    }
}
