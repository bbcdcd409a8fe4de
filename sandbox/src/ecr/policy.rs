//! Policies of repositories and of the registry.

use super::operation::Operation;
use crate::answer::{Answer, Refusal};
use crate::request::Request;
use crate::shape::{REGISTRY_ID, REPOSITORY_NAME, Shape, object, sized};
use crate::state::State;
use serde_json::{Value, json};

pub(crate) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "SetRepositoryPolicy",
        input: &SET,
        run: set,
    },
    Operation {
        name: "GetRepositoryPolicy",
        input: &REPOSITORY,
        run: get,
    },
    Operation {
        name: "DeleteRepositoryPolicy",
        input: &REPOSITORY,
        run: delete,
    },
    Operation {
        name: "PutRegistryPolicy",
        input: &PUT_REGISTRY,
        run: put_registry,
    },
    Operation {
        name: "GetRegistryPolicy",
        input: &NOTHING,
        run: get_registry,
    },
    Operation {
        name: "DeleteRegistryPolicy",
        input: &NOTHING,
        run: delete_registry,
    },
];

static SET: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "repositoryName": REPOSITORY_NAME,
    need "policyText": sized(0, 10_240),
    may "force": Shape::Flag,
};
pub(crate) static REPOSITORY: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "repositoryName": REPOSITORY_NAME,
};
static PUT_REGISTRY: Shape = object! { need "policyText": sized(0, 10_240) };
pub(crate) static NOTHING: Shape = object! {};

/// The name of the registry's policy among its documents.
const POLICY: &str = "policy";

/// Whether a text is a policy document: an object with statements. What they say is not read.
fn check(text: &str) -> Result<(), Refusal> {
    let document: Option<Value> = serde_json::from_str(text).ok();
    let statements = document
        .as_ref()
        .and_then(|document| document.get("Statement"));
    let effect = |statement: &Value| {
        matches!(
            statement.get("Effect").and_then(Value::as_str),
            Some("Allow" | "Deny")
        )
    };
    let valid = match statements {
        Some(Value::Array(all)) => all.iter().all(effect),
        Some(one) => effect(one),
        None => false,
    };
    if valid {
        Ok(())
    } else {
        Err(Refusal::parameter(
            "PolicyText",
            "Invalid repository policy provided",
        ))
    }
}

fn repository_answer(request: &Request, registry: &str, text: &str) -> Value {
    json!({
        "registryId": registry,
        "repositoryName": request.name(),
        "policyText": text,
    })
}

fn missing(request: &Request, registry: &str) -> Refusal {
    Refusal::new(
        "RepositoryPolicyNotFoundException",
        format!(
            "Repository policy does not exist for the repository with name '{}' in the registry \
             with id '{registry}'",
            request.name()
        ),
    )
}

fn set(state: &mut State, request: &Request) -> Answer {
    let (id, repository) = state.repository(request)?;
    let text = request.required("policyText");
    check(text)?;
    repository.policy = Some(text.to_owned());
    Ok(repository_answer(request, &id, text))
}

fn get(state: &mut State, request: &Request) -> Answer {
    let (id, repository) = state.repository(request)?;
    match &repository.policy {
        Some(text) => Ok(repository_answer(request, &id, text)),
        None => Err(missing(request, &id)),
    }
}

fn delete(state: &mut State, request: &Request) -> Answer {
    let (id, repository) = state.repository(request)?;
    match repository.policy.take() {
        Some(text) => Ok(repository_answer(request, &id, &text)),
        None => Err(missing(request, &id)),
    }
}

fn put_registry(state: &mut State, request: &Request) -> Answer {
    let text = request.required("policyText");
    check(text)?;
    let (id, registry) = state.registry_of(request)?;
    registry.documents.insert(POLICY.to_owned(), text.into());
    Ok(json!({ "registryId": id, "policyText": text }))
}

fn no_registry_policy(registry: &str) -> Refusal {
    Refusal::new(
        "RegistryPolicyNotFoundException",
        format!("Registry policy does not exist in the registry with id '{registry}'"),
    )
}

fn get_registry(state: &mut State, request: &Request) -> Answer {
    let (id, registry) = state.registry_of(request)?;
    match registry.documents.get(POLICY) {
        Some(text) => Ok(json!({ "registryId": id, "policyText": text })),
        None => Err(no_registry_policy(&id)),
    }
}

fn delete_registry(state: &mut State, request: &Request) -> Answer {
    let (id, registry) = state.registry_of(request)?;
    match registry.documents.remove(POLICY) {
        Some(text) => Ok(json!({ "registryId": id, "policyText": text })),
        None => Err(no_registry_policy(&id)),
    }
}
