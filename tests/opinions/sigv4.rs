//! Signatures, as AWS's own crate makes them.

use std::time::{Duration, UNIX_EPOCH};

use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use http::Request;
use spola::auth::{Auth, AwsCredentials, Credentials, Scheme, Secret, authorize};

use crate::made::Maker;

const SEGMENTS: [&str; 12] = [
    "",
    ".",
    "..",
    "a",
    "A-Z",
    "~user",
    "%20",
    "a%2Fb",
    "%C3%A9",
    "x=1",
    "a+b",
    "very-long.name",
];
const QUERIES: [&str; 10] = [
    "a=1",
    "a=2",
    "A=1",
    "a",
    "b=%20",
    "b=x%2By",
    "~=-",
    "aa=",
    "c=%25",
    "arn=arn%3Aaws",
];
const VALUES: [&str; 6] = ["1", "  two  words ", "a,b", "x;y", "\"q\"", ""];

fn theirs(
    request: &Request<Vec<u8>>,
    credentials: &AwsCredentials,
    service: &str,
    now: u64,
) -> String {
    let token = credentials.session_token.as_ref();
    let identity = aws_credential_types::Credentials::new(
        &credentials.access_key_id,
        credentials.secret_access_key.expose(),
        token.map(|token| token.expose().to_owned()),
        None,
        "opinions",
    )
    .into();
    let mut settings = SigningSettings::default();
    settings.excluded_headers = None;
    if service == "s3" {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    }
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("eu-west-1")
        .name(service)
        .time(UNIX_EPOCH + Duration::from_secs(now))
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let headers = request.headers().iter();
    let headers = headers.map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
    let body = SignableBody::Bytes(request.body());
    let url = request.uri().to_string();
    let signable = SignableRequest::new(request.method().as_str(), url, headers, body).unwrap();
    let (made, _) = sign(signable, &params).unwrap().into_parts();
    let mut made = made.into_parts().0.into_iter();
    let found = made.find(|header| header.name() == "authorization");
    found.unwrap().value().to_owned()
}

#[test]
fn signatures_are_those_of_the_crate_that_aws_makes() {
    let mut maker = Maker::new(7);
    for round in 0..4_000 {
        let some = |maker: &mut Maker, from: &[&str], most: usize| -> Vec<String> {
            let count = maker.below(most);
            (0..count)
                .map(|_| maker.pick(from).unwrap().to_string())
                .collect()
        };
        let path = some(&mut maker, &SEGMENTS, 6).join("/");
        let query = some(&mut maker, &QUERIES, 5).join("&");
        let joint = if query.is_empty() { "" } else { "?" };
        let url = format!(
            "https://host.example:{}/{path}{joint}{query}",
            [443, 8443][round % 2]
        );
        let mut request = Request::builder()
            .method(["GET", "POST", "PUT"][round % 3])
            .uri(&url);
        for at in 0..maker.below(4) {
            let name = ["x-amz-target", "content-type", "x-b", "x-b"][at];
            request = request.header(name, *maker.pick(&VALUES).unwrap());
        }
        let body = vec![b'x'; maker.below(200)];
        let request = request.body(body).unwrap();
        let service = ["ecr", "s3", "execute-api"][maker.below(3)];
        let token = (round % 2 == 0).then(|| Secret::from("token/+="));
        let aws = AwsCredentials::new("AKIDEXAMPLE", "secret+/key", token);
        let now = 1_000_000_000 + maker.below(2_000_000_000) as u64;
        let auth = Auth {
            source: "s".into(),
            schemes: vec![Scheme::SigV4 {
                service: service.into(),
                region: "eu-west-1".into(),
            }],
            ..Auth::default()
        };
        let credentials = Credentials {
            aws: Some(aws.clone()),
            ..Credentials::default()
        };
        let ours = request.clone().try_into().unwrap();
        let signed = authorize(ours, &auth, &credentials, Duration::from_secs(now)).unwrap();
        let signed: Request<Vec<u8>> = signed.try_into().unwrap();
        let ours = signed.headers()["authorization"].to_str().unwrap();
        // Theirs is asked about the query as it is sent.
        let mut sent = request;
        *sent.uri_mut() = signed.uri().clone();
        assert_eq!(ours, theirs(&sent, &aws, service, now), "{url}");
    }
}
