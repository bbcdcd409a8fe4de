//! AWS STS, as far as ECR's clients ask it: who am I.

use crate::region;
use crate::reply::Reply;
use crate::scope::Scope;
use http::Method;

/// The one operation that is answered.
pub(crate) const OPERATION: &str = "GetCallerIdentity";

const FORM: &str = "application/x-www-form-urlencoded";

/// Whether a request speaks the AWS Query protocol, which is STS's alone here.
pub(crate) fn is_meant(request: &http::Request<Vec<u8>>) -> bool {
    let kind = request.headers().get("content-type");
    *request.method() == Method::POST
        && request.uri().path() == "/"
        && kind.is_some_and(|kind| kind.as_bytes().starts_with(FORM.as_bytes()))
}

/// Answers `GetCallerIdentity`, and refuses every other action. No fault strikes it.
pub(crate) fn answer(request: &http::Request<Vec<u8>>, scope: &Scope, id: &str) -> Reply {
    let asked = request
        .body()
        .split(|byte| *byte == b'&')
        .any(|pair| pair.strip_prefix(b"Action=") == Some(OPERATION.as_bytes()));
    let (status, body) = if asked {
        (200, identity(scope, id))
    } else {
        let body = format!(
            "<ErrorResponse xmlns=\"{XMLNS}\"><Error><Type>Sender</Type>\
             <Code>InvalidAction</Code><Message>Could not find operation</Message></Error>\
             <RequestId>{id}</RequestId></ErrorResponse>"
        );
        (400, body)
    };
    Reply::new(status, "text/xml", body)
}

const XMLNS: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

fn identity(scope: &Scope, id: &str) -> String {
    let partition = region::partition(&scope.region).name;
    // an account of the settings may be any text
    let account = scope.account.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<GetCallerIdentityResponse xmlns=\"{XMLNS}\"><GetCallerIdentityResult>\
         <Arn>arn:{partition}:iam::{account}:user/sandbox</Arn>\
         <UserId>AIDASANDBOXSANDBOX000</UserId><Account>{account}</Account>\
         </GetCallerIdentityResult><ResponseMetadata><RequestId>{id}</RequestId>\
         </ResponseMetadata></GetCallerIdentityResponse>"
    )
}
