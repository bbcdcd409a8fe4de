//! Operations, and what is wanted of answers, as bytes.

use super::operation::{BodyDefinition, Encoding, MediaType, Operation, PathPart};
use super::parameter::{Parameter, ParameterLocation, Style};
use super::parts::{Child, Parts};
use super::security::{AwsOperation, KeyPlace, SecurityAlternative, SecurityScheme};
use super::server::{Server, ServerVariable};
use crate::packed::{Packed, Reader, Writer, packed};

packed!(struct Operation: {
    id, method, path, parts, query, servers, parameters, body, security, aws, source, key,
});
packed!(enum PathPart: 0 Literal(text), 1 Variable(name));
packed!(struct BodyDefinition: { required, media });
packed!(struct MediaType: { name, binary, encodings });
packed!(struct Encoding: {
    property, content_type, style, explode, allow_reserved, binary,
});
packed!(struct Server: { url, variables });
packed!(struct ServerVariable: { name, default, allowed });
packed!(struct Parameter: {
    name, location, required, style, explode, allow_reserved, content,
});
packed!(enum ParameterLocation: 0 Path, 1 Query, 2 Querystring, 3 Header, 4 Cookie);
packed!(enum Style:
    0 Simple,
    1 Label,
    2 Matrix,
    3 Form,
    4 SpaceDelimited,
    5 PipeDelimited,
    6 DeepObject,
    7 Cookie,
);
packed!(struct SecurityAlternative: { schemes });
packed!(enum SecurityScheme:
    0 ApiKey { name, place },
    1 Http { scheme },
    2 OAuth2 { scopes },
    3 OpenIdConnect,
    4 MutualTls,
    5 AwsSigV4,
    6 Unknown(name),
);
packed!(enum KeyPlace: 0 Header, 1 Query, 2 Cookie);
packed!(struct AwsOperation: { service });
packed!(struct Parts: { whole, children, each });

/// Which element it is is told by the token.
impl Packed for Child {
    fn write(&self, out: &mut Writer) {
        let Self {
            token,
            index: _,
            parts,
        } = self;
        token.write(out);
        parts.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        let token = Packed::read(input);
        Self::new(token, Parts::read(input))
    }
}
